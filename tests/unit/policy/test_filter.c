/* SPDX-License-Identifier: Apache-2.0 */
/* What clauses have the mail server's filters do; what they cannot, tests/policy/invalid has.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/load.h"

/* The shipped clauses, and what a host says beside them. */
static struct policy *
load(const char *local)
{
	static const char shipped[] =
	    "clause V2a \"Greeting\" for each mail { when mail.helo is not good"
	    " then reject \"{client}: {clause}\" }\n"
	    "clause V2d \"Lists\" for each mail { when mail.dnsbl >= 2"
	    " then reject \"{limit} lists\" }\n"
	    "clause V2e \"Greylist\" for each mail {"
	    " when mail.greylisted and mail.spam-score >= 6 then defer \"in {retry}\" }\n"
	    "clause V2f \"Rate\" for each client { when smtp.messages > 60 within 1m"
	    " then defer \"{limit} in {window}\" }\n"
	    "clause V2g \"Marks\" for each mail { when mail.spam-score >= 10 then mark }\n"
	    "clause V2h \"Score\" for each mail { when mail.spam-score >= 15"
	    " then reject \"no\" }\n";
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	policy_set_add(set, "shipped.policy", shipped, sizeof(shipped) - 1);
	policy_set_add(set, "local.policy", local, strlen(local));
	if (policy_load(set, NULL, NULL, diag, &policy)) {
		auto_str findings = {0};
		diag_print(diag, &findings);
		fail_msg("%s", str_text(&findings));
	}
	diag_free(diag);
	policy_set_free(set);
	return policy;
}

static const struct filter_rule *
rule_of(const struct policy *policy, const char *id)
{
	const struct clause *clause = policy_clause(policy, id);
	return clause ? clause->filter : NULL;
}

static void
test_as_shipped(void **state)
{
	(void)state;
	struct policy *policy = load("");
	const struct filter_rule *rule = rule_of(policy, "V2a");
	assert_int_equal(rule->kind, FILTER_HELO);
	assert_int_equal(rule->values, 1 << 1 | 1 << 2); /* missing, forged */
	assert_string_equal(rule->text, "{client}: V2a");
	rule = rule_of(policy, "V2d");
	assert_int_equal(rule->most, 2);
	assert_int_equal(rule->answer, VERB_REJECT);
	assert_int_equal(rule->mode, MODE_ENFORCE);
	assert_string_equal(rule->text, "2 lists");
	assert_string_equal(rule->at, "shipped.policy:2");
	rule = rule_of(policy, "V2e");
	assert_int_equal(rule->kind, FILTER_GREYLIST);
	assert_int_equal(rule->most, 6);
	assert_string_equal(rule->text, "in 5m");
	rule = rule_of(policy, "V2f");
	assert_int_equal(rule->most, 60);
	assert_int_equal(rule->window, 60000);
	assert_string_equal(rule->text, "60 in 1m");
	assert_int_equal(rule_of(policy, "V2g")->kind, FILTER_MARK);
	assert_int_equal(rule_of(policy, "V2h")->kind, FILTER_SCORE);
	policy_free(policy);
}

static void
test_as_amended(void **state)
{
	(void)state;
	struct policy *policy = load("drop V2e because \"x\"\n"
				     "amend V2a { when mail.helo is forged mode observe }\n"
				     "amend V2d { when mail.dnsbl > 2 then mark }\n"
				     "amend V2f { when smtp.messages >= 50 within 10m }\n"
				     "amend V2h { then defer \"later\" }\n");
	assert_null(rule_of(policy, "V2e"));
	assert_int_equal(rule_of(policy, "V2a")->values, 1 << 2);
	assert_int_equal(rule_of(policy, "V2a")->mode, MODE_OBSERVE);
	assert_int_equal(rule_of(policy, "V2d")->most, 3);
	assert_int_equal(rule_of(policy, "V2d")->answer, VERB_MARK);
	assert_string_equal(rule_of(policy, "V2d")->text, "");
	assert_string_equal(rule_of(policy, "V2d")->at, "local.policy:3");
	assert_int_equal(rule_of(policy, "V2f")->most, 49);
	assert_int_equal(rule_of(policy, "V2f")->window, 600000);
	assert_int_equal(rule_of(policy, "V2h")->kind, FILTER_SCORE);
	assert_int_equal(rule_of(policy, "V2h")->answer, VERB_DEFER);
	policy_free(policy);
}

/* `or` of words, and a mail clause that is none of the filters'. */
static void
test_others(void **state)
{
	(void)state;
	struct policy *policy =
	    load("clause V1 \"Viruses\" for each mail { when mail.virus then reject \"no\" }\n"
		 "clause V2c \"SPF\" for each mail { when mail.spf is fail or mail.spf is none"
		 " then defer \"no\" }\n");
	assert_null(rule_of(policy, "V1"));
	assert_int_equal(rule_of(policy, "V2c")->values, 1 << 3 | 1 << 1);
	policy_free(policy);
	policy = load("clause V2b \"Reverse\" for each mail {"
		      " when mail.reverse-dns in { forged missing } then reject \"no\" }\n"
		      "clause V2c \"SPF\" for each mail { when mail.spf not in { pass none }"
		      " then mark }\n");
	assert_int_equal(rule_of(policy, "V2b")->values, 1 << 1 | 1 << 2);
	assert_int_equal(rule_of(policy, "V2c")->values, 1 << 2 | 1 << 3);
	policy_free(policy);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_as_shipped),
	    cmocka_unit_test(test_as_amended),
	    cmocka_unit_test(test_others),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
