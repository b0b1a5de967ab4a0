/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mail server's filters, and what a clause of the terms has one of them do. The policy
 * makes these rules (policy/check_filter.c), the site adds its means (site/strangers.h), the
 * mail role writes them down for its daemons (roles/mail_filters.c).
 */
#ifndef MODEL_FILTER_H
#define MODEL_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "model/tables.h"

enum filter_kind {
#define FILTER(symbol, name, measure, answers, what) FILTER_##symbol,
#include "model/filters.def"
#undef FILTER
	FILTER_COUNT
};

struct filter_rule {
	enum filter_kind kind;
	const char *clause; /* its id */
	enum verb answer;   /* one that the filter can give */
	enum mode mode;	    /* below enforce it only notes */
	/* LISTS: so many or more; GREYLIST, MARK, SCORE: so many points or more; RATE: more
	 * than so many mails. 0: the filter has no figure. */
	int64_t most;
	int64_t window;	  /* RATE: ms, whole seconds */
	int64_t values;	  /* HELO, REVERSE, SPF: 1 << index of each of the measure's words */
	const char *text; /* what who is turned away is told; {client} is open; "" for a mark */
	const char *at;	  /* where the terms say it: "local.policy:6" */
};

const char *filter_name(enum filter_kind kind);
enum measure filter_measure(enum filter_kind kind);
bool filter_can(enum filter_kind kind, enum verb answer);

/* The filter of that name, or -1. */
int filter_find(const char *name);

/* The filter that a clause about the measure means by that answer, or -1. */
int filter_for(enum measure measure, enum verb answer);

/* Whether some filter is asked by it. */
bool filter_has_measure(enum measure measure);

/* How long a greylisted mail waits. */
enum { GREYLIST_WAIT_MS = 300000 };

#endif
