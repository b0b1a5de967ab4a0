/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A play: one scenario while it is played. Only for rehearse/.
 *
 *   script.c    text -> lines of words with their places, values
 *   world.c     the pretend host: levels that hold, frames of them, clocks
 *   notebook.c  what the flow did: it writes instead of acting
 *   expect.c    what the scenario expects to find there
 *   people.c    the commands that are people's
 *   visits.c    who asks its sites for what
 *   play.c      the commands, one after the other
 */
#ifndef REHEARSE_PLAY_H
#define REHEARSE_PLAY_H

#include "base/arena.h"
#include "flow/flow.h"
#include "policy/load.h"
#include "rehearse/rehearse.h"

enum { MOST_WORDS = 32, MOST_ACCOUNTS = 1000, MOST_LEVELS = 1000 };

/* A word with where it stands. */
struct word {
	const char *text; /* quotes taken off */
	struct place place;
	bool quoted;
};

struct line {
	size_t count;
	struct word words[MOST_WORDS];
	struct place place; /* all of it */
};

/* A steady level: so much, until it is changed. */
struct level {
	const struct account *account; /* NULL: the host */
	const char *script;	       /* path; NULL: no script */
	enum measure measure;
	int64_t value;
	int64_t until; /* boot ms; INT64_MAX: until changed */
};

/* A visitor who asks an account's site steadily. */
struct stream {
	const struct account *account;
	const char *address;
	const char *path;
	int64_t a_minute;
	int64_t until; /* boot ms */
};

/* What the flow did, for expectations to find; each is found once. */
enum event_kind { EVENT_ACTION, EVENT_RELEASE, EVENT_NOTICE, EVENT_WOULD, EVENT_ASKED };

struct event {
	enum event_kind kind;
	bool found;
	int64_t wall;
	const char *account;
	const char *word; /* verb, or kind of notice */
	const char *clause;
	const char *text; /* of a notice: all of its fields and lines */
};

/* Of the memory that was counted; see engine/proof.c. */
enum { HUNDREDTHS = 10000, UNKNOWN_SHARED = -1 };

enum mail_mode { MAIL_WORKS, MAIL_HOLDS, MAIL_BOUNCES };

struct play {
	const struct rehearsal *rehearsal;
	const char *name;
	const char *text;
	const char *at; /* next byte of text to read */
	struct diag *diag;
	struct str *out;
	struct arena *arena;
	bool missed; /* an expectation was not met */

	struct config config;
	struct policy_set *set;
	struct policy *policy;
	struct account *records;
	int64_t *shared; /* by record: hundredths of a percent, or UNKNOWN_SHARED */
	uint32_t account_count;
	struct accounts *accounts;
	struct flow *flow;

	struct moment now;
	uint64_t steps; /* so far */
	int64_t interval;
	uint64_t processors;
	uint64_t memory;
	int64_t silent_until; /* boot: the kernel sensor says nothing */
	struct level *levels;
	size_t level_count, level_capacity;
	struct stream *streams;
	size_t stream_count, stream_capacity;

	struct event *events;
	size_t event_count, event_capacity;
	struct record *journal;
	size_t journal_count, journal_capacity;
	int64_t status_of[VERB_COUNT]; /* what the hands answer to a verb */
	enum mail_mode mail;
	uint64_t *held; /* notices that the relay has not answered */
	size_t held_count, held_capacity;
};

/* ---- script.c ---- */
bool script_next(struct play *play, struct line *ret_line);
const char *script_block(struct play *play, size_t *ret_length);
void complain(struct play *play, const struct word *word, const char *hint, const char *what);
void complain_line(struct play *play, const struct line *line, const char *what);
bool read_duration(struct play *play, const struct word *word, int64_t *ret_ms);
bool read_value(
    struct play *play, const struct word *word, enum measure measure, int64_t *ret_value);
bool read_time_of_day(const char *text, int64_t *ret_ms);
bool read_date(const char *text, int64_t *ret_wall);
bool read_count(struct play *play, const struct word *word, int64_t most, int64_t *ret_value);
bool read_size(struct play *play, const struct word *word, int64_t *ret_value);

/* ---- world.c ---- */
bool world_begin(struct play *play, const struct line *line);
void world_pass(struct play *play, int64_t ms);
void world_step(struct play *play);
void world_set_level(struct play *play, const struct level *level);
void world_restart(struct play *play, bool from_journal);
int64_t *shared_by(struct play *play, const char *name);
const struct account *world_account(struct play *play, const struct word *word);

/* ---- notebook.c ---- */
void notebook_settle(struct play *play);
void notebook_mail_works(struct play *play);

/* ---- expect.c ---- */
void expect(struct play *play, const struct line *line);

/* ---- people.c ---- */
void do_request(struct play *play, const struct line *line);
void do_exception(struct play *play, const struct line *line);
void do_discussion(struct play *play, const struct line *line);
void do_petition(struct play *play, const struct line *line);
void do_decide_petition(struct play *play, const struct line *line);
void do_maintenance(struct play *play, const struct line *line);
void do_breaker(struct play *play, const struct line *line);

/* ---- visits.c ---- */
void do_visits(struct play *play, const struct line *line);
void send_visits(struct play *play);

/* ---- play.c ---- */
bool play_all(struct play *play);

#endif
