/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A checked policy, as the engine and the cases read it: what policy_load()
 * makes of a set of files. Everything lives in the policy's arena and never
 * changes after it was loaded.
 */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/filter.h"
#include "model/tables.h"
#include "policy/condition.h"

enum {
	CLAUSE_ID_SIZE = 8, /* "A15b", with its NUL and room */
	MOST_STEPS = 8,	    /* of a ladder */
};

struct verb_use {
	enum verb verb;
	bool ask; /* put before staff instead of done */
	bool at_once;
	enum resource resource; /* throttle */
	struct operand amount;	/* throttle: `to` */
	const char *text;	/* answers; or NULL */
};

struct step {
	int64_t after; /* ms from the ladder's zero; 0: the first */
	size_t verb_count;
	const struct verb_use *verbs; /* in the order of the verb table */
};

enum ladder_kind { LADDER_THEN, LADDER_AGAIN, LADDER_EMERGENCY, LADDER_UNKNOWN, LADDER_COUNT };

struct ladder {
	size_t count; /* 0: not said */
	struct step steps[MOST_STEPS];
};

/* How a case ends. */
struct ends {
	bool kept;		      /* `when kept` */
	int64_t kept_for;	      /* ms, 0: at once */
	const struct condition *when; /* `when TERM` instead, or NULL */
	bool by_owner;
	bool by_operator; /* said alone: nobody else */
};

enum clause_kind { CLAUSE_BINDS_CUSTOMER, CLAUSE_PROMISE, CLAUSE_EMERGENCY, CLAUSE_SCRUTINY };

struct terms {
	const char *name; /* "abuse-terms" */
	const char *revision;
	int64_t grace; /* ms; 0: none said */
	const char *file;
};

struct clause {
	char id[CLAUSE_ID_SIZE];
	enum clause_kind kind;
	const char *title;
	const struct terms *terms; /* NULL if it stands under no heading */
	enum subject_kind subject; /* for each */
	const char *says;	   /* with placeholders, NULL if not said */
	const char *remedy;
	const struct condition *when; /* NULL: covered by others */
	bool imposed;		      /* soft: the ladder starts when imposed */
	bool imposed_in_emergency;
	bool imposed_by_operator;
	struct ladder ladders[LADDER_COUNT];
	int64_t again_within; /* of LADDER_AGAIN */
	struct ends ends;
	enum mode mode; /* MODE_ENFORCE if not said */
	size_t cover_count;
	const char *const *covered_by; /* clause ids */
	size_t offer_count;
	const enum service *offers;
	size_t provide_count;
	const enum service *provides;
	const struct filter_rule *filter; /* the mail server does it, see model/filter.h; NULL */
	uint32_t shorten_waits; /* scrutiny: hundredths of a percent; 0: not said */
	uint32_t shorten_delays;
};

struct plan_limit {
	const char *name;
	struct operand value;
};

/* A plan or a role, its parents' limits filled in. */
struct plan {
	const char *name;
	size_t count;
	const struct plan_limit *limits;
};

enum exception_whom { EXCEPTION_ACCOUNT, EXCEPTION_PLAN, EXCEPTION_ROLE, EXCEPTION_CLIENT };

struct exception {
	size_t clause_count;
	const char *const *clauses; /* ids; "A15" means its parts too */
	enum exception_whom whom;
	const char *name;	  /* account, plan, role, or the client as written */
	const char *subject;	  /* glob on the printed subject, NULL: all */
	const struct operand *to; /* peers or ports, NULL: all */
	int64_t until;		  /* wall ms at the day's end (UTC); INT64_MAX: until revoked */
	const char *by;
	const char *because;
};

struct arena;

struct policy {
	size_t clause_count;
	const struct clause *clauses; /* all kinds, in order of id */
	size_t plan_count;
	const struct plan *plans;
	size_t role_count;
	const struct plan *roles;
	size_t exception_count;
	const struct exception *exceptions;
	size_t terms_count;
	const struct terms *terms;
	const struct clause *emergency; /* one of clauses, or NULL */
	const struct clause *scrutiny;
	char digest[65];     /* SHA-256 of the canonical text */
	struct arena *arena; /* where all of this lives */
};

/* The clause of that id, or NULL. */
const struct clause *policy_clause(const struct policy *policy, const char *id);

/* The plan, or role, of that name, or NULL. */
const struct plan *policy_plan(const struct policy *policy, const char *name);
const struct plan *policy_role(const struct policy *policy, const char *name);

/* The limit ("quota", without "plan.") of a plan, or NULL. */
const struct operand *plan_limit(const struct plan *plan, const char *name);

/* Longest delay of a ladder, ms; 0 for an empty one. */
int64_t ladder_longest(const struct ladder *ladder);

/* Whether clause id is covered by an exception's id: "A15" covers "A15" and "A15b". */
bool clause_id_covers(const char *listed, const char *id);

#endif
