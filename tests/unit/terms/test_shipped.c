/* SPDX-License-Identifier: Apache-2.0 */
/* The files that are shipped: clean, in their one layout, and complete. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "policy/coverage.h"
#include "policy/explain.h"
#include "policy/render.h"
#include "policy/words.h"
#include "support.h"

static const char *const files[] = {POLICIES "/abuse.policy", POLICIES "/plans.policy",
    POLICIES "/script-usage.policy", POLICIES "/software.policy",
    POLICIES "/sub-servers.policy", NULL};

/* The rows of the four documents, first and last of each. */
static const struct {
	char letter;
	int first, last;
} rows[] = {{'S', 1, 13}, {'U', 1, 13}, {'V', 1, 9}, {'A', 0, 18}, {'P', 1, 3}};

static int
load(void **state)
{
	*state = policy_of(files);
	return 0;
}

static int
unload(void **state)
{
	policy_free(*state);
	return 0;
}

static void
every_row_has_a_clause(void **state)
{
	const struct policy *policy = *state;
	auto_arena struct arena *arena = arena_new();
	const struct coverage *coverage = coverage_make(policy, NULL, 0, arena);
	size_t expected = 0;
	for (size_t r = 0; r < array_length(rows); r++) {
		for (int number = rows[r].first; number <= rows[r].last; number++, expected++) {
			auto_str id = {0};
			bool found = false;
			str_addf(&id, "%c%d", rows[r].letter, number);
			for (size_t i = 0; i < coverage->count && !found; i++)
				found = strcmp(coverage->rows[i].id, str_text(&id)) == 0;
			if (!found)
				fail_msg("no clause %s", str_text(&id));
		}
	}
	assert_int_equal(coverage->count, expected);
}

/* Nothing is live that was not tried, and everything says what it waits for. */
static void
without_results_all_wait(void **state)
{
	auto_arena struct arena *arena = arena_new();
	const struct coverage *coverage = coverage_make(*state, NULL, 0, arena);
	for (size_t i = 0; i < coverage->count; i++) {
		assert_int_equal(coverage->rows[i].state, COVERAGE_WAITING);
		assert_true(strlen(coverage->rows[i].waits_for) > 0);
		assert_string_not_equal(coverage->rows[i].waits_for, "whole: its tests");
	}
}

static void
files_are_in_their_layout(void **state)
{
	(void)state;
	for (size_t i = 0; files[i]; i++) {
		struct diag *diag = diag_new();
		auto_str text = file_text(files[i]), formatted = {0};
		assert_int_equal(
		    policy_format(files[i], str_text(&text), text.length, diag, &formatted), 0);
		assert_string_equal(str_text(&formatted), str_text(&text));
		diag_free(diag);
	}
}

/* A placeholder that was not filled in would be read by customers. */
static void
texts_are_filled_in(void **state)
{
	const struct policy *policy = *state;
	for (size_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		for (size_t p = 0; p <= policy->plan_count; p++) {
			const struct plan *plan = p ? &policy->plans[p - 1] : NULL;
			auto_str text = {0};
			words_says(clause, plan, &text);
			words_remedy(clause, plan, &text);
			if (!clause->says || strchr(str_text(&text), '{'))
				fail_msg("%s: %s", clause->id, str_text(&text));
		}
	}
}

/* Owners are told what to do about whatever may be done to them. */
static void
whoever_is_acted_on_hears_the_remedy(void **state)
{
	const struct policy *policy = *state;
	for (size_t i = 0; i < policy->clause_count; i++) {
		const struct clause *clause = &policy->clauses[i];
		bool acts = false;
		for (size_t s = 0; s < clause->ladders[LADDER_THEN].count; s++) {
			const struct step *step = &clause->ladders[LADDER_THEN].steps[s];
			for (size_t v = 0; v < step->verb_count; v++)
				acts |= verb_info(step->verbs[v].verb)->acting;
		}
		if (acts && !clause->remedy)
			fail_msg("%s acts, and says nothing of a remedy", clause->id);
	}
}

/* Only visitors of a quiet host have all of its traffic, and have done nothing. */
static void
shares_of_use_have_a_floor(void **state)
{
	const struct policy *policy = *state;
	for (size_t i = 0; i < policy->clause_count; i++) {
		enum measure measures[MOST_COMPARISONS * 2];
		size_t count =
		    clause_measures(&policy->clauses[i], measures, array_length(measures));
		for (size_t m = 0; m < count; m++) {
			int floor = measure_floor(measures[m]);
			bool found = floor < 0;
			for (size_t other = 0; other < count && !found; other++)
				found = (int)measures[other] == floor;
			if (!found)
				fail_msg("%s: %s without a floor", policy->clauses[i].id,
				    measure_info(measures[m])->name);
		}
	}
}

static void
the_page_has_every_clause(void **state)
{
	const struct policy *policy = *state;
	auto_str page = {0}, text = {0};
	render_html(policy, "Terms", &page);
	render_text(policy, "Terms", &text);
	for (size_t i = 0; i < policy->clause_count; i++) {
		auto_str anchor = {0}, link = {0}, line = {0};
		str_addf(&anchor, "<article id=\"%s\">", policy->clauses[i].id);
		str_addf(&link, "href=\"#%s\"", policy->clauses[i].id);
		str_addf(&line, "\n%-4s", policy->clauses[i].id);
		assert_non_null(strstr(str_text(&page), str_text(&anchor)));
		assert_non_null(strstr(str_text(&page), str_text(&link)));
		assert_non_null(strstr(str_text(&text), str_text(&line)));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row_has_a_clause),
	    cmocka_unit_test(without_results_all_wait),
	    cmocka_unit_test(files_are_in_their_layout),
	    cmocka_unit_test(texts_are_filled_in),
	    cmocka_unit_test(whoever_is_acted_on_hears_the_remedy),
	    cmocka_unit_test(shares_of_use_have_a_floor),
	    cmocka_unit_test(the_page_has_every_clause),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
