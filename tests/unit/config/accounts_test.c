/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts: who has a login, what accounts.conf adds, who held an id before. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "config/accounts.h"

static const char passwd[] = "root:x:0:0:root:/root:/bin/sh\n"
			     "alice:x:61001:61001::/home/alice:/bin/sh\n"
			     "bob:x:61002:61002::/home/bob:/bin/sh\n"
			     "bob-again:x:61002:61002::/home/bob:/bin/sh\n"
			     "carol:x:61003:61003::/home/carol:/bin/sh\n";

struct scene {
	struct arena *arena;
	struct config config;
	struct holders *holders;
	struct str said;
	struct str table;
	struct accounts *accounts; /* NULL if there were errors */
};

static void
read_all(struct scene *scene, const char *users_text, const char *subuid, const char *text)
{
	struct diag *diag = diag_new();
	struct users users = users_new();
	struct subordinates subordinates = {0};
	struct source passwd_source = {"passwd", users_text, strlen(users_text)};
	struct source subuid_source = {"subuid", subuid, strlen(subuid)};
	struct source source = {"accounts.conf", text, strlen(text)};
	users_parse(&passwd_source, scene->arena, diag, &users);
	subordinates_parse(&subuid_source, scene->arena, diag, &subordinates);
	struct declarations declarations = declarations_parse(&source, scene->arena, diag);
	struct account_sources sources = {
	    &users, &subordinates, &declarations, &scene->config, scene->holders};
	size_t count;
	const struct account *records = accounts_build(&sources, scene->arena, diag, &count);
	accounts_free(take(scene->accounts));
	str_clear(&scene->table);
	str_clear(&scene->said);
	if (!diag_errors(diag)) {
		accounts_encode(records, (uint32_t)count, 1000, &scene->table);
		assert_int_equal(
		    accounts_decode(scene->table.data, scene->table.length, &scene->accounts),
		    0);
	}
	diag_print(diag, &scene->said);
	diag_free(diag);
	users_done(&users);
	subordinates_done(&subordinates);
}

static int
setup(void **state)
{
	static struct scene scene;
	scene = (struct scene){.arena = arena_new(), .config = config_default()};
	scene.config.uid_first = 61000;
	scene.config.uid_last = 61999;
	*state = &scene;
	return holders_decode(NULL, 0, &scene.holders);
}

static int
teardown(void **state)
{
	struct scene *scene = *state;
	accounts_free(scene->accounts);
	holders_free(scene->holders);
	arena_free(scene->arena);
	str_done(&scene->said);
	str_done(&scene->table);
	return 0;
}

static void
test_logins_alone(void **state)
{
	struct scene *scene = *state;
	read_all(scene, passwd, "", "");
	assert_string_equal(str_text(&scene->said), "");
	assert_int_equal(accounts_count(scene->accounts), 3);
	const struct account *bob = accounts_find_uid(scene->accounts, 61002);
	assert_string_equal(bob->name, "bob");
	assert_int_equal(bob->id, 61002);
	assert_int_equal(bob->generation, 1);
	assert_string_equal(bob->plan, "");
	assert_string_equal(bob->home, "/home/bob");
	assert_int_equal(bob->initial_bytes, -1);
	assert_null(accounts_find_uid(scene->accounts, 0));
}

static void
test_overlay(void **state)
{
	struct scene *scene = *state;
	read_all(scene, passwd, "alice:100000:65536\n61003:200000:10\nnobody-here:5:5\n",
	    "plan basic for uids 61000-61999\n"
	    "account alice { plan budget contact alice@elsewhere.example\n"
	    "  domains { alice.example \"www.alice.example\" } quota 5GiB files 100_000\n"
	    "  uids { 61050 61051 } subuids { 300000-300009 } created 2020-01-01\n"
	    "  addresses { \"info@alice.example\" \"@alice.example\" "
	    "\"Sales@www.alice.example\" }\n"
	    "  limits { web-irc yes script-memory 512MiB } protected }\n"
	    "account service { uids { 61060 } home /srv/service id 7 }\n");
	assert_string_equal(str_text(&scene->said), "");
	const struct account *alice = accounts_find_name(scene->accounts, "alice");
	assert_string_equal(alice->plan, "budget");
	assert_string_equal(alice->contact, "alice@elsewhere.example");
	assert_int_equal(alice->domain_count, 2);
	assert_string_equal(alice->domains[1], "www.alice.example");
	assert_ptr_equal(accounts_find_login(scene->accounts, "alice"), alice);
	assert_ptr_equal(accounts_find_login(scene->accounts, "Info@WWW.Alice.example"), alice);
	assert_null(accounts_find_login(scene->accounts, "alice@elsewhere.example"));
	assert_null(accounts_find_login(scene->accounts, "alice@"));
	assert_int_equal(alice->initial_bytes, 5368709120);
	assert_int_equal(alice->initial_files, 100000);
	assert_int_equal(alice->created, 1577836800000);
	assert_true(alice->is_protected);
	assert_false(accounts_may_act(scene->accounts, alice));
	assert_int_equal(alice->limit_count, 2);
	assert_string_equal(alice->limits[1].name, "script-memory");
	assert_int_equal(alice->limits[1].unit, UNIT_SIZE);
	assert_int_equal(alice->own_uids, 3);
	assert_ptr_equal(accounts_find_uid(scene->accounts, 61051), alice);
	assert_ptr_equal(accounts_find_uid(scene->accounts, 165535), alice);
	assert_ptr_equal(accounts_find_uid(scene->accounts, 300009), alice);
	assert_null(accounts_find_uid(scene->accounts, 165536));
	const struct account *carol = accounts_find_uid(scene->accounts, 200009);
	assert_string_equal(carol->name, "carol");
	assert_string_equal(carol->plan, "basic");
	const struct account *service = accounts_find_id(scene->accounts, 7);
	assert_string_equal(service->name, "service");
	assert_string_equal(service->home, "/srv/service");
}

/* Whose address, "ACCOUNT ADDRESS", or "". */
static const char *
whose(const struct accounts *accounts, const char *recipient)
{
	static char text[300];
	const char *address = "";
	const struct account *account = accounts_find_address(accounts, recipient, &address);
	snprintf(text, sizeof(text), "%s%s%s", account ? account->name : "", account ? " " : "",
	    address);
	return text;
}

static void
test_addresses(void **state)
{
	struct scene *scene = *state;
	read_all(scene, passwd, "",
	    "account alice { addresses { \"info@alice.example\" \"@alice.example\" "
	    "\"shared@common.example\" \"Sales@two.example\" } }\n"
	    "account bob { addresses { \"shared@common.example\" \"+@bob.example\" } }\n");
	assert_string_equal(str_text(&scene->said), "");
	const struct accounts *accounts = scene->accounts;
	assert_string_equal(whose(accounts, "info@alice.example"), "alice info@alice.example");
	assert_string_equal(whose(accounts, "Info@ALICE.example"), "alice info@alice.example");
	assert_string_equal(
	    whose(accounts, "info+list@alice.example"), "alice info@alice.example");
	assert_string_equal(whose(accounts, "made-up@alice.example"), "alice @alice.example");
	assert_string_equal(whose(accounts, "made+up@alice.example"), "alice @alice.example");
	assert_string_equal(whose(accounts, "sales@two.example"), "alice Sales@two.example");
	assert_string_equal(whose(accounts, "other@two.example"), "");
	assert_string_equal(whose(accounts, "shared@common.example"), "");
	assert_string_equal(whose(accounts, "+@bob.example"), "bob +@bob.example");
	assert_string_equal(whose(accounts, "@"), "");
	assert_string_equal(whose(accounts, "info"), "");
	assert_string_equal(whose(accounts, ""), "");
}

static void
assert_wrong(struct scene *scene, const char *text, const char *expected)
{
	read_all(scene, passwd, "", text);
	assert_null(scene->accounts);
	assert_string_equal(str_text(&scene->said), expected);
}

static void
test_claims(void **state)
{
	struct scene *scene = *state;
	assert_wrong(scene, "account alice { uids { 61002 } }\naccount bob { }\n",
	    "accounts.conf:2:9: error: uid 61002 belongs to account 'alice' already\n"
	    " 2 | account bob { }\n"
	    "   |         ^^^\n");
	assert_wrong(scene, "account alice { } account alice { }\n",
	    "accounts.conf:1:27: error: there is an account 'alice' already\n"
	    " 1 | account alice { } account alice { }\n"
	    "   |                           ^^^^^\n");
	assert_wrong(scene, "account dave { }\n",
	    "accounts.conf:1:9: error: no user 'dave' in the list of users\n"
	    " 1 | account dave { }\n"
	    "   |         ^^^^ say its uids { ... } if it has no login\n");
	assert_wrong(scene, "account alice { addresses { nowhere } }\n",
	    "accounts.conf:1:29: error: an address is NAME@DOMAIN, or @DOMAIN for all others "
	    "of it, this is 'nowhere'\n"
	    " 1 | account alice { addresses { nowhere } }\n"
	    "   |                             ^^^^^^^\n");
	assert_wrong(scene, "account alice { id 61002 }\n",
	    "error: accounts 'alice' and 'bob' have one id, 61002\n");
}

static void
test_wrong_words(void **state)
{
	struct scene *scene = *state;
	assert_wrong(scene, "acount alice { }\n",
	    "accounts.conf:1:1: error: a statement begins with 'account' or 'plan', this is "
	    "'acount'\n"
	    " 1 | acount alice { }\n"
	    "   | ^^^^^^ did you mean 'account'?\n");
	assert_wrong(scene, "account alice { contcat a@b quota 5 plan x plan y }\n",
	    "accounts.conf:1:17: error: an account says plan, contact, domains and the like, "
	    "this is "
	    "'contcat'\n"
	    " 1 | account alice { contcat a@b quota 5 plan x plan y }\n"
	    "   |                 ^^^^^^^ did you mean 'contact'?\n"
	    "accounts.conf:1:35: error: 'quota' wants a size such as 5GiB, this is '5'\n"
	    " 1 | account alice { contcat a@b quota 5 plan x plan y }\n"
	    "   |                                   ^\n"
	    "accounts.conf:1:44: error: 'plan' is said twice, first in line 1\n"
	    " 1 | account alice { contcat a@b quota 5 plan x plan y }\n"
	    "   |                                            ^^^^\n");
	assert_wrong(scene, "account alice { contact \"a@b\\\\n\" contact",
	    "accounts.conf:1:34: error: 'contact' is said twice, first in line 1\n"
	    " 1 | account alice { contact \"a@b\\\\\\\\n\" contact\n"
	    "   |                                    ^^^^^^^\n"
	    "accounts.conf:1:41: error: 'contact' wants a mail address, this is the end\n"
	    " 1 | account alice { contact \"a@b\\\\\\\\n\" contact\n"
	    "   |                                           ^\n"
	    "accounts.conf:1:41: error: an account ends with '}', this is the end\n"
	    " 1 | account alice { contact \"a@b\\\\\\\\n\" contact\n"
	    "   |                                           ^\n");
	assert_wrong(scene, "account alice { contact <root> }\n",
	    "accounts.conf:1:25: error: 'contact' wants a mail address, this is '<root>'\n"
	    " 1 | account alice { contact <root> }\n"
	    "   |                         ^^^^^^\n");
	assert_wrong(scene, "plan basic for everybody\n",
	    "accounts.conf:1:16: error: a default is 'plan NAME for uids FIRST-LAST', this is "
	    "'everybody'\n"
	    " 1 | plan basic for everybody\n"
	    "   |                ^^^^^^^^^\n"
	    "accounts.conf:1:16: error: a statement begins with 'account' or 'plan', this is "
	    "'everybody'\n"
	    " 1 | plan basic for everybody\n"
	    "   |                ^^^^^^^^^\n");
}

static void
test_broken_passwd(void **state)
{
	struct scene *scene = *state;
	read_all(scene, "alice:x:61001\n\n# no line\n+::::::\nbob:x:-1:0::/:\n", "x:1\n", "");
	assert_string_equal(str_text(&scene->said),
	    "passwd:1:1: error: this is no line of passwd(5)\n"
	    " 1 | alice:x:61001\n"
	    "   | ^^^^^^^^^^^^^\n"
	    "passwd:5:1: error: this is no line of passwd(5)\n"
	    " 5 | bob:x:-1:0::/:\n"
	    "   | ^^^^^^^^^^^^^^\n"
	    "subuid:1:1: error: this is no line of subuid(5)\n"
	    " 1 | x:1\n"
	    "   | ^^^\n");
}

/* A guess would blame one for the other. */
static void
test_contested_subordinate_uids(void **state)
{
	struct scene *scene = *state;
	read_all(scene, passwd,
	    "alice:100000:65536\nbob:165000:10\nbob:165005:10\ncarol:300000:5\ncarol:61001:2\n",
	    "");
	assert_non_null(scene->accounts);
	assert_null(accounts_find_uid(scene->accounts, 100000));
	assert_null(accounts_find_uid(scene->accounts, 165000));
	assert_null(accounts_find_uid(scene->accounts, 165014));
	assert_string_equal(accounts_find_uid(scene->accounts, 300004)->name, "carol");
	assert_string_equal(accounts_find_uid(scene->accounts, 61001)->name, "alice");
	assert_string_equal(str_text(&scene->said),
	    "warning: uids from 61001 on belong to 'alice' and to 'carol': the subordinate "
	    "ones "
	    "count for nobody\n"
	    "warning: uids from 61002 on belong to 'carol' and to 'bob': the subordinate ones "
	    "count for nobody\n"
	    "warning: uids from 165000 on belong to 'alice' and to 'bob': the subordinate ones "
	    "count for nobody\n");
	/* One that somebody wrote down is a mistake. */
	read_all(
	    scene, passwd, "alice:100000:65536\n", "account bob { subuids { 100010+5 } }\n");
	assert_null(scene->accounts);
}

static void
test_touching_ranges_become_one(void **state)
{
	struct scene *scene = *state;
	read_all(scene, passwd, "alice:100000:10\nalice:100010:10\n61001:100005:10\n", "");
	assert_string_equal(str_text(&scene->said), "");
	const struct account *alice = accounts_find_uid(scene->accounts, 100019);
	assert_int_equal(alice->uid_count, 2);
	assert_int_equal(alice->uids[1].count, 20);
}

static void
test_a_new_holder_is_another_generation(void **state)
{
	struct scene *scene = *state;
	read_all(scene, "alice:x:61001:1::/:\n", "", "");
	assert_int_equal(accounts_find_id(scene->accounts, 61001)->generation, 1);
	/* Away for a while, and even forgotten by haywardd in between: the same customer. */
	read_all(scene, "", "", "");
	auto_str bytes = {0};
	holders_encode(scene->holders, &bytes);
	holders_free(scene->holders);
	assert_int_equal(holders_decode(bytes.data, bytes.length, &scene->holders), 0);
	read_all(scene, "alice:x:61001:1::/:\n", "", "");
	assert_int_equal(accounts_find_id(scene->accounts, 61001)->generation, 1);
	read_all(scene, "mallory:x:61001:1::/:\n", "", "");
	assert_int_equal(accounts_find_id(scene->accounts, 61001)->generation, 2);
	read_all(scene, "alice:x:61001:1::/:\n", "", "");
	assert_int_equal(accounts_find_id(scene->accounts, 61001)->generation, 3);
}

static void
test_damaged_holders(void **state)
{
	struct scene *scene = *state;
	auto_str bytes = {0};
	struct holders *damaged;
	holders_generation(scene->holders, 1, "one");
	holders_encode(scene->holders, &bytes);
	for (size_t length = 1; length < bytes.length; length++)
		assert_int_equal(holders_decode(bytes.data, length, &damaged), -EBADMSG);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_logins_alone, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_overlay, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_addresses, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_claims, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_wrong_words, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_broken_passwd, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_contested_subordinate_uids, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_touching_ranges_become_one, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_a_new_holder_is_another_generation, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_damaged_holders, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
