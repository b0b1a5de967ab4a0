/* SPDX-License-Identifier: Apache-2.0 */
/* What is read of a rule: explanation, page, and the pieces that notices take. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "policy/explain.h"
#include "policy/outline.h"
#include "policy/render.h"
#include "policy/words.h"
#include "support.h"

static const char *const files[] = {TERMS_TESTS "/sample.policy", NULL};

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
a10_is_explained(void **state)
{
	const struct policy *policy = *state;
	auto_str out = {0};
	explain_clause(policy, clause_of(policy, "A10"), clock_of_date(2026, 11, 22), &out);
	assert_golden("a10-explained.txt", &out);
}

static void
the_page_is_rendered(void **state)
{
	const struct policy *loaded = *state;
	struct policy policy = *loaded;
	memset(policy.digest, '0', sizeof(policy.digest) - 1); /* changes with the layout */
	auto_str html = {0}, text = {0};
	render_html(&policy, "Terms of <this> house", &html);
	render_text(&policy, "Terms of <this> house", &text);
	assert_golden("page.html", &html);
	assert_golden("page.txt", &text);
}

/* The operator writes titles, too, and may paste what a customer sent. */
static void
words_cannot_become_markup(void **state)
{
	auto_str html = {0};
	render_html(*state, "</title><script>alert(1)</script>", &html);
	assert_null(strstr(str_text(&html), "<script"));
	assert_null(strstr(str_text(&html), "<b>written"));
	assert_non_null(strstr(str_text(&html), "&lt;script&gt;alert(1)"));
}

#define assert_words(expected, call)                                                           \
	do {                                                                                   \
		auto_str out_ = {0};                                                           \
		struct str *out = &out_;                                                       \
		call;                                                                          \
		assert_string_equal(str_text(out), expected);                                  \
	} while (0)

static void
limits_are_those_of_the_plan(void **state)
{
	const struct policy *policy = *state;
	const struct clause *clause = clause_of(policy, "A5");
	const struct plan *small = policy_plan(policy, "small");
	const struct comparison *comparison = &clause->when->comparison;
	assert_words(
	    "Each database may take 20 % of the plan's quota.", words_says(clause, NULL, out));
	assert_words(
	    "Each database may take 1 GiB (20 % of 5 GiB).", words_says(clause, small, out));
	assert_words("10 GiB (20 % of 50 GiB)",
	    words_comparison_limit(comparison, policy_plan(policy, "large"), out));
	assert_words("5 GiB", words_limit(small, "quota", out));
	assert_words("-", words_limit(small, "unheard-of", out));
	assert_words("Not more than 1 GiB within 1 day, { as <b>written</b>.",
	    words_says(clause_of(policy, "U8"), small, out));
}

static void
steps_say_whom_they_hit(void **state)
{
	const struct policy *policy = *state;
	const struct clause *fair = clause_of(policy, "A10"), *data = clause_of(policy, "A5");
	const struct ladder *then = &fair->ladders[LADDER_THEN];
	assert_words("at once", words_step_when(&then->steps[0], out));
	assert_words("after 1 day", words_step_when(&then->steps[1], out));
	assert_words("the processor time of the account is limited to 10 % of the machine's; "
		     "the memory of the account is limited to 10 % of the machine's",
	    words_step(fair, &then->steps[1], out));
	assert_words("if our staff confirm it, the account is suspended",
	    words_step(data, &data->ladders[LADDER_THEN].steps[1], out));
	assert_int_equal(words_target(data, VERB_SUSPEND), KIND_ACCOUNT);
	assert_int_equal(words_target(clause_of(policy, "U8"), VERB_DISABLE), KIND_SCRIPT);
}

static void
tests_and_ends_are_said(void **state)
{
	const struct policy *policy = *state;
	const struct clause *fair = clause_of(policy, "A10");
	const struct comparison *cpu = &fair->when->parts[0].comparison;
	assert_words("10 minutes", words_window(cpu, out));
	assert_words("more than 10 %, on average over 10 minutes", words_test(cpu, NULL, out));
	assert_words(
	    "when the rule has been kept for 1 hour, or when the owner says that it is "
	    "mended, or when our staff end it",
	    words_ends(fair, NULL, out));
	assert_false(words_ends_usual(fair));
	assert_true(words_ends_usual(clause_of(policy, "A5")));
	assert_true(words_opens_cases(fair));
	assert_words("", words_imposed(clause_of(policy, "A5"), out));
}

static void
values_read_as_prose(void **state)
{
	(void)state;
	assert_words("1 hour 30 minutes", words_quantity(UNIT_TIME, 5400000, out));
	assert_words("1 day", words_quantity(UNIT_TIME, 86400000, out));
	assert_words("4 minutes 50 seconds", words_quantity(UNIT_TIME, 290000, out));
	assert_words("no time", words_quantity(UNIT_TIME, 0, out));
	assert_words("100 000", words_quantity(UNIT_COUNT, 100000, out));
	assert_words("0.1 %", words_quantity(UNIT_PERCENT, 10, out));
}

static void
ids_are_ordered_as_people_count(void **state)
{
	(void)state;
	assert_int_equal(clause_id_compare("A2", "A10"), -1);
	assert_int_equal(clause_id_compare("A15b", "A15a"), 1);
	assert_int_equal(clause_id_compare("A15", "A15a"), -1);
	assert_int_equal(clause_id_compare("A18", "S1"), -1);
	assert_int_equal(clause_id_compare("U10", "U10"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a10_is_explained),
	    cmocka_unit_test(the_page_is_rendered),
	    cmocka_unit_test(words_cannot_become_markup),
	    cmocka_unit_test(limits_are_those_of_the_plan),
	    cmocka_unit_test(steps_say_whom_they_hit),
	    cmocka_unit_test(tests_and_ends_are_said),
	    cmocka_unit_test(values_read_as_prose),
	    cmocka_unit_test(ids_are_ordered_as_people_count),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
