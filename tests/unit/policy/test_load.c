/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy means: the rules that come out of a text, and what hostile texts cost. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "policy/load.h"

enum { MINUTE = 60000, HOUR = 60 * MINUTE, DAY = 24 * HOUR, MEBIBYTE = 1024 * 1024 };

static struct policy *
load(const char *text)
{
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	policy_set_add(set, "test.policy", text, strlen(text));
	if (policy_load(set, NULL, NULL, diag, &policy)) {
		auto_str findings = {0};
		diag_print(diag, &findings);
		fail_msg("%s", str_text(&findings));
	}
	diag_free(diag);
	policy_set_free(set);
	return policy;
}

/* The number of mistakes in a text that must have some. */
static size_t
refuse(const char *text, size_t length)
{
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	policy_set_add(set, "test.policy", text, length);
	assert_int_equal(policy_load(set, NULL, NULL, diag, &policy), -EINVAL);
	assert_null(policy);
	size_t errors = diag_errors(diag);
	diag_free(diag);
	policy_set_free(set);
	assert_true(errors > 0);
	return errors;
}

static void
test_clause(void **state)
{
	(void)state;
	struct policy *policy =
	    load("terms \"t\" revision \"1\" grace 3d\n"
		 "clause A10 \"Share\" for each account {"
		 " when cpu.share > 10% over 10m or memory.share >= 12.5% over 1h"
		 " imposed when emergency"
		 " then warn; after 3d suspend, alarm"
		 " if emergency then at once suspend"
		 " ends when kept for 1h or by owner offers upgrade }");
	const struct clause *clause = policy_clause(policy, "A10");
	assert_non_null(clause);
	assert_int_equal(clause->terms->grace, 3 * (int64_t)DAY);
	assert_int_equal(clause->subject, KIND_ACCOUNT);
	assert_int_equal(clause->when->kind, CONDITION_OR);
	const struct comparison *cpu = &clause->when->parts[0].comparison;
	assert_int_equal(cpu->measure, MEASURE_CPU_SHARE);
	assert_int_equal(cpu->operator, COMPARE_MORE);
	assert_int_equal(cpu->operand.number, 1000);
	assert_int_equal(cpu->window, WINDOW_OVER);
	assert_int_equal(cpu->span, 10 * MINUTE);
	assert_int_equal(clause->when->parts[1].comparison.index, 1);
	assert_int_equal(clause->when->parts[1].comparison.operand.number, 1250);
	assert_true(
	    clause->imposed && clause->imposed_in_emergency && !clause->imposed_by_operator);
	const struct ladder *then = &clause->ladders[LADDER_THEN];
	assert_int_equal(then->count, 2);
	assert_int_equal(then->steps[1].after, 3 * (int64_t)DAY);
	assert_int_equal(then->steps[1].verbs[0].verb, VERB_ALARM); /* mild first */
	assert_int_equal(then->steps[1].verbs[1].verb, VERB_SUSPEND);
	assert_true(clause->ladders[LADDER_EMERGENCY].steps[0].verbs[0].at_once);
	assert_int_equal(ladder_longest(then), 3 * (int64_t)DAY);
	assert_true(clause->ends.kept && clause->ends.by_owner);
	assert_int_equal(clause->ends.kept_for, HOUR);
	assert_int_equal(clause->mode, MODE_ENFORCE);
	assert_null(policy_clause(policy, "A1"));
	policy_free(policy);
}

static void
test_times(void **state)
{
	(void)state;
	struct policy *policy =
	    load("clause U2 \"Share\" for each account {"
		 " when cpu.share >= 20% over 10m 3 times within 1h then warn }");
	const struct comparison *comparison = &policy_clause(policy, "U2")->when->comparison;
	assert_int_equal(comparison->times, 3);
	assert_int_equal(comparison->stretch, HOUR);
	assert_int_equal(comparison->span, 10 * MINUTE);
	policy_free(policy);
}

static void
test_defaults(void **state)
{
	(void)state;
	struct policy *policy =
	    load("clause A1 \"A\" for each account { when disk.inodes > 5 then warn }"
		 "promise A2 \"B\" for each host { when host.disk-free < 2% then alarm }"
		 "clause A3 \"C\" { covered by A1 }");
	const struct clause *clause = policy_clause(policy, "A1");
	assert_true(clause->ends.kept && clause->ends.by_owner && !clause->ends.by_operator);
	assert_false(clause->imposed);
	const struct clause *promise = policy_clause(policy, "A2");
	assert_true(promise->ends.kept && !promise->ends.by_owner);
	const struct clause *covered = policy_clause(policy, "A3");
	assert_null(covered->when);
	assert_int_equal(covered->cover_count, 1);
	assert_null(clause->terms);
	policy_free(policy);
}

static void
test_plans(void **state)
{
	(void)state;
	struct policy *policy =
	    load("define net = { 192.0.2.0/28 ::1 }"
		 "plan large like basic { quota 20GiB }"
		 "plan basic { quota 5GiB share 15% web no }"
		 "amend plan basic { share 20% }"
		 "role a { partners net inside { } } role b like a { inside { 80/udp } }");
	const struct plan *large = policy_plan(policy, "large");
	assert_int_equal(large->count, 3);
	assert_int_equal(plan_limit(large, "quota")->number, 20LL << 30);
	assert_int_equal(plan_limit(large, "share")->number, 2000);
	assert_int_equal(plan_limit(large, "web")->unit, UNIT_YES_NO);
	assert_null(plan_limit(large, "files"));
	const struct operand *partners = plan_limit(policy_role(policy, "b"), "partners");
	assert_int_equal(partners->count, 2);
	assert_string_equal(partners->members[0].text, "192.0.2.0/28");
	const struct operand *empty = plan_limit(policy_role(policy, "a"), "inside");
	assert_int_equal(empty->unit, UNIT_PORT); /* as the other role says */
	assert_int_equal(empty->count, 0);
	assert_int_equal(
	    plan_limit(policy_role(policy, "b"), "inside")->members[0].number, 161);
	policy_free(policy);
}

static void
test_amendments(void **state)
{
	(void)state;
	/* order never decides: amendments may stand before what they amend */
	struct policy *policy = load(
	    "amend A8 { when disk.inodes > 150_000 } drop A3 because \"sold\""
	    "clause A8 \"Files\" for each account { when disk.inodes > 100_000 then warn }"
	    "clause A3 \"Downloads\" for each account { when disk.inodes > 1 then warn }"
	    "exception A8 for account alice { until 2027-01-31 by \"dora\" because \"x\" }");
	assert_int_equal(policy->clause_count, 1);
	const struct clause *clause = policy_clause(policy, "A8");
	assert_int_equal(clause->when->comparison.operand.number, 150000);
	assert_int_equal(clause->ladders[LADDER_THEN].count, 1);
	assert_int_equal(policy->exception_count, 1);
	assert_int_equal(policy->exceptions[0].until, 1801440000000); /* 2027-02-01T00:00:00Z */
	policy_free(policy);
}

static void
digest_of_set(const char *const *texts, char ret_digest[65])
{
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	for (char name[] = "a"; *texts; texts++, name[0]++)
		policy_set_add(set, name, *texts, strlen(*texts));
	assert_int_equal(policy_load(set, NULL, NULL, diag, &policy), 0);
	memcpy(ret_digest, policy->digest, 65);
	policy_free(policy);
	diag_free(diag);
	policy_set_free(set);
}

static void
test_digest(void **state)
{
	(void)state;
	char one[65], other[65], third[65];
	digest_of_set((const char *[]){"define a = 5", "define  b=6", NULL}, one);
	digest_of_set((const char *[]){"define b = 6\n", "\n\ndefine a = 5", NULL}, other);
	digest_of_set((const char *[]){"define b = 6", "define a = 7", NULL}, third);
	assert_string_equal(one, other);
	assert_string_not_equal(one, third);
}

static int
include_itself(void *context, struct policy_set *set, const char *from, const char *pattern)
{
	int *count = context;
	char name[32], text[64];
	(void)from;
	snprintf(name, sizeof(name), "%d.policy", ++*count);
	snprintf(text, sizeof(text), "include \"%s\"", pattern);
	policy_set_add(set, name, text, strlen(text));
	return 0;
}

static void
test_include_depth(void **state)
{
	(void)state;
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	int count = 0;
	policy_set_add(set, "top", "include \"x\"", strlen("include \"x\""));
	assert_int_equal(policy_load(set, include_itself, &count, diag, &policy), -EINVAL);
	assert_int_equal(count, 8);
	assert_int_equal(diag_errors(diag), 1);
	diag_free(diag);
	policy_set_free(set);
}

static void
test_set_travels(void **state)
{
	(void)state;
	struct policy_set *set = policy_set_new(), *copy = NULL;
	struct policy *policy = NULL;
	struct diag *diag = diag_new();
	auto_str bytes = {0}, again = {0};
	policy_set_add(set, "one.policy", "define a = 5", 12);
	policy_set_add(set, "two.policy", "define b = 6", 12);
	policy_set_add(set, "two.policy", "define c = 6", 12); /* each file once */
	policy_set_encode(set, &bytes);
	assert_int_equal(policy_set_decode(str_text(&bytes), bytes.length, &copy), 0);
	policy_set_encode(copy, &again);
	assert_int_equal(bytes.length, again.length);
	assert_memory_equal(bytes.data, again.data, bytes.length);
	assert_int_equal(policy_load(copy, NULL, NULL, diag, &policy), 0);
	policy_free(policy);
	policy_set_free(copy);
	for (size_t cut = 0; cut < bytes.length; cut++)
		assert_int_equal(policy_set_decode(str_text(&bytes), cut, &copy), -EBADMSG);
	diag_free(diag);
	policy_set_free(set);
}

static char *
repeated(const char *head, const char *text, size_t count, const char *tail, size_t *ret_length)
{
	struct str all = {0};
	str_add(&all, head);
	for (size_t i = 0; i < count; i++)
		str_add(&all, text);
	str_add(&all, tail);
	*ret_length = all.length;
	return str_take(&all);
}

/* Each of these once would have overflowed a stack, or taken time without end. */
static void
test_hostile(void **state)
{
	(void)state;
	static const struct {
		const char *head, *text;
		size_t count;
		const char *tail;
	} texts[] = {
	    {"clause A1 \"A\" for each account { when ", "(", 500000, ""},
	    {"clause A1 \"A\" for each account { when ", "not (", 200000, ""},
	    {"define a = { ", "{ ", 400000, ""},
	    {"", "define a = 5 ", 80000, ""},
	    {"plan a { ", "a 5 ", 200000, "}"},
	    {"", "} ", 500000, ""},
	    {"", "clause A1 \"A\" for each account { when disk.inodes > 5 then warn } ", 15000,
		""},
	    {"clause A1 \"A\" { covered by A1", ", A1", 200000, "}"},
	    {"clause A1 \"A\" for each account { when disk.inodes > 5 then warn", ", warn",
		150000, "}"},
	    {"clause A1 \"A\" for each account { when disk.inodes > 5", " or disk.inodes > 5",
		50000, " then warn }"},
	    {"define a = {", " 5", 500000, "}"},
	    {"clause A1 \"A\" for each account { says \"", "{", 1501,
		"\" when disk.inodes > 5 then warn }"},
	    {"clause A1 \"A\" for each account { says", " \"x\"", 200000,
		" when disk.inodes > 5 then warn }"},
	    {"", "exception A1 for account a { until revoked by \"a\" because \"b\" } ", 15000,
		""},
	};
	for (size_t i = 0; i < array_length(texts); i++) {
		size_t length;
		auto_free char *text = repeated(
		    texts[i].head, texts[i].text, texts[i].count, texts[i].tail, &length);
		refuse(text, length);
	}
}

/* A chain of definitions, each standing on the next, is as deep as it is long. */
static void
test_deep_definitions(void **state)
{
	(void)state;
	auto_str text = {0};
	for (int i = 0; i < 900; i++)
		str_addf(
		    &text, "define d%d = d%d\nplan p%d like p%d { }\n", i, i + 1, i, i + 1);
	str_add(&text, "define d900 = 5\nplan p900 { }\n");
	refuse(str_text(&text), text.length);
}

static void
test_sizes(void **state)
{
	(void)state;
	size_t length;
	auto_free char *largest = repeated("", "#\n", MEBIBYTE / 2, "", &length);
	auto_free char *larger = repeated("", "#\n", MEBIBYTE / 2, "#", &length);
	policy_free(load(largest));
	assert_int_equal(refuse(larger, length), 1);
	auto_free char *text = repeated("clause A1 \"A\" for each account { says \"", "x", 2001,
	    "\" when disk.inodes > 5 then warn }", &length);
	assert_int_equal(refuse(text, length), 1);
}

static void
test_ids(void **state)
{
	(void)state;
	assert_true(clause_id_covers("A15", "A15"));
	assert_true(clause_id_covers("A15", "A15b"));
	assert_false(clause_id_covers("A1", "A15"));
	assert_false(clause_id_covers("A15b", "A15"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_clause),
	    cmocka_unit_test(test_times),
	    cmocka_unit_test(test_defaults),
	    cmocka_unit_test(test_plans),
	    cmocka_unit_test(test_amendments),
	    cmocka_unit_test(test_digest),
	    cmocka_unit_test(test_include_depth),
	    cmocka_unit_test(test_set_travels),
	    cmocka_unit_test(test_hostile),
	    cmocka_unit_test(test_deep_definitions),
	    cmocka_unit_test(test_sizes),
	    cmocka_unit_test(test_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
