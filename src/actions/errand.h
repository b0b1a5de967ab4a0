/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errands: what the enforcer needs done by somebody else than itself. It has
 * given up becoming other users and gaining privileges, for ever; so before
 * that it forks a runner, which does nothing but start a child for each errand,
 * hear what it says, and end it when it takes too long:
 *
 *     an export     a child becomes the account's user and writes an archive
 *     a command     a child becomes who it must be and executes a program that
 *                   the operator named
 *
 * It is forked and not a program of its own, because the child of an export is
 * then this very code with descriptors, not a set-uid-like door that others
 * could knock at; and because whoever ends the enforcer ends it too.
 *
 * SECURITY: the runner holds all of root's privileges and reads nothing but the
 * enforcer's requests, which are bounded and checked as if they came from a
 * stranger. Programs are verified again (command_verify) just before they run.
 * What customers wrote is only read by children that became somebody else.
 */
#ifndef ACTIONS_ERRAND_H
#define ACTIONS_ERRAND_H

#include <stdbool.h>
#include <stdint.h>

#include "actions/command.h"
#include "actions/export.h"

struct errands;

enum { MOST_ERRANDS = 8, MOST_ARGUMENTS = 32, MOST_OTHERS = 1024 };

/* What is heard of an errand: its points, then its end. */
struct errand_news {
	uint64_t errand;
	const struct export_point *point; /* of an export that goes on; NULL: this is the end */
	int status;			  /* a command's exit status, 128 + signal; or -errno */
	const char *output;		  /* of a command, its first 4 KiB, not escaped */
	const struct export_result *result; /* of an export that ended well */
};
typedef void errand_hear(void *context, const struct errand_news *news);

struct errand_export {
	uint32_t uid;
	const char *account;
	const char *home;	   /* absolute; "": none */
	const char *const *others; /* as in struct dump_settings */
	const char *options;	   /* likewise */
	int64_t begun;		   /* wall, s */
	int64_t most;
	int64_t limit;	/* ms, then it is ended */
	uint32_t floor; /* of uids; a group below it is not taken along */
	const struct export_point *from;
	int archive, list, folder; /* descriptors, borrowed */
};

struct errand_command {
	struct command command;
	int64_t limit; /* ms */
};

/* Forks the runner; to be called while this process has every privilege. NULL: -errno is
 * logged. */
struct errands *errands_start(void) must_use;

/* Ends exports, and the runner once commands have ended by themselves; NULL is fine. */
void errands_free(struct errands *errands);

/*
 * Begin; what comes of it is heard from errands_heed(). 0, and a number that is
 * never 0; -EAGAIN: too many run; -ENOTSUP: errands is NULL; else -errno.
 */
int errands_export(
    struct errands *errands, const struct errand_export *order, uint64_t *ret_errand) must_use;
int errands_command(
    struct errands *errands, const struct errand_command *order, uint64_t *ret_errand) must_use;

/* Ends one; of it nothing more is heard. */
void errands_stop(struct errands *errands, uint64_t errand);

/* Hears what there is without waiting. -EPIPE: the runner is gone. */
int errands_heed(struct errands *errands, errand_hear *hear, void *context) must_use;

bool errands_busy(const struct errands *errands);

/* For the runner's side. */
enum errand_kind { ERRAND_EXPORT, ERRAND_COMMAND, ERRAND_STOP, ERRAND_KIND_COUNT };
enum errand_word { ERRAND_POINT, ERRAND_END, ERRAND_WORD_COUNT };
enum { LONGEST_ERRAND = 128 * 1024, MOST_OUTPUT = 4096, ERRAND_DESCRIPTORS = 3 };

/* The runner: serves the socket until the other end is closed. */
void errand_serve(int socket) never_returns;

#endif
