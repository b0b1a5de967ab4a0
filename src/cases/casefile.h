/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A casefile, as others may read it: one clause broken by one subject, from its
 * opening to its end. Only cases_apply() changes one.
 */
#ifndef CASES_CASEFILE_H
#define CASES_CASEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cases/ladder.h"
#include "model/deed.h"
#include "model/finding.h"
#include "model/notice.h"
#include "model/record.h"

struct cases;

enum case_state {
#define STATE(symbol, word, what, open) CASE_##symbol,
#define STEP_OF_LIFE(from, record, to)
#include "cases/states.def"
#undef STATE
#undef STEP_OF_LIFE
	CASE_STATE_COUNT
};

/* What was ordered, once for each verb of a step. */
enum order_state {
	ORDER_WOULD,	 /* the mode forbids it: written down only */
	ORDER_ASKED,	 /* waits for staff */
	ORDER_REFUSED,	 /* staff said no */
	ORDER_ORDERED,	 /* handed to the hands, no outcome yet */
	ORDER_DONE,	 /* done, or delivered; a hold is in force */
	ORDER_RELEASING, /* ordered to be taken back, no outcome yet */
	ORDER_RELEASED,	 /* taken back */
};

struct order {
	uint64_t id;	/* of the action, or the notice */
	uint64_t world; /* id under which the hold stands: another case's, if that came first */
	uint64_t sequence; /* of the record that ordered it last */
	enum order_state state;
	enum verb verb;
	bool ask;		 /* it came by way of the staff's queue */
	enum notice_kind notice; /* verbs that tell somebody */
	enum resource resource;
	int64_t amount;
	uint32_t episode;
	uint32_t ladder;
	uint32_t step;
	int64_t at;	 /* policy time of the last change */
	int64_t ordered; /* policy time at which it was last handed to the hands; 0: never */
	int64_t wall;	 /* when it was first ordered */
	int64_t handed;	 /* policy time since which the notifier has it; 0: it waits its turn */
	int64_t held;	 /* ms for which the notifier had it before a restart */
	int64_t status;	 /* of the outcome */
	char reason[32]; /* ASKED: ask, unavailable, failed, undelivered */
	char text[256];	 /* the outcome in words */
};

/* One line of evidence: the first, the largest, and the last ones. */
struct exhibit {
	int64_t at;   /* policy time */
	int64_t wall; /* when it was found */
	int measure;  /* -1: none */
	int64_t value;
	int64_t limit;
	int64_t of_own; /* a script's part of the account's own use; 0: this is the subject
			   itself */
	enum starter starter;	 /* of a script's runs */
	char label[512];	 /* bytes the customer chose */
	char deed[LONGEST_DEED]; /* what a process was seen doing; "": nothing */
};

/* One line of a case's history, in words. */
struct history_line {
	uint64_t sequence;
	int64_t at;
	int64_t wall;
	enum record_kind kind;
	char text[160]; /* in words; may hold bytes the customer chose */
};

struct casefile {
	uint64_t number;
	uint64_t incident; /* number of the first case of its incident, often its own */
	uint64_t cause;	   /* a script's key, or what incidents.c takes instead */
	enum case_state state;
	char clause[16];
	struct subject subject;
	char account_name[64];
	char label[512]; /* of the subject; bytes the customer chose */
	enum mode mode;	 /* in force when this episode began */
	bool soft;	 /* recorded only, until imposed */
	bool imposed;
	uint32_t episode;	  /* counts re-openings */
	uint32_t ladder;	  /* enum ladder_kind */
	struct case_ladder steps; /* as announced: a reload changes nothing in it */
	uint32_t next_step;
	int64_t opened; /* policy time; of the first episode */
	int64_t opened_wall;
	int64_t began;	     /* policy time at which this episode began */
	int64_t zero;	     /* policy time from which delays count; INT64_MAX: not yet */
	int64_t not_before;  /* no later step before this policy time */
	int64_t due_wall;    /* the date announced for the next step; 0: none */
	int64_t second_wall; /* the date announced first for the second step; 0: none */
	int64_t told;	     /* policy time of the last notice; INT64_MIN: never */
	int64_t closed;	     /* policy time; 0: open */
	int64_t closed_wall;
	char reason[32]; /* why it closed: cured, lifted, excepted, expired, dropped, gone */
	char closed_by[64];
	int64_t
	    unread_since; /* policy time: the owner said something that no staff read; 0: no */
	bool founded;	  /* it came to a step in earnest, and was no mistake */
	int64_t founded_at; /* policy time of that step, in the last episode that came to one */

	int64_t flooded;    /* policy time since which few visitors are the cause; 0: no */
	bool flood_lasts;   /* staff were told that it does not end */
	char visitors[512]; /* who they are, in words */

	bool legal_hold;   /* nothing that it names may be removed */
	int64_t sent_wall; /* a report about it was sent; 0: none was */
	char sent[512];	   /* by whom, to whom, in words */

	int measure; /* of the finding that opened this episode */
	int64_t value;
	int64_t limit;
	int64_t largest; /* value so far */

	size_t order_count;
	struct order *orders;
	size_t order_capacity;
	size_t exhibit_count;
	struct exhibit *exhibits;
	size_t exhibit_capacity;
	size_t history_count;
	struct history_line *history;
	size_t history_capacity;

	/* What is weighed anew after a restart, and so is in no record. */
	enum verdict verdict;
	int64_t false_since;	 /* policy time since which it is kept; INT64_MAX: it is not */
	int64_t unknown_since;	 /* policy time; INT64_MAX: it is known */
	bool broken_since_close; /* closed cases: true without a break since */
	int64_t flood_seen;	 /* policy time at which the visitors were last seen */
	bool alarmed;		 /* staff were told that a step waits for what is unknown */
	bool unbound_told;	 /* staff were told that a throttle does not bind */
};

const char *case_state_name(enum case_state state);
const char *case_state_words(enum case_state state);
bool case_is_open(const struct casefile *casefile);

/* The step that comes next, or NULL: the ladder is at its end, or waits to be imposed. */
const struct case_step *case_next_step(const struct casefile *casefile);

/*
 * Policy time at which the next step is due, as far as is known; INT64_MAX: no
 * step, or its clock does not run yet. ret_wall: the date announced, or 0.
 */
int64_t case_due(const struct cases *cases, const struct casefile *casefile, int64_t *ret_wall);

/* The order of this case that waits for staff, or NULL. */
const struct order *case_asked(const struct casefile *casefile);

/* Whether the world may differ for it: done, being done, or failed half way. */
bool order_may_stand(const struct order *order);

/* Whether a hold of this case is in force. */
bool case_holds(const struct casefile *casefile);

#endif
