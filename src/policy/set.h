/* SPDX-License-Identifier: Apache-2.0 */
/* A set of files, as policy_load() sees it. */
#ifndef POLICY_SET_H
#define POLICY_SET_H

#include "policy/lexer.h"
#include "policy/load.h"

enum { MOST_FILES = 256, MOST_INCLUDE_DEPTH = 8 };

struct set_file {
	struct source source;
	int depth;     /* of includes that led to it */
	bool too_long; /* its text was not kept */
};

struct policy_set {
	struct arena *arena;
	struct set_file *files[MOST_FILES];
	size_t count;
	bool too_many;
	int depth; /* what policy_set_add() gives to new files */
};

void policy_set_cleanup(struct policy_set **set);

#endif
