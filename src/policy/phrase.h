/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the lines of a policy file are made of, as written: words, texts,
 * values, times and conditions. The lines themselves are in policy/tree.h.
 */
#ifndef POLICY_PHRASE_H
#define POLICY_PHRASE_H

#include "policy/condition.h"
#include "policy/lexer.h"

struct remarks {
	const struct comment *above; /* the first of above_count, linked */
	size_t above_count;
	const struct comment *beside; /* or NULL */
};

/* A name, an id, a dotted word or a word of the grammar. */
struct word {
	struct word *next;
	struct spot at;
	const char *text; /* NULL: not written */
};

/* "..." "...": texts side by side. */
struct text_node {
	struct text_node *next; /* the pieces, as written */
	struct spot at;
	const char *raw;
	const char *joined; /* of the first piece: all of them, escapes undone */
};

enum value_kind { VALUE_LITERAL, VALUE_DOTTED, VALUE_NAME, VALUE_TEXT, VALUE_SET };

struct value_node {
	struct value_node *next; /* in a set */
	struct remarks remarks;	 /* of a member of a defined set, or of a plan's or role's */
	enum value_kind kind;
	struct spot at;
	const char *text;  /* LITERAL: canonical; DOTTED, NAME; TEXT: raw */
	const char *plain; /* TEXT: escapes undone */
	enum unit unit;
	int64_t number;
	struct word of; /* `of plan.quota` */
	struct value_node *members;
};

/* A time, where the grammar wants one. */
struct time_node {
	struct spot at;
	const char *text; /* NULL: not written */
	int64_t ms;
};

struct comparison_node {
	struct word left;
	struct word group; /* per */
	enum comparison_operator operator;
	bool negated;
	struct spot operator_at;
	struct value_node *value;   /* NULL for COMPARE_HOLDS */
	struct value_node *percent; /* in P% of runs */
	struct word runs;
	enum window_kind window;
	struct spot window_at;
	struct time_node span;
	struct value_node *times; /* N times within stretch */
	struct time_node stretch;
	struct time_node hold; /* for */
};

struct condition_node {
	struct condition_node *next;
	enum condition_kind kind;
	struct spot at;
	struct comparison_node comparison;
	struct condition_node *parts;
};

#endif
