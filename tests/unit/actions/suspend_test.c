/* SPDX-License-Identifier: Apache-2.0 */
/* Suspensions below a root of their own: two claims, restarts, what owners do meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "actions/process.h"
#include "actions/suspend.h"
#include "base/file.h"

enum { FLOOR = 500 };

static char folder[64];
static struct tools tools;
static struct suspends *suspends;
static struct accounts *accounts;
static int64_t now;
static uint32_t own_uid;
static int last_status;

static void
note(void *context, const struct action *action, int status, const char *text)
{
	(void)context;
	(void)action;
	(void)text;
	last_status = status;
}

static void
start(void)
{
	struct suspend_settings settings = {.tools = &tools, .report = note};
	suspends = suspends_new(&settings);
}

static void
restart(void)
{
	suspends_free(suspends);
	start();
}

static void
put(const char *path, const char *text)
{
	assert_int_equal(file_replace(tools.root, path, 0644, text, strlen(text)), 0);
}

static bool
is_there(const char *path)
{
	return !faccessat(tools.root, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

static void
expect_file(const char *path, const char *text)
{
	auto_str found = {0};
	assert_int_equal(file_read(tools.root, path, 65536, &found), 0);
	assert_string_equal(str_text(&found), text);
}

/* A table with one account. */
static void
set_accounts(uint32_t generation)
{
	struct uid_range uid = {own_uid, 1};
	struct account alice = {.id = 7,
	    .generation = generation,
	    .name = "alice",
	    .plan = "",
	    .contact = "",
	    .home = "/home/alice",
	    .uid_count = 1,
	    .uids = &uid,
	    .own_uids = 1};
	auto_str bytes = {0};
	accounts_free(accounts);
	accounts_encode(&alice, 1, FLOOR, &bytes);
	assert_int_equal(accounts_decode(bytes.data, bytes.length, &accounts), 0);
	tools.accounts = accounts;
}

static int
begin(void **state)
{
	static const char *const folders[] = {"state", "etc", "etc/pam.d", "var", "var/spool",
	    "var/spool/cron", "var/spool/cron/crontabs", "home", "home/alice"};
	static char cgroup[] = "hayward-unit";
	char passwd[128];
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/hayward-suspend-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	tools = (struct tools){.root = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC),
	    .proc = process_open_proc(),
	    .cgroup = cgroup};
	for (size_t i = 0; i < array_length(folders); i++)
		if (mkdirat(tools.root, folders[i], 0755))
			return -1;
	tools.state = openat(tools.root, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	own_uid = 61170;
	snprintf(passwd, sizeof(passwd),
	    "root:x:0:0::/root:/bin/sh\nalice:x:%u:7::/home/alice:\n", own_uid);
	put("etc/passwd", passwd);
	put("etc/group", "hayward-no-login:x:990:\n");
	put("etc/pam.d/common-account", "account requisite pam_x.so hayward-no-login\n");
	put("var/spool/cron/crontabs/alice", "* * * * * first\n");
	put("home/alice/.forward", "|program\n");
	if (fchownat(tools.root, "home/alice", own_uid, 7, 0) ||
	    fchownat(tools.root, "home/alice/.forward", own_uid, 7, 0))
		return -1;
	now = 1000000;
	last_status = 1;
	set_accounts(1);
	start();
	return 0;
}

static int
remove_one(const char *path, const struct stat *facts, int kind, struct FTW *place)
{
	(void)facts;
	(void)kind;
	(void)place;
	return remove(path);
}

static int
finish(void **state)
{
	(void)state;
	suspends_free(suspends);
	accounts_free(accounts);
	accounts = NULL;
	close(tools.root);
	close(tools.proc);
	close(tools.state);
	return nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct action
action_of(uint64_t id, enum verb verb, enum operation operation)
{
	return (struct action){
	    .id = id, .verb = verb, .operation = operation, .subject = {KIND_ACCOUNT, 7, 1, 0}};
}

/* As the engine does: again while it is under way. */
static void
hold(uint64_t id, enum verb verb)
{
	auto_str text = {0};
	struct action action = action_of(id, verb, OPERATION_APPLY);
	struct order order = {&action, accounts_find_id(accounts, 7), now};
	assert_int_equal(suspends_apply(suspends, &order, &text), -EINPROGRESS);
	assert_int_equal(suspends_apply(suspends, &order, &text), -EINPROGRESS);
	for (int i = 0; i < 100 && last_status == 1; i++)
		suspends_tick(suspends, now += 100);
	assert_int_equal(last_status, 0);
	last_status = 1;
}

static void
release(uint64_t id, enum verb verb, int status, const char *words)
{
	auto_str text = {0};
	struct action action = action_of(id, verb, OPERATION_RELEASE);
	assert_int_equal(suspends_release(suspends, &action, &text), status);
	if (!strstr(str_text(&text), words))
		fail_msg("'%s' does not say '%s'", str_text(&text), words);
}

static void
expect_held(void)
{
	assert_false(is_there("var/spool/cron/crontabs/alice"));
	assert_true(is_there("var/spool/cron/crontabs/.hayward-alice"));
	assert_false(is_there("home/alice/.forward"));
	expect_file("etc/group", "hayward-no-login:x:990:alice\n");
}

static void
expect_open(void)
{
	expect_file("var/spool/cron/crontabs/alice", "* * * * * first\n");
	assert_false(is_there("var/spool/cron/crontabs/.hayward-alice"));
	expect_file("home/alice/.forward", "|program\n");
	expect_file("etc/group", "hayward-no-login:x:990:\n");
	assert_false(is_there("state/suspended.7"));
}

static void
held_and_released(void **state)
{
	(void)state;
	hold(1, VERB_SUSPEND);
	expect_held();
	restart();
	expect_held();
	release(1, VERB_SUSPEND, 0, "crontab 'alice': undone");
	expect_open();
	release(1, VERB_SUSPEND, 0, "already so");
}

static void
two_claims_hold_until_the_last_one_goes(void **state)
{
	(void)state;
	hold(1, VERB_SUSPEND);
	hold(2, VERB_LOCK);
	release(1, VERB_SUSPEND, 0, "still held by a lock");
	expect_held();
	restart();
	expect_held();
	release(1, VERB_SUSPEND, 0, "still held by a lock");
	release(2, VERB_LOCK, 0, "undone");
	expect_open();
}

static void
what_is_put_back_is_closed_and_counted(void **state)
{
	(void)state;
	auto_str text = {0};
	struct action describe = action_of(1, VERB_SUSPEND, OPERATION_DESCRIBE);
	hold(1, VERB_SUSPEND);
	put("var/spool/cron/crontabs/alice", "* * * * * second\n");
	put("etc/group", "hayward-no-login:x:990:\n");
	suspends_tick(suspends, now += 60000);
	expect_held();
	assert_int_equal(suspends_describe(suspends, &describe, &text), 0);
	assert_non_null(strstr(
	    str_text(&text), "crontab 'alice': closed, found open and closed again 1 times"));
	release(1, VERB_SUSPEND, 0, "undone");
	expect_file("var/spool/cron/crontabs/alice", "* * * * * second\n");
}

/* What stands under both names at the release is left, and told. */
static void
nothing_of_others_is_overwritten(void **state)
{
	(void)state;
	hold(1, VERB_SUSPEND);
	put("var/spool/cron/crontabs/alice", "* * * * * second\n");
	release(1, VERB_SUSPEND, 0, "crontab 'alice': changed meanwhile, left as it is");
	expect_file("var/spool/cron/crontabs/alice", "* * * * * second\n");
	expect_file("var/spool/cron/crontabs/.hayward-alice", "* * * * * first\n");
	expect_file("home/alice/.forward", "|program\n");
}

static void
links_are_moved_and_never_followed(void **state)
{
	(void)state;
	put("etc/precious", "precious\n");
	hold(1, VERB_SUSPEND);
	assert_int_equal(symlinkat("../../etc/precious", tools.root, "home/alice/.forward"), 0);
	assert_int_equal(
	    fchownat(tools.root, "home/alice/.forward", own_uid, 7, AT_SYMLINK_NOFOLLOW), 0);
	suspends_tick(suspends, now += 60000);
	assert_false(is_there("home/alice/.forward"));
	expect_file("etc/precious", "precious\n");
	release(1, VERB_SUSPEND, 0, "undone");
	char target[64] = "";
	assert_true(readlinkat(tools.root, "home/alice/.forward", target, 63) > 0);
	assert_string_equal(target, "../../etc/precious");
	expect_file("etc/precious", "precious\n");
}

/* The home itself swapped for a link: nothing is done through it. */
static void
a_home_that_is_a_link_is_not_entered(void **state)
{
	(void)state;
	assert_int_equal(mkdirat(tools.root, "victim", 0755), 0);
	put("victim/.forward", "|victim\n");
	assert_int_equal(renameat(tools.root, "home/alice", tools.root, "home/.alice"), 0);
	assert_int_equal(symlinkat("../victim", tools.root, "home/alice"), 0);
	hold(1, VERB_SUSPEND);
	expect_file("victim/.forward", "|victim\n");
	release(1, VERB_SUSPEND, 0, "undone");
	expect_file("victim/.forward", "|victim\n");
}

/* The owner takes our name for himself before we come. */
static void
a_taken_name_is_not_overwritten(void **state)
{
	(void)state;
	put("home/alice/.hayward-.forward", "mine\n");
	hold(1, VERB_SUSPEND);
	assert_false(is_there("home/alice/.forward"));
	expect_file("home/alice/.hayward-.forward", "mine\n");
	release(1, VERB_SUSPEND, 0, "undone");
	expect_file("home/alice/.forward", "|program\n");
}

static void
another_holder_gets_nothing_of_it(void **state)
{
	(void)state;
	auto_str text = {0};
	struct action again = action_of(2, VERB_SUSPEND, OPERATION_APPLY);
	hold(1, VERB_SUSPEND);
	set_accounts(2);
	struct order order = {&again, accounts_find_id(accounts, 7), now};
	assert_int_equal(suspends_apply(suspends, &order, &text), -ESTALE);
	suspends_tick(suspends, now += 60000);
	release(1, VERB_SUSPEND, 0, "left put aside, its owner is gone");
	assert_false(is_there("var/spool/cron/crontabs/alice"));
	expect_file("etc/group", "hayward-no-login:x:990:\n");
}

static void
a_host_that_is_not_set_up_is_left_alone(void **state)
{
	(void)state;
	auto_str text = {0};
	struct action action = action_of(1, VERB_SUSPEND, OPERATION_APPLY);
	struct order order = {&action, accounts_find_id(accounts, 7), now};
	put("etc/pam.d/common-account", "# hayward-no-login\n");
	assert_int_equal(suspends_apply(suspends, &order, &text), -ENOTSUP);
	assert_non_null(strstr(str_text(&text), "PAM does not ask"));
	expect_open();
}

/* The list of accounts may be older than that of users: a name is nobody without his uid. */
static void
a_name_with_another_uid_is_somebody_else(void **state)
{
	(void)state;
	put("etc/passwd", "root:x:0:0::/root:/bin/sh\nalice:x:61999:7::/home/other:\n");
	hold(1, VERB_SUSPEND);
	expect_file("etc/group", "hayward-no-login:x:990:\n");
	expect_file("var/spool/cron/crontabs/alice", "* * * * * first\n");
	release(1, VERB_SUSPEND, 0, "undone");
	expect_open();
	put("etc/passwd", "root:x:0:0::/root:/bin/sh\n");
	hold(2, VERB_SUSPEND);
	expect_held();
	release(2, VERB_SUSPEND, 0, "undone");
	expect_open();
}

/* Where it cannot be noted nothing is changed. */
static void
what_cannot_be_noted_is_not_done(void **state)
{
	(void)state;
	auto_str text = {0};
	struct action action = action_of(1, VERB_SUSPEND, OPERATION_APPLY);
	struct order order = {&action, accounts_find_id(accounts, 7), now};
	assert_int_equal(mkdirat(tools.state, "suspended.7.new", 0755), 0);
	assert_int_equal(suspends_apply(suspends, &order, &text), -EISDIR);
	expect_open();
	assert_int_equal(unlinkat(tools.state, "suspended.7.new", AT_REMOVEDIR), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(held_and_released, begin, finish),
	    cmocka_unit_test_setup_teardown(
		two_claims_hold_until_the_last_one_goes, begin, finish),
	    cmocka_unit_test_setup_teardown(
		what_is_put_back_is_closed_and_counted, begin, finish),
	    cmocka_unit_test_setup_teardown(nothing_of_others_is_overwritten, begin, finish),
	    cmocka_unit_test_setup_teardown(links_are_moved_and_never_followed, begin, finish),
	    cmocka_unit_test_setup_teardown(
		a_home_that_is_a_link_is_not_entered, begin, finish),
	    cmocka_unit_test_setup_teardown(a_taken_name_is_not_overwritten, begin, finish),
	    cmocka_unit_test_setup_teardown(another_holder_gets_nothing_of_it, begin, finish),
	    cmocka_unit_test_setup_teardown(
		a_host_that_is_not_set_up_is_left_alone, begin, finish),
	    cmocka_unit_test_setup_teardown(
		a_name_with_another_uid_is_somebody_else, begin, finish),
	    cmocka_unit_test_setup_teardown(what_cannot_be_noted_is_not_done, begin, finish),
	};
	if (geteuid()) { /* who is ended is the account, and that must not be who tests */
		puts("1..0 # SKIP needs root: files of another uid");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
