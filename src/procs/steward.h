/* SPDX-License-Identifier: Apache-2.0 */
/* The steward process, for its own files: steward.c hears, steward_tasks.c keeps. */
#ifndef PROCS_STEWARD_H
#define PROCS_STEWARD_H

#include "model/account.h"
#include "model/stored.h"
#include "procs/process.h"
#include "procs/steward_job.h"

struct event;

enum stage { WAITING, RUNNING, DONE };

/* Something that is asked for. It is gone when it is done, answered and noted. */
struct task {
	struct task *next;
	uint64_t id;
	enum job_kind kind;
	enum stage stage;
	uint64_t ticket; /* control's; 0: nobody waits */
	uint64_t action; /* the engine's, which is told of the outcome; 0: none */
	enum operation operation; /* of it */
	uint32_t tries;		  /* that found nobody to do it */
	struct str payload;
	int64_t not_before; /* boot ms */
	int64_t since;	    /* boot ms: of its stage */
	bool saved;
	bool answered;
	bool noted; /* the journal has it, or there is nothing for it */
	bool told;  /* the engine was told, and has not said that it is on disk */
	int status;
	char *words; /* for who asked */
	char *data;
	struct changed changed; /* with whose it is */
};

struct steward {
	struct process_frame *frame;
	struct office_places places;
	struct accounts *accounts;
	int hand; /* -1: there is none */
	struct event *heard, *timer;
	struct task *tasks; /* in the order in which they came */
	uint64_t last;
	int64_t mind_at; /* boot ms */
	int64_t pause;	 /* ms between two looks at roles that are not as they should be; 0: all
			    are */
	int64_t ends_at; /* wall ms: the next end of an opening */
	bool is_no_site;
	struct steward_databases *databases;
	struct steward_stored *stored;
};

/* What is stored in mailboxes, see steward_stored.c. */
struct steward_stored *steward_stored_new(void) must_use;
void steward_stored_free(struct steward_stored *stored);

/* What the hand's child heard, taken apart; in the arena. Gives where the next turn begins. */
uint32_t steward_stored_read(const struct accounts *accounts, const char *text,
    struct arena *arena, struct stored *ret_stored);

/* What the engine wants to know; asks when it is time to; hears what came back. */
int steward_stored_wanted(
    struct steward *steward, const void *bytes, size_t length) must_use;
void steward_stored_tick(struct steward *steward, int64_t now);
void steward_stored_heard(
    struct steward *steward, int status, const char *answer, const char *words);

/* How long the database worked for whom, see steward_databases.c. */
struct steward_databases *steward_databases_new(void) must_use;
void steward_databases_free(struct steward_databases *databases);

/* Asks when it is time to; hears what came back; a new engine knows nothing. */
void steward_databases_tick(struct steward *steward, int64_t now);
void steward_databases_heard(
    struct steward *steward, int status, const char *answer, const char *words);
void steward_databases_again(struct steward *steward);

/* A task at the end of the queue; account NULL: nobody's. */
struct task *steward_add(
    struct steward *steward, enum job_kind kind, const struct account *account);

/* Whether a task of the account, of the same lane as that kind, waits or runs. */
bool steward_is_busy(const struct steward *steward, uint32_t account, enum job_kind kind);

/* How many wait or run. */
size_t steward_count(const struct steward *steward);

/* It is over; who asked and the journal are told. */
void steward_finish(struct steward *steward, struct task *task, int status, const char *words);

/* Answers control about something that was not begun. */
void steward_reply(
    struct steward *steward, uint64_t ticket, int status, const char *words, const char *data);

/* The journal has a change. */
void steward_noted(struct steward *steward, struct task *task);

/* The engine is there: it is told of what it has not noted. */
void steward_tell_again(struct steward *steward);

/* A word of the hand. */
void steward_hear(struct steward *steward, const void *bytes, size_t length);

/* Has the site minded after that pause, ms, if not before. */
void steward_mind_soon(struct steward *steward, int64_t pause);

/* What time brings. */
void steward_tick(struct steward *steward);

/* Begins what can begin, forgets what is over: after each change of the tasks. */
void steward_go_on(struct steward *steward);

void steward_forget_all(struct steward *steward);

#endif
