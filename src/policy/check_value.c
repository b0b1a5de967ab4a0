/* SPDX-License-Identifier: Apache-2.0 */
/* Values: definitions, limits, sets, and whether units agree. */
#include "policy/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "policy/parsing.h"

static bool
unknown_limit(
    struct checker *checker, const struct plan_family *family, const struct word *word)
{
	const char *prefix = arena_printf(checker->scratch, "%s.", family->word);
	if (family->broken)
		return false;
	return check_error(checker, &word->at,
	    check_suggestion(checker, word->text, check_names(checker, family->types, prefix)),
	    "no %s has a limit '%s'", family->word, word->text + strlen(prefix));
}

static bool
check_attribute(struct checker *checker, const struct word *word, struct operand *ret_operand)
{
	int measure = measure_find(word->text);
	if (measure < 0)
		return check_error(checker, &word->at,
		    "a limit is plan.NAME, role.NAME or an attribute of the account",
		    "unknown limit '%s'", word->text);
	const struct measure_info *info = measure_info((enum measure)measure);
	if (info->class != CLASS_ATTRIBUTE)
		return check_error(checker, &word->at,
		    "compare with a number, or with a limit of the plan",
		    "'%s' is measured, it cannot be a limit", word->text);
	*ret_operand = (struct operand){.kind = OPERAND_LIMIT,
	    .unit = info->unit,
	    .text = arena_copy_text(checker->arena, word->text)};
	return true;
}

static struct plan_family *
family_of(struct checker *checker, const char *text)
{
	return text_starts_with(text, "plan.")	 ? &checker->plans
	       : text_starts_with(text, "role.") ? &checker->roles
						 : NULL;
}

static struct limit_type *
limit_type(struct checker *checker, const char *text)
{
	const struct plan_family *family = family_of(checker, text);
	return family ? map_find_text(family->types, strchr(text, '.') + 1) : NULL;
}

bool
check_limit_word(struct checker *checker, const struct word *word, struct operand *ret_operand)
{
	struct plan_family *family = family_of(checker, word->text);
	if (!family)
		return check_attribute(checker, word, ret_operand);
	struct limit_type *type = limit_type(checker, word->text);
	if (!type)
		return unknown_limit(checker, family, word);
	if (checker->draft && !type->used_by)
		type->used_by = checker->draft->statement->name.text;
	*ret_operand = (struct operand){.kind = OPERAND_LIMIT,
	    .unit = type->unit,
	    .text = arena_copy_text(checker->arena, word->text)};
	return true;
}

bool
check_is_set(struct checker *checker, const struct operand *operand)
{
	if (operand->kind == OPERAND_SET)
		return true;
	if (operand->kind != OPERAND_LIMIT)
		return false;
	const struct limit_type *type = limit_type(checker, operand->text);
	return type ? type->is_set : operand->unit == UNIT_TEXT;
}

static const struct operand *
keep_operand(struct checker *checker, const struct operand *operand)
{
	struct operand *kept = arena_alloc(checker->arena, sizeof(*kept));
	*kept = *operand;
	return kept;
}

/* percentage "of" limit */
static bool
check_part(struct checker *checker, const struct value_node *node, struct operand *part,
    struct operand *ret_operand)
{
	struct operand whole;
	if (!check_limit_word(checker, &node->of, &whole))
		return false;
	if (part->unit != UNIT_PERCENT)
		return check_error(checker, &node->at, "for example 15% of plan.quota",
		    "what stands before 'of' is a percentage, but %s is a %s", node->text,
		    unit_name(part->unit));
	*ret_operand = (struct operand){.kind = OPERAND_PART,
	    .unit = whole.unit,
	    .part = keep_operand(checker, part),
	    .whole = keep_operand(checker, &whole)};
	return true;
}

static bool
check_definition(
    struct checker *checker, const struct value_node *node, struct operand *ret_operand)
{
	struct definition *definition = map_find_text(checker->definitions, node->text);
	if (!definition)
		return check_error(checker, &node->at,
		    check_suggestion(
			checker, node->text, check_names(checker, checker->definitions, "")),
		    "nothing is defined as '%s'", node->text);
	if (definition->state == DEFINITION_BUSY)
		return check_error(
		    checker, &node->at, NULL, "'%s' is defined by itself", node->text);
	if (checker->depth == MOST_DEPTH)
		return check_error(
		    checker, &node->at, NULL, "definitions stand on too many others");
	if (definition->state == DEFINITION_NEW) {
		definition->state = DEFINITION_BUSY;
		checker->depth++;
		bool good = !definition->statement->broken && definition->value &&
			    check_value(checker, definition->value, &definition->operand);
		definition->state = good ? DEFINITION_GOOD : DEFINITION_BAD;
		checker->depth--;
	}
	*ret_operand = definition->operand;
	return definition->state == DEFINITION_GOOD;
}

/* A set while its members are gathered. */
struct gathering {
	const struct value_node *node;
	struct operand *members; /* heap */
	size_t count;
	size_t capacity;
	enum unit unit;
	struct map *seen;
};

static bool
add_member(struct checker *checker, struct gathering *set, const struct value_node *node,
    const struct operand *member)
{
	if (set->unit == UNIT_UNKNOWN)
		set->unit = member->unit;
	if (member->unit != set->unit)
		return check_error(checker, &node->at, "a set has members of one kind",
		    "this is %s among values of the kind '%s'",
		    check_a(checker, unit_name(member->unit)), unit_name(set->unit));
	if (map_put_text(set->seen, member->text, set))
		return check_error(
		    checker, &node->at, "leave one out", "'%s' stands here twice", node->text);
	if (set->count == MOST_SET_MEMBERS)
		return check_error(
		    checker, &set->node->at, NULL, "a set has at most 4_096 members");
	memory_grow(&set->members, set->count, &set->capacity, sizeof(*set->members));
	set->members[set->count++] = *member;
	return true;
}

static bool
add_members(struct checker *checker, struct gathering *set, const struct value_node *node)
{
	struct operand member;
	if (!check_value(checker, node, &member))
		return false;
	if (member.kind != OPERAND_SET) {
		if (!member.text)
			member.text = arena_copy_text(checker->arena, node->text);
		return add_member(checker, set, node, &member);
	}
	for (size_t i = 0; i < member.count; i++)
		if (!add_member(checker, set, node, &member.members[i]))
			return false;
	return true;
}

static bool
check_set(struct checker *checker, const struct value_node *node, struct operand *ret_operand)
{
	struct gathering set = {.node = node, .unit = UNIT_UNKNOWN, .seen = map_new()};
	bool good = true;
	for (const struct value_node *member = node->members; member; member = member->next)
		good &= add_members(checker, &set, member);
	map_free(set.seen);
	struct operand *members = arena_alloc(checker->arena, set.count * sizeof(*members));
	if (set.count)
		memcpy(members, set.members, set.count * sizeof(*members));
	free(set.members);
	*ret_operand = (struct operand){
	    .kind = OPERAND_SET, .unit = set.unit, .count = set.count, .members = members};
	return good;
}

static bool
check_literal(
    struct checker *checker, const struct value_node *node, struct operand *ret_operand)
{
	struct operand literal = {.kind = OPERAND_LITERAL,
	    .unit = node->unit,
	    .number = node->number,
	    .text = arena_copy_text(checker->arena, node->text)};
	if (node->of.text)
		return check_part(checker, node, &literal, ret_operand);
	*ret_operand = literal;
	return true;
}

static bool
check_dotted(
    struct checker *checker, const struct value_node *node, struct operand *ret_operand)
{
	struct operand limit;
	struct word word = {.at = node->at, .text = node->text};
	if (!check_limit_word(checker, &word, &limit))
		return false;
	if (node->of.text)
		return check_part(checker, node, &limit, ret_operand);
	*ret_operand = limit;
	return true;
}

static bool
check_name(struct checker *checker, const struct value_node *node, struct operand *ret_operand)
{
	bool yes = strcmp(node->text, "yes") == 0;
	if (!yes && strcmp(node->text, "no") != 0)
		return check_definition(checker, node, ret_operand);
	*ret_operand = (struct operand){.kind = OPERAND_LITERAL,
	    .unit = UNIT_YES_NO,
	    .number = yes,
	    .text = yes ? "yes" : "no"};
	return true;
}

bool
check_value(struct checker *checker, const struct value_node *node, struct operand *ret_operand)
{
	switch (node->kind) {
	case VALUE_LITERAL:
		return check_literal(checker, node, ret_operand);
	case VALUE_DOTTED:
		return check_dotted(checker, node, ret_operand);
	case VALUE_NAME:
		return check_name(checker, node, ret_operand);
	case VALUE_TEXT:
		*ret_operand = (struct operand){.kind = OPERAND_TEXT,
		    .unit = UNIT_TEXT,
		    .text = arena_copy_text(checker->arena, node->plain)};
		return true;
	case VALUE_SET:
		return check_set(checker, node, ret_operand);
	}
	return false;
}

/* What the writer may have meant: times and sizes are spelled alike, and units are forgotten.
 */
static const char *
unit_hint(
    struct checker *checker, const struct value_node *node, enum unit found, enum unit wanted)
{
	if (found == UNIT_TIME && wanted == UNIT_SIZE && text_ends_with(node->text, "m"))
		return arena_printf(checker->scratch,
		    "m is minutes; write %.*sMiB for mebibytes", (int)strlen(node->text) - 1,
		    node->text);
	if (found == UNIT_SIZE && wanted == UNIT_TIME && text_ends_with(node->text, "MiB"))
		return arena_printf(checker->scratch,
		    "MiB are mebibytes; write %.*sm for minutes", (int)strlen(node->text) - 3,
		    node->text);
	if (wanted == UNIT_PERCENT)
		return "write a percentage here, for example 10%";
	if (wanted == UNIT_COUNT)
		return "write a bare number here, for example 5";
	return NULL;
}

static const char *
missing_unit_hint(struct checker *checker, const char *number, enum unit wanted)
{
	if (wanted == UNIT_SIZE)
		return arena_printf(checker->scratch,
		    "write %sKiB (times 1024) or %skB (times 1000)", number, number);
	if (wanted == UNIT_TIME)
		return arena_printf(checker->scratch, "write %ss, %sm, %sh or %sd", number,
		    number, number, number);
	if (wanted == UNIT_PERCENT)
		return arena_printf(checker->scratch, "write %s%%", number);
	if (wanted == UNIT_RATE)
		return arena_printf(
		    checker->scratch, "write %s/s, %s/m or %s/h", number, number, number);
	return NULL;
}

bool
check_unit(struct checker *checker, const struct value_node *node,
    const struct operand *operand, const char *what, enum unit unit)
{
	if (operand->unit == unit || operand->unit == UNIT_UNKNOWN)
		return true;
	if (node->kind == VALUE_LITERAL && operand->kind == OPERAND_LITERAL &&
	    operand->unit == UNIT_COUNT && unit != UNIT_PORT && unit != UNIT_ADDRESS)
		return check_error(checker, &node->at,
		    missing_unit_hint(checker, node->text, unit),
		    "'%s' needs a unit, this is the bare number %s", what, node->text);
	bool plural = node->kind == VALUE_SET;
	const char *written = plural			 ? "this set"
			      : node->kind == VALUE_TEXT ? "this"
							 : node->text;
	return check_error(checker, &node->at, unit_hint(checker, node, operand->unit, unit),
	    "'%s' is %s, but %s is %s%s", what, check_a(checker, unit_name(unit)), written,
	    plural ? "of the kind " : "",
	    plural ? unit_name(operand->unit) : check_a(checker, unit_name(operand->unit)));
}

static bool
is_listed_value(const char *name)
{
	size_t length = strlen(name);
	for (int i = 0; i < MEASURE_COUNT; i++) {
		const struct measure_info *info = measure_info((enum measure)i);
		if (info->unit != UNIT_NAME)
			continue;
		for (const char *at = info->words; (at = strstr(at, name)); at += length)
			if ((at == info->words || at[-1] == ' ') &&
			    (!at[length] || at[length] == ' '))
				return true;
	}
	return false;
}

void
check_definitions(struct checker *checker)
{
	size_t position = 0;
	const struct definition *definition;
	while ((definition = map_next(checker->definitions, &position))) {
		const struct word *name = &definition->statement->name;
		struct value_node use = {
		    .kind = VALUE_NAME, .at = name->at, .text = name->text};
		struct operand ignored;
		if (is_listed_value(name->text) || strcmp(name->text, "yes") == 0 ||
		    strcmp(name->text, "no") == 0)
			check_error(checker, &name->at, "choose another name",
			    "'%s' is a value that measures have", name->text);
		else
			check_definition(checker, &use, &ignored);
	}
}
