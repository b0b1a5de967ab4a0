/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that the operator named: run without a shell, with nothing of ours
 * but what is said here, and only if nobody but root could have changed them.
 */
#ifndef ACTIONS_COMMAND_H
#define ACTIONS_COMMAND_H

#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

enum command_who {
	COMMAND_ROOT,	   /* with all that root may */
	COMMAND_BARE_ROOT, /* root's files and name, no capability */
	COMMAND_BILLING,   /* _hayward-billing, or its number; nothing else */
	COMMAND_WHO_COUNT
};

struct command {
	const char *const *arguments;	/* the first is an absolute path; ends with NULL */
	const char *const *environment; /* besides PATH, LANG and HOME; ends with NULL */
	enum command_who who;
	int64_t largest_file; /* bytes that a file it writes may grow to; 0: any */
};

/*
 * Whether a program may be run: a file that is root's, and so is every folder
 * on the way, and nobody else may write to any of them. -EACCES or -errno;
 * ret_why says it in words.
 */
int command_verify(const char *path, struct str *ret_why) must_use;

/* Starts it, in a session of its own, its output to the two descriptors; the pid or -errno. */
pid_t command_start(const struct command *command, int out, int err) must_use;

/* Its exit status, 128 + the signal that ended it, or -ETIMEDOUT: it was killed. ms. */
int command_wait(pid_t pid, int64_t limit) must_use;

/* Ends it and what is left of its session. */
void command_end(pid_t pid);

/* Who this process is from now on; it ends where that cannot be. Nothing comes back. */
void become_bare_root(void);
void become_billing(void);

/*
 * Reads files as the account, and is otherwise nobody: its real and saved uid
 * are our own, so that the owner can neither signal nor trace it.
 */
void become_reader_for(uid_t uid, gid_t gid);

#endif
