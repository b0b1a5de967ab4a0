/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A way in: something by which an account comes to run, write or send on this
 * host. All of them are rows of ways.def, with the same few operations, so that
 * suspend.c knows none of them by name.
 *
 *     survey   what of this account would have to be changed: adds items
 *     hold     changes one item; again is fine
 *     look     where one item stands now
 *     release  puts one item back, if it is still as we left it
 *     tell     lets the daemon know, after some of its items have changed
 *
 * An operation may be cut off by kill -9 at any instant and is then called
 * again: it finds out by looking how far it came.
 *
 * SECURITY: names are the customer's choice, and so is what stands under them:
 * a way moves what it finds within one folder, or adds and removes a line in a
 * file that is not the customer's. It never follows a link.
 */
#ifndef ACTIONS_WAY_H
#define ACTIONS_WAY_H

#include "actions/item.h"
#include "actions/tools.h"

enum { MOST_LOGINS = 32 };

enum standing {
	STANDING_HELD,	  /* as we set it */
	STANDING_OPEN,	  /* not closed yet, or opened by somebody */
	STANDING_CHANGED, /* somebody else made something third of it */
	STANDING_UNKNOWN, /* cannot be seen at the moment */
};

enum undoing {
	UNDOING_DONE,
	UNDOING_ALREADY, /* somebody had put it back */
	UNDOING_CHANGED, /* not as we left it: left as it is now */
};

/* What the ways share while they work. */
struct ways {
	const struct tools *tools;
	struct front *front; /* the web servers' door; NULL: there is none */
	struct str database; /* what the database server said last, see way_database.c */
};

/* One look at an account. */
struct survey {
	struct ways *ways;
	const struct account *account;
	struct suspension *suspension; /* items are added to it */
	bool is_taken; /* the account's name is a login of somebody else's uid */
	uint32_t login_count;
	char *logins[MOST_LOGINS]; /* those of its own uids, checked to be plain names */
	uint32_t added;		   /* items that were not known before */
	struct str remarks;	   /* what would have to be changed and may not be, in words */
};

struct way {
	const char *name;  /* on disk: at most 15 letters, never changed */
	const char *title; /* for people */
	int64_t every;	   /* ms between looks while something is held */
	/* Whether this host has it. */
	bool (*is_here)(const struct ways *ways);
	/* NULL: what must be set up for it is; else what is missing, in words. */
	const char *(*lacks)(const struct ways *ways);
	/* 0 or -errno: then what was added so far stands. */
	int (*survey)(struct survey *survey);
	int (*hold)(struct ways *ways, const struct suspension *suspension, struct item *item);
	enum standing (*look)(struct ways *ways, const struct item *item);
	/* 0 or -errno; may be tried again. */
	int (*release)(struct ways *ways, const struct item *item, enum undoing *ret_undoing);
	/* Lets the daemon know of changes in a place; NULL: it looks by itself. 0 or -errno. */
	int (*tell)(struct ways *ways, const struct suspension *suspension, const char *place);
	/* What was put aside belongs to the account, not to a later holder of its names. */
	bool is_the_holders;
};

enum way_number {
#define WAY(symbol, row) WAY_##symbol,
#include "actions/ways.def"
#undef WAY
	WAY_COUNT
};

const struct way *way_at(enum way_number number);

/* By its name on disk; NULL: no such way in this release. */
const struct way *way_find(const char *name);

/* Fills in the logins of an account, from the host's list of users; survey_done() it. */
int survey_begin(struct survey *survey, struct ways *ways, const struct account *account,
    struct suspension *suspension) must_use;
void survey_done(struct survey *survey);

/*
 * Adds an item, if it is not known; the texts are copied. NULL: there are too
 * many, which is remarked.
 */
struct item *survey_add(
    struct survey *survey, const struct way *way, const char *place, const char *name);

/* Notes that something is left alone, and why; the name is escaped. */
void survey_remark(struct survey *survey, const char *name, const char *why);

/* The rows of the table. */
#define WAY(symbol, row) extern const struct way row;
#include "actions/ways.def"
#undef WAY

#endif
