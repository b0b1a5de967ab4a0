/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The desk at which a site and its customers are worked on: the description read
 * and the book opened, until the command ends. These commands run as root on the
 * host and need no running haywardd; one that runs is told to read the accounts anew.
 */
#ifndef MAIN_HAYWARD_DESK_H
#define MAIN_HAYWARD_DESK_H

#include "main/hayward/arguments.h"
#include "site/office.h"

/* Where things are, as options say or the configuration. */
struct desk_places {
	const char *configuration; /* --config; default /etc/hayward/hayward.conf */
	const char *description;   /* --site; default: site.conf beside it */
};

struct desk {
	const struct arguments *arguments;
	struct office office;
};

/* Two flags for arguments_read(). */
#define DESK_FLAGS(places)                                                                     \
	{"--config", NULL, &(places)->configuration},                                          \
	{                                                                                      \
		"--site", NULL, &(places)->description                                         \
	}

/*
 * Reads the description; mistakes go to standard error. ANSWER_OK, and desk_done() it;
 * else the exit status.
 */
int desk_read(struct desk *desk, const struct arguments *arguments,
    const struct desk_places *places) must_use;

/* The same, and opens the book, for which it may wait. */
int desk_open(struct desk *desk, const struct arguments *arguments,
    const struct desk_places *places) must_use;

/* What site/up.h wants; steps go to standard output. */
struct site_world desk_world(const struct desk *desk);

/*
 * Ends a change: with status 0 it is saved, and all roles of the set are told;
 * else its reason goes to standard error. Gives the exit status: a role that could
 * not be told is said, and is no failure of the change.
 */
int desk_finish(struct desk *desk, int status, unsigned roles) must_use;

/* haywardd reads the accounts anew, if it runs; it would at its next start. */
void desk_reload(const struct desk *desk);

void desk_done(struct desk *desk);

#endif
