/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/str.h"
#include "policy/outline.h"

enum { MOST_DEPTH = 4 };

static const struct entry {
	const char *id;
	const char *title;
	const char *parts;
} entries[] = {
#define COVERAGE(id_, title_, parts_) {id_, title_, parts_},
#include "model/coverage.def"
#undef COVERAGE
};

const char *
coverage_state_name(enum coverage_state state)
{
	switch (state) {
	case COVERAGE_LIVE:
		return "live";
	case COVERAGE_IN_PART:
		return "in part";
	case COVERAGE_WAITING:
		return "waiting";
	}
	return "";
}

static const struct entry *
entry_find(const char *id)
{
	for (size_t i = 0; i < array_length(entries); i++)
		if (strcmp(entries[i].id, id) == 0)
			return &entries[i];
	return NULL;
}

/* ---- the rows: every id once ---- */

/* "A15b" is part of A15. */
static void
base_id(const char *id, char base[CLAUSE_ID_SIZE])
{
	size_t length = strcspn(id, "0123456789");
	length += strspn(id + length, "0123456789");
	if (length >= CLAUSE_ID_SIZE)
		length = CLAUSE_ID_SIZE - 1;
	memcpy(base, id, length);
	base[length] = '\0';
}

static int
compare_rows(const void *one, const void *other)
{
	const struct coverage_row *first = one, *second = other;
	return clause_id_compare(first->id, second->id);
}

struct coverage *
coverage_new(const struct policy *policy, struct arena *arena)
{
	struct coverage *coverage = arena_alloc(arena, sizeof(*coverage));
	coverage->rows =
	    arena_alloc(arena, (policy->clause_count + 1) * sizeof(struct coverage_row));
	for (size_t i = 0; i < policy->clause_count; i++) {
		struct coverage_row row = {.title = policy->clauses[i].title, .waits_for = ""};
		base_id(policy->clauses[i].id, row.id);
		bool known = false;
		for (size_t r = 0; r < coverage->count && !known; r++)
			known = strcmp(coverage->rows[r].id, row.id) == 0;
		const struct entry *entry = entry_find(row.id);
		if (entry)
			row.title = entry->title;
		if (!known)
			coverage->rows[coverage->count++] = row;
	}
	qsort(coverage->rows, coverage->count, sizeof(struct coverage_row), compare_rows);
	return coverage;
}

void
coverage_count(struct coverage *coverage)
{
	for (size_t i = 0; i < coverage->count; i++) {
		coverage->live += coverage->rows[i].state == COVERAGE_LIVE;
		coverage->in_part += coverage->rows[i].state == COVERAGE_IN_PART;
	}
}

/* Adds one more thing that a clause waits for. */
static void
add_missing(struct str *missing, const char *text, size_t length)
{
	str_add(missing, missing->length ? "; " : "");
	str_add_bytes(missing, text, length);
}

/* ---- by tests ---- */

struct results {
	const struct clause_test *tests;
	size_t count;
};

/* One part of an entry: "io: block input and output". */
struct part {
	const char *name;
	size_t length;
	const char *waits; /* to waits_length; nothing if the entry does not say */
	size_t waits_length;
};

/* Moves past the next part of "a; b: what it waits for; c"; false at the end. */
static bool
next_part(const char **parts, struct part *ret_part)
{
	*parts += strspn(*parts, "; ");
	size_t length = strcspn(*parts, ";");
	size_t name = strcspn(*parts, ":;");
	*ret_part = (struct part){.name = *parts, .length = name};
	if (name < length) {
		const char *waits = *parts + name + 1;
		waits += strspn(waits, " ");
		ret_part->waits = waits;
		ret_part->waits_length = (size_t)(*parts + length - waits);
	}
	*parts += length;
	return length > 0;
}

/* Whether a test's part is one that the clause declares. */
static bool
is_declared(const struct clause_test *test, const char *parts)
{
	struct part part;
	while (next_part(&parts, &part))
		if (text_has_word(test->part, part.name, part.length))
			return true;
	return false;
}

/* The clause whose part is looked at. */
struct aspect {
	const char *id;
	const char *parts; /* all that it declares */
	struct part part;
};

/*
 * A test of a part that is not declared is one of the whole clause. That shows
 * something if the clause has a single part; otherwise only what went wrong counts.
 */
static bool
test_is_of(const struct clause_test *test, const struct aspect *aspect)
{
	char base[CLAUSE_ID_SIZE];
	base_id(test->clause, base);
	if (strcmp(base, aspect->id) != 0)
		return false;
	if (is_declared(test, aspect->parts))
		return text_has_word(test->part, aspect->part.name, aspect->part.length);
	return !strchr(aspect->parts, ';') || test->result != RESULT_PASS;
}

/* What is wrong with one half of a part, or NULL if it passed and nothing else happened. */
static const char *
half_wrong(const struct results *results, const struct aspect *aspect, enum test_half half,
    const char **ret_note)
{
	bool passed = false;
	for (size_t i = 0; i < results->count; i++) {
		const struct clause_test *test = &results->tests[i];
		if (test->half != half || !test_is_of(test, aspect))
			continue;
		*ret_note = test->note;
		if (test->result == RESULT_FAIL)
			return "failed";
		if (test->result == RESULT_SKIP)
			return "was skipped";
		passed = true;
	}
	*ret_note = "";
	return passed ? NULL : "has no test";
}

static const char *const half_names[] = {"breaking it", "the honest crowd"};

static bool
is_untried(const struct results *results, const struct aspect *aspect)
{
	for (size_t i = 0; i < results->count; i++)
		if (test_is_of(&results->tests[i], aspect))
			return false;
	return true;
}

/* Whether both halves passed; if not, what is missing is added. */
static bool
part_passed(const struct results *results, const struct aspect *aspect, struct str *missing)
{
	const struct part *part = &aspect->part;
	auto_str line = {0};
	str_add_bytes(&line, part->name, part->length);
	str_add(&line, ": ");
	if (is_untried(results, aspect)) {
		str_add_bytes(&line, part->waits ? part->waits : "its tests",
		    part->waits ? part->waits_length : strlen("its tests"));
		add_missing(missing, line.data, line.length);
		return false;
	}
	const char *joint = "";
	for (enum test_half half = HALF_BREAK; half < HALF_COUNT; half++) {
		const char *note = "";
		const char *wrong = half_wrong(results, aspect, half, &note);
		if (!wrong)
			continue;
		str_addf(&line, "%s%s %s%s%s%s", joint, half_names[half], wrong,
		    *note ? " (" : "", note, *note ? ")" : "");
		joint = ", ";
	}
	if (!*joint)
		return true;
	add_missing(missing, line.data, line.length);
	return false;
}

static enum coverage_state state_of(
    const struct results *results, const char *id, int depth, struct str *missing);

/* A part that is another clause's id. */
static bool
clause_passed(
    const struct results *results, const struct part *part, int depth, struct str *missing)
{
	char id[CLAUSE_ID_SIZE] = {0};
	auto_str unused = {0};
	memcpy(id, part->name, part->length < sizeof(id) ? part->length : sizeof(id) - 1);
	if (depth > 0 && state_of(results, id, depth - 1, &unused) == COVERAGE_LIVE)
		return true;
	add_missing(missing, id, strlen(id));
	return false;
}

static bool
is_clause_id(const struct part *part)
{
	return part->name[0] >= 'A' && part->name[0] <= 'Z';
}

static enum coverage_state
state_of(const struct results *results, const char *id, int depth, struct str *missing)
{
	const struct entry *entry = entry_find(id);
	struct aspect aspect = {.id = id, .parts = entry ? entry->parts : "whole"};
	const char *next = aspect.parts;
	size_t passed = 0, count = 0;
	while (next_part(&next, &aspect.part)) {
		count++;
		passed += is_clause_id(&aspect.part)
			      ? clause_passed(results, &aspect.part, depth, missing)
			      : part_passed(results, &aspect, missing);
	}
	if (passed == count)
		return COVERAGE_LIVE;
	return passed ? COVERAGE_IN_PART : COVERAGE_WAITING;
}

struct coverage *
coverage_make(const struct policy *policy, const struct clause_test *tests, size_t count,
    struct arena *arena)
{
	struct coverage *coverage = coverage_new(policy, arena);
	const struct results results = {.tests = tests, .count = count};
	for (size_t i = 0; i < coverage->count; i++) {
		auto_str missing = {0};
		struct coverage_row *row = &coverage->rows[i];
		row->state = state_of(&results, row->id, MOST_DEPTH, &missing);
		row->waits_for = arena_copy_text(arena, str_text(&missing));
	}
	coverage_count(coverage);
	return coverage;
}
