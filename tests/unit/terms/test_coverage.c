/* SPDX-License-Identifier: Apache-2.0 */
/* Which clauses are live, by results made up for the purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "policy/coverage.h"
#include "support.h"

static const char *const files[] = {POLICIES "/abuse.policy", POLICIES "/plans.policy",
    POLICIES "/script-usage.policy", POLICIES "/software.policy",
    POLICIES "/sub-servers.policy", NULL};

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

static const struct coverage_row *
row_of(const struct coverage *coverage, const char *id)
{
	for (size_t i = 0; i < coverage->count; i++)
		if (strcmp(coverage->rows[i].id, id) == 0)
			return &coverage->rows[i];
	fail_msg("no row %s", id);
	return NULL;
}

#define BREAK(clause, part, result)                                                            \
	{                                                                                      \
		clause, HALF_BREAK, RESULT_##result, part, ""                                  \
	}
#define HONEST(clause, part, result)                                                           \
	{                                                                                      \
		clause, HALF_HONEST, RESULT_##result, part, ""                                 \
	}

/* The state that these results give to a clause, and what it waits for. */
#define assert_coverage(state_, for_, id, ...)                                                 \
	do {                                                                                   \
		const struct clause_test tests_[] = {__VA_ARGS__};                             \
		auto_arena struct arena *arena_ = arena_new();                                 \
		const struct coverage *coverage_ =                                             \
		    coverage_make(*state, tests_, array_length(tests_), arena_);               \
		const struct coverage_row *row_ = row_of(coverage_, id);                       \
		assert_string_equal(row_->waits_for, for_);                                    \
		assert_int_equal(row_->state, state_);                                         \
	} while (0)

static void
live_when_all_parts_passed_both_halves(void **state)
{
	assert_coverage(COVERAGE_LIVE, "", "A10", BREAK("A10", "cpu", PASS),
	    HONEST("A10", "cpu", PASS), BREAK("A10", "memory", PASS),
	    HONEST("A10", "memory", PASS));
	assert_coverage(COVERAGE_LIVE, "", "A10", BREAK("A10", "cpu memory", PASS),
	    HONEST("A10", "memory cpu", PASS));
}

static void
in_part_when_some_did(void **state)
{
	assert_coverage(COVERAGE_IN_PART, "memory: its tests", "A10", BREAK("A10", "cpu", PASS),
	    HONEST("A10", "cpu", PASS));
	assert_coverage(COVERAGE_IN_PART, "listing: the scanner; tighten: the verb", "U9",
	    BREAK("U9", "mode", PASS), HONEST("U9", "mode", PASS));
}

static void
half_a_part_is_none(void **state)
{
	assert_coverage(COVERAGE_WAITING, "emergency: the honest crowd has no test", "A6",
	    BREAK("A6", "emergency", PASS));
	assert_coverage(COVERAGE_WAITING, "emergency: breaking it has no test", "A6",
	    HONEST("A6", "emergency", PASS));
}

static void
a_skipped_test_shows_nothing(void **state)
{
	const struct clause_test skipped = {
	    "A6", HALF_BREAK, RESULT_SKIP, "emergency", "no BPF here"};
	assert_coverage(COVERAGE_WAITING, "emergency: breaking it was skipped (no BPF here)",
	    "A6", skipped, HONEST("A6", "emergency", PASS));
	assert_coverage(COVERAGE_WAITING, "emergency: breaking it was skipped (no BPF here)",
	    "A6", BREAK("A6", "emergency", PASS), skipped, HONEST("A6", "emergency", PASS));
}

static void
one_failure_outweighs_a_pass(void **state)
{
	assert_coverage(COVERAGE_WAITING, "emergency: the honest crowd failed", "A6",
	    BREAK("A6", "emergency", PASS), HONEST("A6", "emergency", PASS),
	    HONEST("A6", "emergency", FAIL));
}

/* A test that does not say which part it is of cannot stand for several. */
static void
a_test_without_a_part_counts_where_there_is_one(void **state)
{
	assert_coverage(COVERAGE_LIVE, "", "A6", BREAK("A6", "", PASS), HONEST("A6", "", PASS));
	assert_coverage(COVERAGE_WAITING, "cpu: its tests; memory: its tests", "A10",
	    BREAK("A10", "", PASS), HONEST("A10", "", PASS));
}

/* Likewise for a part that nobody declared; but what went wrong there went wrong. */
static void
undeclared_parts_count_against_all(void **state)
{
	assert_coverage(COVERAGE_LIVE, "", "A6", BREAK("A6", "emergency", PASS),
	    HONEST("A6", "neighbour", PASS));
	assert_coverage(COVERAGE_WAITING, "emergency: the honest crowd failed", "A6",
	    BREAK("A6", "emergency", PASS), HONEST("A6", "emergency", PASS),
	    HONEST("A6", "neighbour", FAIL));
	assert_coverage(COVERAGE_WAITING,
	    "cpu: the honest crowd failed; memory: the honest crowd failed", "A10",
	    BREAK("A10", "cpu memory", PASS), HONEST("A10", "cpu memory", PASS),
	    HONEST("A10", "soft", FAIL));
}

static void
letters_count_for_their_clause(void **state)
{
	assert_coverage(COVERAGE_LIVE, "", "A0", BREAK("A0a", "soft", PASS),
	    HONEST("A0a", "soft", PASS), BREAK("A0b", "move", PASS),
	    HONEST("A0b", "move", PASS));
}

static void
covered_clauses_wait_for_their_covers(void **state)
{
	assert_coverage(COVERAGE_WAITING, "S1; U4", "A2", BREAK("S9", "", PASS));
	assert_coverage(COVERAGE_IN_PART, "U4", "A2", BREAK("S1", "open relayed", PASS),
	    HONEST("S1", "open relayed", PASS));
}

static uint64_t
all_but(int count, int without)
{
	return ((UINT64_C(1) << count) - 1) & ~(UINT64_C(1) << without);
}

static void
a_host_is_told_what_it_lacks(void **state)
{
	auto_arena struct arena *arena = arena_new();
	const struct abilities abilities = {.sensors = all_but(SENSOR_COUNT, SENSOR_IO),
	    .verbs = all_but(VERB_COUNT, VERB_SUSPEND)};
	const struct coverage *coverage = coverage_of_host(*state, &abilities, arena);
	assert_int_equal(row_of(coverage, "U2")->state, COVERAGE_IN_PART);
	assert_string_equal(row_of(coverage, "U2")->waits_for, "sensors: io; verbs: suspend");
	assert_int_equal(row_of(coverage, "A10")->state, COVERAGE_IN_PART);
	assert_int_equal(row_of(coverage, "A14")->state, COVERAGE_LIVE);
	assert_string_equal(row_of(coverage, "A14")->waits_for, "");
}

/* The mail server's filters need no sensor of ours. */
static void
a_host_is_told_which_filters_are_off(void **state)
{
	auto_arena struct arena *arena = arena_new();
	struct abilities abilities = {0};
	assert_int_equal(
	    row_of(coverage_of_host(*state, &abilities, arena), "V2")->state, COVERAGE_LIVE);
	abilities.filters[FILTER_LISTS] = "off in site.conf, line 84";
	const struct coverage *coverage = coverage_of_host(*state, &abilities, arena);
	assert_int_equal(row_of(coverage, "V2")->state, COVERAGE_IN_PART);
	assert_string_equal(
	    row_of(coverage, "V2")->waits_for, "V2d: off in site.conf, line 84");
	for (size_t kind = 0; kind < FILTER_COUNT; kind++)
		abilities.filters[kind] = "no site";
	coverage = coverage_of_host(*state, &abilities, arena);
	assert_int_equal(row_of(coverage, "V2")->state, COVERAGE_WAITING);
}

/* A10 without a kernel sensor never opens a case; A2 is what S1 and U4 are. */
static void
a_host_without_sensors_does_nothing(void **state)
{
	auto_arena struct arena *arena = arena_new();
	const struct abilities blind = {
	    .sensors = UINT64_C(1) << SENSOR_LOG, .verbs = (UINT64_C(1) << VERB_COUNT) - 1};
	const struct coverage *coverage = coverage_of_host(*state, &blind, arena);
	assert_int_equal(row_of(coverage, "A10")->state, COVERAGE_WAITING);
	assert_string_equal(row_of(coverage, "A10")->waits_for, "sensors: kernel");
	assert_int_equal(row_of(coverage, "U4")->state, COVERAGE_LIVE);
	assert_int_equal(row_of(coverage, "A2")->state, COVERAGE_IN_PART);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(live_when_all_parts_passed_both_halves),
	    cmocka_unit_test(in_part_when_some_did),
	    cmocka_unit_test(half_a_part_is_none),
	    cmocka_unit_test(a_skipped_test_shows_nothing),
	    cmocka_unit_test(one_failure_outweighs_a_pass),
	    cmocka_unit_test(a_test_without_a_part_counts_where_there_is_one),
	    cmocka_unit_test(undeclared_parts_count_against_all),
	    cmocka_unit_test(letters_count_for_their_clause),
	    cmocka_unit_test(covered_clauses_wait_for_their_covers),
	    cmocka_unit_test(a_host_is_told_what_it_lacks),
	    cmocka_unit_test(a_host_is_told_which_filters_are_off),
	    cmocka_unit_test(a_host_without_sensors_does_nothing),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
