/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy file as it was written: what the parser makes, the printer prints
 * and the checker turns into rules. Nothing is resolved here; every word keeps
 * its place. Lists are linked in the order written. All of it lives in the
 * arena of the parse.
 *
 * Comments belong to the smallest thing that has a line of its own in the
 * canonical layout: those before its end stand above it, one that follows it
 * on the same line stands beside it.
 */
#ifndef POLICY_TREE_H
#define POLICY_TREE_H

#include "policy/phrase.h"

struct verb_node {
	struct verb_node *next;
	struct spot at;
	bool ask;
	struct word verb;
	struct word resource;
	struct value_node *amount;
	struct text_node *text;
};

struct step_node {
	struct step_node *next;
	struct time_node after; /* not written for the first */
	struct verb_node *verbs;
};

struct ladder_node {
	bool at_once;
	struct step_node *steps;
};

enum end_kind { END_KEPT, END_WHEN, END_OWNER, END_OPERATOR };

struct end_node {
	struct end_node *next;
	enum end_kind kind;
	struct spot at;
	struct time_node kept_for;
	struct condition_node *when;
};

/* Parts of a clause, in their canonical order: PART(symbol, how it is called). */
#define PARTS(PART)                                                                            \
	PART(SAYS, "says")                                                                     \
	PART(PROVIDES, "provides")                                                             \
	PART(COVERED, "covered by")                                                            \
	PART(WHEN, "when")                                                                     \
	PART(IMPOSED, "imposed")                                                               \
	PART(THEN, "then")                                                                     \
	PART(IF_AGAIN, "if again")                                                             \
	PART(IF_EMERGENCY, "if emergency")                                                     \
	PART(IF_UNKNOWN, "if unknown")                                                         \
	PART(SHORTEN_WAITS, "shorten waits")                                                   \
	PART(SHORTEN_DELAYS, "shorten delays")                                                 \
	PART(ENDS, "ends")                                                                     \
	PART(OFFERS, "offers")                                                                 \
	PART(REMEDY, "remedy")                                                                 \
	PART(MODE, "mode")

enum part_kind {
#define PART_ENUM(symbol, name) PART_##symbol,
	PARTS(PART_ENUM)
#undef PART_ENUM
	    PART_COUNT
};

/* "covered by" */
const char *part_name(enum part_kind kind);

struct part {
	struct part *next;
	struct remarks remarks;
	enum part_kind kind;
	struct spot at;			  /* its first word */
	struct text_node *text;		  /* SAYS, REMEDY */
	struct condition_node *condition; /* WHEN */
	struct ladder_node ladder;	  /* THEN, IF_... */
	struct time_node within;	  /* IF_AGAIN */
	struct end_node *ends;		  /* ENDS */
	struct word *words;		  /* PROVIDES, OFFERS, COVERED, MODE */
	struct value_node *percent;	  /* SHORTEN_... */
	bool in_emergency, by_operator;	  /* IMPOSED; neither: always */
};

/* `name value` of a plan or role. */
struct limit_node {
	struct limit_node *next;
	struct remarks remarks;
	struct word name;
	struct value_node *value;
};

enum waiver_kind {
	WAIVER_SUBJECT,
	WAIVER_TO,
	WAIVER_UNTIL,
	WAIVER_BY,
	WAIVER_BECAUSE,
	WAIVER_COUNT
};

struct waiver {
	struct waiver *next;
	struct remarks remarks;
	enum waiver_kind kind;
	struct spot at;
	struct text_node *text;	  /* SUBJECT, BY, BECAUSE */
	struct value_node *value; /* TO; UNTIL: NULL for `revoked` */
};

enum statement_kind {
	STATEMENT_TERMS,
	STATEMENT_INCLUDE,
	STATEMENT_DEFINE,
	STATEMENT_PLAN,
	STATEMENT_ROLE,
	STATEMENT_CLAUSE,
	STATEMENT_PROMISE,
	STATEMENT_EMERGENCY,
	STATEMENT_SCRUTINY,
	STATEMENT_AMEND_CLAUSE,
	STATEMENT_AMEND_DEFINE,
	STATEMENT_AMEND_PLAN,
	STATEMENT_AMEND_ROLE,
	STATEMENT_DROP,
	STATEMENT_EXCEPTION,
};

struct statement {
	struct statement *next;
	struct remarks remarks; /* of its first line */
	struct remarks closing; /* of its `}` */
	enum statement_kind kind;
	struct spot at; /* its first word */
	bool broken;	/* a mistake in it was already told */
	struct word
	    name; /* of a plan, role, definition; id of a clause; account of an exception */
	struct word like;
	struct text_node *title;    /* of a clause; terms: the name; include: the path */
	struct text_node *revision; /* TERMS */
	struct time_node grace;	    /* TERMS */
	struct word subject;	    /* for each; EXCEPTION: account, plan, role, client */
	struct value_node *value;   /* DEFINE; EXCEPTION: for whom */
	struct text_node *because;  /* DROP */
	struct word *ids;	    /* EXCEPTION */
	struct part *parts;
	struct limit_node *limits;
	struct waiver *waivers;
};

struct tree {
	const struct source *source;
	struct statement *statements;
	const struct comment *tail; /* comments after the last statement */
};

#endif
