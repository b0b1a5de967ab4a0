/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From trees to rules. Checking and translating are one walk: what a check
 * finds out about a word is what the rule needs to know of it. Functions give
 * false after they complained; the walk then goes on with the next part, so
 * that one run finds many mistakes.
 *
 *     trees -> collect (what was said, amendments applied) -> limits of plans
 *           -> clauses (conditions, ladders, texts) -> exceptions -> policy
 */
#ifndef POLICY_CHECK_H
#define POLICY_CHECK_H

#include "base/map.h"
#include "policy/rules.h"
#include "policy/tree.h"

#define UNIT_UNKNOWN UNIT_COUNT_ /* of an empty set */

/* A definition; its value is worked out when it is first asked for. */
struct definition {
	const struct statement *statement;
	const struct value_node *value; /* after amendments */
	const struct statement *amended;
	enum { DEFINITION_NEW, DEFINITION_BUSY, DEFINITION_GOOD, DEFINITION_BAD } state;
	struct operand operand;
};

/* What is known of a plan's or role's limit in all plans. */
struct limit_type {
	const char *name;
	enum unit unit; /* UNIT_UNKNOWN while only empty sets were seen */
	bool is_set;
	const struct limit_node *first;
	const char *used_by; /* id of a clause that reads it, or NULL */
};

/* Plans, or roles. */
struct plan_family {
	const char *word; /* "plan" */
	struct map *drafts;
	struct map *types;
	bool broken; /* a plan could not be read: nobody can say what it lacks */
};

struct plan_draft {
	const struct statement *statement;
	struct map *amended; /* limit_node by name, or NULL */
	enum { PLAN_NEW, PLAN_BUSY, PLAN_DONE } state;
	struct plan plan;
};

/* A clause while it is put together. */
struct clause_draft {
	const struct statement *statement;
	const struct terms *terms;
	struct spot terms_at;
	const struct part *parts[PART_COUNT];
	bool amended[PART_COUNT];
	const struct statement *dropped;
	struct clause *clause;
};

struct checker {
	struct arena *arena; /* the policy's: what rules are made of */
	struct arena *scratch;
	struct diag *diag;
	struct policy *policy;
	const struct tree *const *trees;
	size_t tree_count;
	struct map *definitions;
	struct plan_family plans;
	struct plan_family roles;
	struct map *clauses;	    /* clause_draft by id */
	struct clause_draft *draft; /* the one being checked, or NULL */
	size_t comparisons;	    /* in it so far */
	int depth;		    /* of definitions or plans that stand on others */
};

/* Frees the maps; rules and trees live in their arenas. */
void checker_done(struct checker *checker);

/* Complains; always false. */
bool check_error(struct checker *checker, const struct spot *at, const char *hint,
    const char *format, ...) printf_like(4, 5);

/* "did you mean 'x'?" or NULL. candidates ends with NULL. */
const char *check_suggestion(
    struct checker *checker, const char *word, const char *const *candidates);

/* The keys of a map of names, ending with NULL. */
const char *const *check_names(
    struct checker *checker, const struct map *map, const char *prefix);

/* "in line 5", or "in x.policy, line 5" when seen from another file. */
const char *check_where(
    struct checker *checker, const struct spot *spot, const struct spot *from);

/* "an account" */
const char *check_a(struct checker *checker, const char *noun);

/* Whether a subject of that kind lies in one of the outer kind, which it may be itself. */
bool check_within(enum subject_kind kind, enum subject_kind outer);

/* Gathers what all files say and applies amendments. */
void check_collect(struct checker *checker);

/* The kind and value of what stands on the right side of a comparison, in a plan, an exception.
 */
bool check_value(struct checker *checker, const struct value_node *node,
    struct operand *ret_operand) must_use;

/* `plan.quota`, `role.listens`, or an attribute measure. */
bool check_limit_word(
    struct checker *checker, const struct word *word, struct operand *ret_operand) must_use;

/* Whether a value is a set: written so, or a limit of that type. */
bool check_is_set(struct checker *checker, const struct operand *operand);

/* Complains unless the value has the unit that `what` ('cpu.share') is measured in. */
bool check_unit(struct checker *checker, const struct value_node *node,
    const struct operand *operand, const char *what, enum unit unit) must_use;

/* Complains unless least <= time <= most. */
bool check_time(struct checker *checker, const struct time_node *time, int64_t most) must_use;

/* Works out all definitions, plans and roles. */
void check_definitions(struct checker *checker);
void check_plans(struct checker *checker);

/* After the clauses: complains of plans that lack what a clause reads. */
void check_plan_gaps(struct checker *checker);

/* A clause's condition, as seen by subject. */
bool check_condition(struct checker *checker, const struct condition_node *node,
    enum subject_kind subject, struct condition *ret_condition) must_use;

bool check_ladder(
    struct checker *checker, enum ladder_kind kind, const struct part *part) must_use;

/* Answers given on the spot: their gates and texts. */
void check_answers(struct checker *checker);

/* What the mail server's filters are asked for, and that each is asked by one clause. */
void check_filter(struct checker *checker);
void check_filter_twins(struct checker *checker);

/* Placeholders of says, remedy and answers. */
void check_texts(struct checker *checker);

void check_clauses(struct checker *checker);
void check_exceptions(struct checker *checker);

#define SECONDS(n) ((int64_t)(n)*1000)
#define DAYS(n)	   ((int64_t)(n)*86400000)

#endif
