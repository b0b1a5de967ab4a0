/* SPDX-License-Identifier: Apache-2.0 */
/* Whose a request is, which logs a setting stands for, and who is never named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "sensors/log_paths.h"
#include "sensors/sites.h"
#include "sensors/unnamed.h"

static struct accounts *
some_accounts(void)
{
	static const char *alices[] = {"Alice.Example", "www.second.example"};
	static const char *bobs[] = {"bob.example", "../x", ".x", ""};
	static struct uid_range uids[] = {{1001, 1}, {1002, 1}, {1003, 1}};
	static const char *none = "";
	const struct account records[] = {
	    {.id = 1001,
		.name = "alice",
		.plan = none,
		.contact = none,
		.home = "/home/alice",
		.uids = &uids[0],
		.uid_count = 1,
		.own_uids = 1,
		.domains = alices,
		.domain_count = array_length(alices)},
	    {.id = 1002,
		.name = "bob",
		.plan = none,
		.contact = none,
		.home = "/home/bob",
		.uids = &uids[1],
		.uid_count = 1,
		.own_uids = 1,
		.domains = bobs,
		.domain_count = array_length(bobs)},
	    {.id = 1003,
		.name = "../etc",
		.plan = none,
		.contact = none,
		.home = "/",
		.uids = &uids[2],
		.uid_count = 1,
		.own_uids = 1},
	};
	auto_str bytes = {0};
	struct accounts *accounts;
	accounts_encode(records, array_length(records), 1000, &bytes);
	assert_int_equal(accounts_decode(bytes.data, bytes.length, &accounts), 0);
	return accounts;
}

static void
test_whose(void **state)
{
	(void)state;
	static const struct {
		const char *vhost;
		const char *path;
		const char *whose;
	} cases[] = {
	    {"alice.example", "/", "alice"},
	    {"ALICE.EXAMPLE", "/", "alice"},
	    {"www.alice.example", "/", "alice"},
	    {"alice.example.", "/", "alice"},
	    {"www.second.example", "/", "alice"},
	    {"second.example", "/", NULL},
	    {"www.www.alice.example", "/", NULL},
	    {"x.alice.example", "/", NULL},
	    {"www.", "/", NULL},
	    {"", "/", NULL},
	    {"bob.example", "/~alice/", "bob"},
	    {"web1.example", "/~alice/", "alice"},
	    {"web1.example", "/~alice", "alice"},
	    {NULL, "/~alice/x/y.php", "alice"},
	    {NULL, "/%7Ealice/", "alice"},
	    {NULL, "//~ali%63e", "alice"},
	    {NULL, "/x/../~bob/", "bob"},
	    {NULL, "/~alice/../~bob/", "bob"},
	    {NULL, "/~alicex/", NULL},
	    {NULL, "/~alice%00/", NULL},
	    {NULL, "/~/", NULL},
	    {NULL, "/x/~alice/", NULL},
	    {NULL, "/", NULL},
	    {NULL, "", NULL},
	};
	struct accounts *accounts = some_accounts();
	struct sites *sites = sites_new(accounts);
	for (size_t i = 0; i < array_length(cases); i++) {
		const struct access_line line = {.vhost = cases[i].vhost,
		    .vhost_length = cases[i].vhost ? strlen(cases[i].vhost) : 0,
		    .path = cases[i].path,
		    .path_length = strlen(cases[i].path)};
		const struct account *account = sites_find(sites, &line);
		if (!text_equal(account ? account->name : NULL, cases[i].whose))
			fail_msg("case %zu is %s's", i, account ? account->name : "nobody");
	}
	sites_free(sites);
	accounts_free(accounts);
}

static void
test_paths(void **state)
{
	(void)state;
	static const struct log_path expected[] = {
	    {"/var/log/access.log", 9, NULL},
	    {"/srv/alice/log", 5, NULL},
	    {"/srv/bob/log", 5, NULL},
	    {"/l/alice-Alice.Example", 3, NULL},
	    {"/l/alice-www.second.example", 3, NULL},
	    {"/l/bob-bob.example", 3, NULL},
	};
	static const char *const whose[] = {NULL, "alice", "bob", "alice", "alice", "bob"};
	auto_arena struct arena *arena = arena_new();
	struct accounts *accounts = some_accounts();
	struct log_paths list = log_paths_of(" /var/log/access.log  /srv/{account}/log "
					     "/l/{account}-{domain} /var/log/access.log",
	    accounts, arena);
	assert_int_equal(list.count, array_length(expected));
	assert_int_equal(list.named, list.count);
	for (size_t i = 0; i < list.count; i++) {
		const struct account *account = list.paths[i].account;
		assert_string_equal(list.paths[i].path, expected[i].path);
		assert_int_equal(list.paths[i].trusted, expected[i].trusted);
		assert_true(text_equal(account ? account->name : NULL, whose[i]));
	}
	assert_int_equal(log_paths_of("", accounts, arena).count, 0);
	accounts_free(accounts);
}

static void
test_too_many(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct accounts *accounts = some_accounts();
	auto_str setting = {0};
	for (int i = 0; i < MOST_LOGS + 3; i++)
		str_addf(&setting, "/log/%d ", i);
	struct log_paths list = log_paths_of(str_text(&setting), accounts, arena);
	assert_int_equal(list.count, MOST_LOGS);
	assert_int_equal(list.named, MOST_LOGS + 3);
	accounts_free(accounts);
}

static bool
is_unnamed(const struct unnamed *unnamed, const char *text)
{
	struct address address;
	assert_int_equal(address_parse(text, strlen(text), &address), 0);
	return unnamed_has(unnamed, &address);
}

static void
test_never_named(void **state)
{
	(void)state;
	struct unnamed *unnamed = unnamed_new();
	assert_true(is_unnamed(unnamed, "127.0.0.53"));
	assert_true(is_unnamed(unnamed, "::ffff:127.0.0.1"));
	assert_true(is_unnamed(unnamed, "::1"));
	assert_true(is_unnamed(unnamed, "0.0.0.0"));
	assert_true(is_unnamed(unnamed, "::"));
	assert_false(is_unnamed(unnamed, "192.0.2.1"));
	unnamed_set_proxies(unnamed, "192.0.2.0/25 nonsense 2001:db8::/32");
	assert_true(is_unnamed(unnamed, "192.0.2.1"));
	assert_false(is_unnamed(unnamed, "192.0.2.128"));
	assert_true(is_unnamed(unnamed, "2001:db8:1::1"));
	assert_true(is_unnamed(unnamed, "::1"));
	unnamed_set_proxies(unnamed, "");
	assert_false(is_unnamed(unnamed, "192.0.2.1"));
	unnamed_refresh(unnamed);
	assert_true(is_unnamed(unnamed, "127.0.0.1"));
	unnamed_free(unnamed);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_whose),
	    cmocka_unit_test(test_paths),
	    cmocka_unit_test(test_too_many),
	    cmocka_unit_test(test_never_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
