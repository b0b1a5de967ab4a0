/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of haywardd, which its children are given too. */
#ifndef PROCS_OPTIONS_H
#define PROCS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

enum { MOST_SETTINGS = 64 };

struct options {
	const char *config;  /* absolute path of hayward.conf */
	const char *state;   /* absolute directory; NULL in the parent: as hayward.conf says */
	const char *run;     /* likewise */
	const char *notices; /* folder for .eml files; NULL: notices go to the relay */
	const char *passwd;  /* a passwd file; NULL: as hayward.conf says */
	const char *pass_key; /* who else believes our passes has it; NULL: STATE/gate/pass-key */
	const char *settings[MOST_SETTINGS]; /* "name=value", over hayward.conf */
	size_t setting_count;
	const char *role; /* NULL: the parent */
	bool foreground;
	bool test;
	bool observe;
	bool crash_points; /* print their names and exit */
	bool allow_crash;  /* HAYWARD_CRASH is obeyed; for tests */
	bool version;
	bool help;
	bool verbose;
};

/*
 * Reads the command line; -EINVAL: ret_error says what is wrong. Texts point
 * into arguments, or live in the arena.
 */
int options_parse(int count, char **arguments, struct arena *arena, struct options *ret_options,
    struct str *ret_error) must_use;

/*
 * The command line of a child: an array that ends with NULL, in the arena.
 * Parsing it gives the same options, with that role.
 */
char **options_arguments(
    const struct options *options, const char *role, struct arena *arena) must_use;

/* What --help prints. */
void options_help(struct str *out);

#endif
