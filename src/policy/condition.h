/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A checked condition: comparisons of what is measured with literals and with
 * limits of the account's plan, over windows of time, joined by and, or, not.
 */
#ifndef POLICY_CONDITION_H
#define POLICY_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/tables.h"

enum { MOST_COMPARISONS = 16 }; /* of a clause */

/* A literal, or a limit of the account's plan or of the role, perhaps a percentage of one. */
enum operand_kind {
	OPERAND_LITERAL,
	OPERAND_LIMIT, /* plan.x, role.x, or an attribute such as account.initial-quota */
	OPERAND_PART,  /* percent of a limit: percent is another operand's literal or limit */
	OPERAND_NAME,  /* a listed value: number is its index in the measure's words */
	OPERAND_TEXT,  /* a glob or text */
	OPERAND_SET,
};

struct operand {
	enum operand_kind kind;
	enum unit unit;
	int64_t number;	  /* LITERAL, NAME */
	const char *text; /* LIMIT: "plan.quota"; TEXT: the text; others: as written */
	const struct operand *part;  /* PART: the percentage (LITERAL or LIMIT) */
	const struct operand *whole; /* PART: what it is a percentage of */
	size_t count;		     /* SET */
	const struct operand *members;
};

enum comparison_operator {
	COMPARE_HOLDS,	  /* a yes/no measure or limit standing alone */
	COMPARE_MORE,	  /* > */
	COMPARE_AT_LEAST, /* >= */
	COMPARE_LESS,	  /* < */
	COMPARE_AT_MOST,  /* <= */
	COMPARE_IS,
	COMPARE_IN,
	COMPARE_MATCHES,
};

enum window_kind { WINDOW_NONE, WINDOW_OVER, WINDOW_WITHIN };

/* One comparison; index is its number within the clause, from 0, in the order written. */
struct comparison {
	uint32_t index;
	int measure;	   /* enum measure, or -1: a limit stands alone */
	const char *limit; /* "plan.web-irc" when measure is -1 */
	const char *group; /* `per` word, or NULL */
	enum comparison_operator operator;
	bool negated; /* `not in`, `is not`, `not process.relays` */
	struct operand operand;
	enum window_kind window;
	int64_t span;		  /* ms of the window */
	uint32_t percent_of_runs; /* `in P% of runs`: hundredths of a percent; 0: not said */
	uint32_t times;	 /* `3 times within 1h`: that many spans of the stretch; 0: not said */
	int64_t stretch; /* ms */
	int64_t hold;	 /* `for D`: ms without a break; 0: not said */
};

enum condition_kind { CONDITION_COMPARISON, CONDITION_NOT, CONDITION_AND, CONDITION_OR };

struct condition {
	enum condition_kind kind;
	struct comparison comparison; /* COMPARISON */
	size_t count;		      /* NOT: 1; AND, OR: 2 or more */
	const struct condition *parts;
};

#endif
