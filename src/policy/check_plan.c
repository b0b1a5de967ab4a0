/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plans and roles. A limit has one type in all plans: the first value seen
 * gives it, all must agree. Then every plan gets what its parents say.
 */
#include "policy/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "policy/parsing.h"

/* The limits of one plan while they are gathered: its own, then its parents'. */
struct limits {
	struct plan_limit *items; /* heap */
	size_t count;
	size_t capacity;
	struct map *seen;
};

static const char *
type_text(struct checker *checker, enum unit unit, bool is_set)
{
	if (is_set)
		return unit == UNIT_UNKNOWN ? "an empty set"
					    : arena_printf(checker->scratch,
						  "a set of the kind '%s'", unit_name(unit));
	return check_a(checker, unit_name(unit));
}

static bool
agree(struct checker *checker, struct plan_family *family, const struct limit_node *node,
    const struct operand *value)
{
	struct limit_type *type = map_find_text(family->types, node->name.text);
	bool is_set = check_is_set(checker, value);
	if (!type) {
		type = arena_alloc(checker->scratch, sizeof(*type));
		*type = (struct limit_type){node->name.text, value->unit, is_set, node, NULL};
		map_put_text(family->types, node->name.text, type);
		return true;
	}
	if (type->unit == UNIT_UNKNOWN && is_set)
		type->unit = value->unit;
	bool same_unit = value->unit == UNIT_UNKNOWN || value->unit == type->unit;
	if (is_set == type->is_set && same_unit)
		return true;
	return check_error(checker, &node->value->at, "all give a limit in one unit",
	    "'%s' is %s, but %s it is %s", node->name.text,
	    type_text(checker, value->unit, is_set),
	    check_where(checker, &type->first->name.at, &node->name.at),
	    type_text(checker, type->unit, type->is_set));
}

static void
add_limit(struct checker *checker, struct plan_family *family, struct limits *limits,
    const struct limit_node *node)
{
	struct operand value;
	if (!check_value(checker, node->value, &value) ||
	    !agree(checker, family, node, &value)) {
		family->broken = true;
		return;
	}
	memory_grow(&limits->items, limits->count, &limits->capacity, sizeof(*limits->items));
	limits->items[limits->count++] =
	    (struct plan_limit){arena_copy_text(checker->arena, node->name.text), value};
}

/* What the plan itself says, amendments in place of what they amend. */
static void
add_own(struct checker *checker, struct plan_family *family, const struct plan_draft *draft,
    struct limits *limits)
{
	for (const struct limit_node *node = draft->statement->limits; node;
	     node = node->next) {
		const struct limit_node *amended =
		    draft->amended ? map_find_text(draft->amended, node->name.text) : NULL;
		if (map_put_text(limits->seen, node->name.text, limits))
			check_error(checker, &node->name.at, "give it once",
			    "%s %s already says '%s'", family->word,
			    draft->statement->name.text, node->name.text);
		else
			add_limit(checker, family, limits, amended ? amended : node);
	}
	size_t position = 0;
	const struct limit_node *node;
	while (draft->amended && (node = map_next(draft->amended, &position)))
		if (!map_put_text(limits->seen, node->name.text, limits))
			add_limit(checker, family, limits, node);
}

static void
add_inherited(const struct plan *parent, struct limits *limits)
{
	for (size_t i = 0; i < parent->count; i++) {
		if (map_put_text(limits->seen, parent->limits[i].name, limits))
			continue;
		memory_grow(
		    &limits->items, limits->count, &limits->capacity, sizeof(*limits->items));
		limits->items[limits->count++] = parent->limits[i];
	}
}

static const struct plan *finish_plan(
    struct checker *checker, struct plan_family *family, struct plan_draft *draft);

static const struct plan *
find_parent(struct checker *checker, struct plan_family *family, const struct plan_draft *draft)
{
	const struct word *like = &draft->statement->like;
	if (!like->text)
		return NULL;
	struct plan_draft *parent = map_find_text(family->drafts, like->text);
	if (parent && parent->state != PLAN_BUSY && checker->depth < MOST_DEPTH)
		return finish_plan(checker, family, parent);
	family->broken = true;
	if (!parent)
		check_error(checker, &like->at,
		    check_suggestion(
			checker, like->text, check_names(checker, family->drafts, "")),
		    "there is no %s %s", family->word, like->text);
	else
		check_error(checker, &like->at, NULL,
		    parent->state == PLAN_BUSY ? "%s %s is like itself"
					       : "%s %s has too many ancestors",
		    family->word, draft->statement->name.text);
	return NULL;
}

static const struct plan *
finish_plan(struct checker *checker, struct plan_family *family, struct plan_draft *draft)
{
	if (draft->state == PLAN_DONE)
		return &draft->plan;
	draft->state = PLAN_BUSY;
	checker->depth++;
	struct limits limits = {.seen = map_new()};
	const struct plan *parent = find_parent(checker, family, draft);
	add_own(checker, family, draft, &limits);
	if (parent)
		add_inherited(parent, &limits);
	struct plan_limit *kept = arena_alloc(checker->arena, limits.count * sizeof(*kept));
	if (limits.count)
		memcpy(kept, limits.items, limits.count * sizeof(*kept));
	draft->plan =
	    (struct plan){.name = arena_copy_text(checker->arena, draft->statement->name.text),
		.count = limits.count,
		.limits = kept};
	free(limits.items);
	map_free(limits.seen);
	checker->depth--;
	draft->state = PLAN_DONE;
	return &draft->plan;
}

/* Empty sets take the type that other plans give the limit. */
static void
settle_units(struct plan_family *family, struct plan *plan)
{
	struct plan_limit *limits = (struct plan_limit *)(uintptr_t)plan->limits;
	for (size_t i = 0; i < plan->count; i++) {
		const struct limit_type *type = map_find_text(family->types, limits[i].name);
		if (limits[i].value.unit == UNIT_UNKNOWN)
			limits[i].value.unit =
			    type->unit == UNIT_UNKNOWN ? UNIT_TEXT : type->unit;
	}
}

static int
by_name(const void *left, const void *right)
{
	const struct plan *one = left, *other = right;
	return strcmp(one->name, other->name);
}

static void
finish_family(struct checker *checker, struct plan_family *family,
    const struct plan **ret_plans, size_t *ret_count)
{
	size_t count = map_count(family->drafts), position = 0, index = 0;
	struct plan *plans = arena_alloc(checker->arena, count * sizeof(*plans));
	struct plan_draft *draft;
	while ((draft = map_next(family->drafts, &position)))
		plans[index++] = *finish_plan(checker, family, draft);
	for (size_t i = 0; i < count; i++)
		settle_units(family, &plans[i]);
	if (count)
		qsort(plans, count, sizeof(*plans), by_name);
	*ret_plans = plans;
	*ret_count = count;
}

void
check_plans(struct checker *checker)
{
	struct policy *policy = checker->policy;
	finish_family(checker, &checker->plans, &policy->plans, &policy->plan_count);
	finish_family(checker, &checker->roles, &policy->roles, &policy->role_count);
}

static void
check_gaps_of(
    struct checker *checker, struct plan_family *family, const struct plan_draft *draft)
{
	size_t position = 0;
	const struct limit_type *type;
	while ((type = map_next(family->types, &position)))
		if (type->used_by && !plan_limit(&draft->plan, type->name))
			check_error(checker, &draft->statement->name.at,
			    arena_printf(checker->scratch,
				"clause %s compares with %s.%s; give it here or in a parent",
				type->used_by, family->word, type->name),
			    "%s '%s' says nothing about '%s'", family->word,
			    draft->statement->name.text, type->name);
}

void
check_plan_gaps(struct checker *checker)
{
	struct plan_family *families[] = {&checker->plans, &checker->roles};
	for (size_t i = 0; i < array_length(families); i++) {
		size_t position = 0;
		const struct plan_draft *draft;
		while (
		    !families[i]->broken && (draft = map_next(families[i]->drafts, &position)))
			check_gaps_of(checker, families[i], draft);
	}
}
