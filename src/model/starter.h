/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who started a run, by the chain of its parents, and the setting "starters"
 * that adds programs. The kernel programs read this, too.
 */
#ifndef MODEL_STARTER_H
#define MODEL_STARTER_H

/* As measures number it, and one more: nothing that is left at zero accuses anybody. */
enum starter {
	STARTER_UNKNOWN,
#define STARTER(symbol, name, what) STARTER_##symbol,
#include "model/starters.def"
#undef STARTER
	STARTER_COUNT
};

/* The listed value, and how people read it behind "started by"; both "" for STARTER_UNKNOWN. */
const char *starter_name(enum starter starter);
const char *starter_words(enum starter starter);

/* -1, if nobody is called so; "" is STARTER_UNKNOWN. */
int starter_find(const char *name);

enum { LONGEST_STARTER_PROGRAM = 31 };

/* One word of the setting: PROGRAM=STARTER. */
struct starter_program {
	char name[LONGEST_STARTER_PROGRAM + 1];
	enum starter starter;
};

/*
 * The next word; *at moves behind it. 1; 0 at the end; -EINVAL for a word that
 * is none, behind which *at has moved as well.
 */
int starter_next_program(const char **at, struct starter_program *ret_program);

#endif
