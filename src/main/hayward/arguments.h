/* SPDX-License-Identifier: Apache-2.0 */
/* The words behind a command: options of all commands, its own flags, and the rest. */
#ifndef MAIN_HAYWARD_ARGUMENTS_H
#define MAIN_HAYWARD_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/* One flag of a command; exactly one of is_set (it stands alone) and value is not NULL. */
struct flag {
	const char *name; /* "--waiting" */
	bool *is_set;
	const char **value;
};

struct arguments {
	const char *command;
	bool json;
	const char *run;    /* NULL: not given */
	const char *socket; /* likewise */
	size_t word_count;
	char **words; /* what is neither option nor flag, in order; argv's own memory */
};

/*
 * Reads the words of one command; flags may stand anywhere, `--name=value`
 * too, and after `--` everything is a plain word. argv is reordered.
 * -EINVAL: ret_wrong says what is wrong.
 */
int arguments_parse(int argc, char **argv, const struct flag *flags, size_t flag_count,
    struct arguments *ret_arguments, struct str *ret_wrong) must_use;

/*
 * As arguments_parse(); what is wrong goes to standard error. 0, or ANSWER_USAGE
 * for the command to return.
 */
int arguments_read(int argc, char **argv, const struct flag *flags, size_t flag_count,
    struct arguments *ret_arguments) must_use;

/* Whether there are from least to most plain words; if not, says so on standard error. */
bool arguments_count(const struct arguments *arguments, size_t least, size_t most) must_use;

/* A number from 1 on, as cases have; 0: the text is none. */
uint64_t case_number_of(const char *text);

/* The first plain word as the number of a case; 0, and it is said, if it is none. */
uint64_t case_number_from(const struct arguments *arguments);

/* The path of the daemon's socket, from --socket, --run, HAYWARD_SOCKET or the default. */
void arguments_socket(const struct arguments *arguments, struct str *out);

#endif
