/* SPDX-License-Identifier: Apache-2.0 */
/* Names that customers may have, and such as they try. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "site/names.h"

static void
assert_good(const char *(*wrong)(const char *name), const char *name)
{
	const char *why = wrong(name);
	if (why)
		fail_msg("'%s': %s", name, why);
}

static void
assert_wrong(const char *(*wrong)(const char *name), const char *name, const char *expected)
{
	const char *why = wrong(name);
	if (!why || !strstr(why, expected))
		fail_msg("'%s' should be '%s', is '%s'", name, expected, why ? why : "good");
}

static void
test_accounts(void **state)
{
	(void)state;
	assert_good(account_name_wrong, "alice");
	assert_good(account_name_wrong, "a");
	assert_good(account_name_wrong, "al-ice2");
	assert_good(account_name_wrong, "abcdefghijklmnopqrstuvwxyz01234");
	assert_wrong(account_name_wrong, "abcdefghijklmnopqrstuvwxyz012345", "31 characters");
	assert_wrong(account_name_wrong, "", "begin with a letter");
	assert_wrong(account_name_wrong, "1alice", "begin with a letter");
	assert_wrong(account_name_wrong, "-alice", "begin with a letter");
	assert_wrong(account_name_wrong, "Alice", "begin with a letter");
	assert_wrong(account_name_wrong, "al--ice", "single '-'");
	assert_wrong(account_name_wrong, "alice-", "single '-'");
	assert_wrong(account_name_wrong, "al_ice", "single '-'");
	static const char *const hostile[] = {"a;id", "a$(id)", "a b", "a\nb", "a/b", "a..b",
	    "a'b", "a\"b", "a\\b", "a%b", "a{b", "a\x1b[1m", "ä", "a\xff", "a:b", "a*"};
	for (size_t i = 0; i < array_length(hostile); i++)
		assert_non_null(account_name_wrong(hostile[i]));
	static const char *const taken[] = {"root", "www-data", "mail", "postfix", "sshd",
	    "nobody", "systemd-network", "hayward", "hayward-no-login", "postmaster", "mysql",
	    "web", "shell"};
	for (size_t i = 0; i < array_length(taken); i++)
		assert_wrong(account_name_wrong, taken[i], "the system uses that name");
}

static void
assert_long_label(size_t length, const char *expected)
{
	auto_str name = {0};
	str_add_fill(&name, 'a', length);
	str_add(&name, ".example");
	if (expected)
		assert_wrong(domain_name_wrong, str_text(&name), expected);
	else
		assert_good(domain_name_wrong, str_text(&name));
}

static void
test_domains(void **state)
{
	(void)state;
	assert_good(domain_name_wrong, "alice.example");
	assert_good(domain_name_wrong, "xn--bcher-kva.example");
	assert_good(domain_name_wrong, "a-1.b-2.example");
	assert_long_label(63, NULL);
	assert_long_label(64, "63 characters");
	auto_str whole = {0};
	for (int i = 0; i < 130; i++)
		str_add(&whole, i ? ".a" : "a");
	assert_wrong(domain_name_wrong, str_text(&whole), "253 characters");
	assert_wrong(domain_name_wrong, "example", "a domain has a dot");
	assert_wrong(domain_name_wrong, "alice..example", "between two dots");
	assert_wrong(domain_name_wrong, ".example", "between two dots");
	assert_wrong(domain_name_wrong, "alice.example.", "between two dots");
	assert_wrong(domain_name_wrong, "", "between two dots");
	assert_wrong(domain_name_wrong, "bücher.example", "xn--");
	assert_wrong(domain_name_wrong, "Alice.example", "lower case");
	assert_wrong(domain_name_wrong, "-a.example", "begin or end with '-'");
	assert_wrong(domain_name_wrong, "a-.example", "begin or end with '-'");
	assert_wrong(domain_name_wrong, "a_b.example", "a to z");
	assert_wrong(domain_name_wrong, "a.example/../x", "a to z");
	assert_wrong(domain_name_wrong, "10.77.0.5", "a number");
}

static void
test_the_rest(void **state)
{
	(void)state;
	assert_good(local_part_wrong, "info");
	assert_good(local_part_wrong, "first.last_2-x");
	assert_wrong(local_part_wrong, "a+b", "single");
	assert_wrong(local_part_wrong, ".a", "single");
	assert_wrong(local_part_wrong, "a..b", "single");
	assert_wrong(local_part_wrong, "a|b", "single");
	assert_good(suffix_wrong, "shop_2");
	assert_wrong(suffix_wrong, "shop`", "single");
	assert_good(folder_wrong, "public_html/shop");
	assert_good(folder_wrong, "my files/ä");
	assert_wrong(folder_wrong, "/etc", "lead down");
	assert_wrong(folder_wrong, "a/../b", "lead down");
	assert_wrong(folder_wrong, "a//b", "lead down");
	assert_wrong(folder_wrong, "a/", "lead down");
	assert_wrong(folder_wrong, ".", "lead down");
	assert_wrong(folder_wrong, "a\nb", "control character");
	assert_wrong(folder_wrong, "a\"b", "quote");
	assert_good(contact_wrong, "alice+x@elsewhere.example");
	assert_wrong(contact_wrong, "alice", "no mail address");
	assert_wrong(contact_wrong, "a@b@c", "plain");
	assert_wrong(contact_wrong, "a b@c", "plain");
	assert_wrong(contact_wrong, "a@b\nBcc: x", "plain");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_accounts),
	    cmocka_unit_test(test_domains),
	    cmocka_unit_test(test_the_rest),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
