/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program of this host, for the few services that have no other door
 * than their own client. No shell: the arguments are given one by one.
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

/* A program that was started. */
struct program {
	pid_t pid;
	int output; /* what it says, a memory file */
};

enum program_words { PROGRAM_OUTPUT, PROGRAM_OUTPUT_AND_ERRORS };

/*
 * Starts arguments[0] (a path; the list ends with NULL) with that input (NULL:
 * none). 0, and program_finish() it; or -errno.
 */
int program_start(const char *const *arguments, const struct str *input,
    enum program_words words, struct program *ret_program) must_use;

/*
 * Waits at most that long and appends what it wrote, up to 1 MiB, to out. Gives its
 * exit status; -ETIMEDOUT: it was ended; -EIO: a signal ended it; or -errno.
 */
int program_finish(struct program *program, int milliseconds, struct str *out) must_use;

/* Both in one; out gets the output without the errors. */
int program_run(const char *const *arguments, const struct str *input, int milliseconds,
    struct str *out) must_use;

/* Both in one, without input; out gets the errors, too. */
int program_check(const char *const *arguments, int milliseconds, struct str *out) must_use;

/* What a program says, piece by piece. */
typedef void program_reader(void *context, const void *bytes, size_t length);

/*
 * Both in one, without input, for what has no bound: read_piece gets the output as it comes.
 * The exit status, or as program_finish; what came before that time was over has been read.
 */
int program_read(const char *const *arguments, int milliseconds, program_reader *read_piece,
    void *context) must_use;

/* Between two open files instead, for what is larger than memory; errors gets the words. */
int program_pass(const char *const *arguments, int input, int output, int milliseconds,
    struct str *errors) must_use;

#endif
