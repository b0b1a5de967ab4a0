/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of the book: what may be wished for, and that a refused wish changes nothing. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "site/book_file.h"
#include "site/change.h"

enum { NOW = 1000 };

static struct site_plan plans[] = {
    {.name = "basic",
	.bytes = 1 << 30,
	.files = 50000,
	.domains = 2,
	.mailboxes = 2,
	.databases = 1,
	.ftp_users = 1},
    {.name = "budget", .bytes = INT64_C(5) << 30, .files = 100000, .mailboxes = 9},
};

/* A book being changed. */
struct scene {
	struct arena *arena;
	struct site site;
	struct book book;
	struct str why;
	struct change change;
};

static int
set_up(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	scene->arena = arena_new();
	scene->site = (struct site){.name = "site.example",
	    .homes = "/home",
	    .uid_first = 20000,
	    .uid_last = 20003,
	    .plan_count = 2,
	    .plans = plans};
	for (int role = 0; role < ROLE_COUNT; role++)
		scene->site.roles[role].host = "web.site.example";
	scene->book.next_uid = 20000;
	scene->change =
	    (struct change){&scene->book, &scene->site, scene->arena, NOW, &scene->why};
	*state = scene;
	return 0;
}

static int
tear_down(void **state)
{
	struct scene *scene = *state;
	arena_free(scene->arena);
	str_done(&scene->why);
	free(scene);
	return 0;
}

static int
sign_up(struct scene *scene, const char *name, const char *domain)
{
	struct sign_up wish = {.name = name,
	    .plan = "basic",
	    .domain = domain,
	    .contact = "owner@elsewhere.example",
	    .shell_password = "s",
	    .ftp_password = "f",
	    .mail_password = "m"};
	return change_sign_up(&scene->change, &wish);
}

/* That it was refused with those words, and that the book is as it was. */
static void
assert_refused(struct scene *scene, int status, int expected, const char *words)
{
	assert_int_equal(status, expected);
	if (!strstr(str_text(&scene->why), words))
		fail_msg("'%s' instead of '%s'", str_text(&scene->why), words);
	str_clear(&scene->why);
}

static void
test_sign_up(void **state)
{
	struct scene *scene = *state;
	assert_int_equal(sign_up(scene, "alice", "alice.example"), 0);
	const struct book_account *alice = book_find(&scene->book, "alice");
	assert_int_equal(alice->uid, 20000);
	assert_int_equal(alice->bytes, 1 << 30);
	assert_int_equal(alice->files, 50000);
	assert_int_equal(alice->created, NOW);
	assert_string_equal(alice->mailboxes[0].local, "alice");
	assert_string_equal(alice->mailboxes[0].domain, "alice.example");
	assert_int_equal(alice->domains[0].serial, 1);
	assert_refused(scene, sign_up(scene, "alice", ""), -EEXIST, "already");
	assert_refused(scene, sign_up(scene, "root", ""), -EINVAL, "the system uses");
	assert_refused(scene, sign_up(scene, "b;id", ""), -EINVAL, "'b;id' is no name");
	assert_refused(scene, sign_up(scene, "bob", "alice.example"), -EEXIST, "a holder");
	assert_refused(scene, sign_up(scene, "bob", "x.alice.example"), -EINVAL, "two holders");
	assert_refused(scene, sign_up(scene, "bob", "a.site.example"), -EINVAL, "site's own");
	assert_int_equal(scene->book.account_count, 1);
	assert_int_equal(sign_up(scene, "bob", "bob.example"), 0);
	assert_int_equal(book_find(&scene->book, "bob")->uid, 20001);
}

static void
test_a_uid_is_never_given_twice(void **state)
{
	struct scene *scene = *state;
	assert_int_equal(sign_up(scene, "alice", ""), 0);
	assert_int_equal(change_remove_account(&scene->change, "alice"), 0);
	assert_int_equal(scene->book.removed_count, 1);
	assert_int_equal(scene->book.removed[0].uid, 20000);
	assert_int_equal(sign_up(scene, "alice", ""), 0);
	assert_int_equal(book_find(&scene->book, "alice")->uid, 20001);
	assert_int_equal(sign_up(scene, "bob", ""), 0);
	assert_int_equal(sign_up(scene, "carol", ""), 0);
	assert_refused(scene, sign_up(scene, "dora", ""), -EINVAL, "all uids");
}

static void
test_an_upgrade_keeps_the_initial_quota(void **state)
{
	struct scene *scene = *state;
	assert_int_equal(sign_up(scene, "alice", ""), 0);
	assert_int_equal(change_plan(&scene->change, "alice", "budget"), 0);
	assert_string_equal(scene->book.accounts[0].plan, "budget");
	assert_int_equal(scene->book.accounts[0].bytes, 1 << 30);
	assert_refused(
	    scene, change_plan(&scene->change, "alice", "huge"), -EINVAL, "no plan 'huge'");
	assert_refused(
	    scene, change_plan(&scene->change, "bob", "basic"), -ENOENT, "no account 'bob'");
}

static void
test_contacts_lie_outside(void **state)
{
	struct scene *scene = *state;
	assert_int_equal(sign_up(scene, "alice", "alice.example"), 0);
	assert_refused(scene, change_contact(&scene->change, "alice", "me@alice.example"),
	    -EINVAL, "lies on this site");
	assert_refused(
	    scene, change_contact(&scene->change, "alice", "a b@c.d"), -EINVAL, "no address");
	assert_int_equal(change_contact(&scene->change, "alice", "me@other.example"), 0);
}

static void
test_mailboxes(void **state)
{
	struct scene *scene = *state;
	struct change *change = &scene->change;
	assert_int_equal(sign_up(scene, "alice", "alice.example"), 0);
	assert_int_equal(sign_up(scene, "bob", "bob.example"), 0);
	assert_int_equal(change_add_mailbox(change, NULL, "info@alice.example", "p"), 0);
	assert_refused(scene, change_add_mailbox(change, NULL, "third@alice.example", "p"),
	    -EINVAL, "no more than 2 mailboxes");
	assert_refused(scene, change_add_mailbox(change, "bob", "x@alice.example", "p"),
	    -ENOENT, "no domain of the account");
	assert_refused(scene, change_add_mailbox(change, "bob", "x@nowhere.example", "p"),
	    -ENOENT, "no domain of the account");
	assert_refused(scene, change_add_mailbox(change, "bob", "|id@bob.example", "p"),
	    -EINVAL, "no name for a mailbox");
	assert_refused(scene, change_catch_all(change, "alice", "no@alice.example"), -ENOENT,
	    "no mailbox");
	assert_int_equal(change_catch_all(change, "alice", "info@alice.example"), 0);
	assert_string_equal(scene->book.accounts[0].domains[0].catch_all, "info");
	assert_refused(scene, change_remove_domain(change, "alice.example"), -EINVAL,
	    "has mailboxes still");
	assert_int_equal(change_remove_mailbox(change, "alice", "info@alice.example"), 0);
	assert_string_equal(scene->book.accounts[0].domains[0].catch_all, "");
	assert_int_equal(change_remove_mailbox(change, "alice", "alice@alice.example"), 0);
	assert_int_equal(change_remove_domain(change, "alice.example"), 0);
	assert_int_equal(scene->book.accounts[0].domain_count, 0);
}

static void
test_databases_and_logins(void **state)
{
	struct scene *scene = *state;
	struct change *change = &scene->change;
	assert_int_equal(sign_up(scene, "alice", ""), 0);
	assert_refused(scene, change_add_database(change, "alice", "a`b", "p"), -EINVAL, "`");
	assert_int_equal(change_add_database(change, "alice", "shop", "p"), 0);
	assert_string_equal(scene->book.accounts[0].databases[0].name, "alice_shop");
	assert_refused(
	    scene, change_add_database(change, "alice", "shop", "p"), -EEXIST, "already");
	assert_refused(
	    scene, change_add_database(change, "alice", "b", "p"), -EINVAL, "no more than 1");
	assert_int_equal(change_database_password(change, "alice", "alice_shop", "q"), 0);
	assert_string_equal(scene->book.accounts[0].databases[0].password, "q");
	assert_int_equal(change_remove_database(change, "alice", "shop"), 0);
	assert_refused(
	    scene, change_add_ftp(change, "alice", "web", "../bob", "p"), -EINVAL, "lead down");
	assert_int_equal(change_add_ftp(change, "alice", "web", "public_html", "p"), 0);
	assert_string_equal(scene->book.accounts[0].ftp[0].name, "alice_web");
	assert_int_equal(change_remove_ftp(change, "alice", "alice_web"), 0);
}

static void
test_openings_expire(void **state)
{
	struct scene *scene = *state;
	struct change *change = &scene->change;
	struct book_opening opening = {ROLE_SHELL, PROTOCOL_TCP, "192.0.2.7", 5432, 2000, 7};
	int64_t next;
	assert_int_equal(sign_up(scene, "alice", ""), 0);
	assert_int_equal(change_open(change, "alice", &opening), 0);
	opening.until = 3000;
	assert_int_equal(change_open(change, "alice", &opening), 0);
	assert_int_equal(scene->book.accounts[0].opening_count, 1);
	assert_int_equal(change_expire(change, &next), 0);
	assert_int_equal(next, 3000);
	change->now = 3000;
	assert_int_equal(change_expire(change, &next), 1);
	assert_int_equal(next, INT64_MAX);
	assert_refused(
	    scene, change_open(change, "alice", &opening), -EINVAL, "its end is past");
	assert_refused(
	    scene, change_close(change, "alice", &opening), -ENOENT, "nothing is open");
}

static void
test_the_book_on_disk(void **state)
{
	struct scene *scene = *state;
	char folder[] = "/tmp/hayward-book.XXXXXX";
	struct book_file file, other;
	auto_str why = {0}, command = {0};
	assert_non_null(mkdtemp(folder));
	assert_int_equal(book_open(folder, 20000, 0, scene->arena, &file, &why), 0);
	assert_int_equal(file.book.next_uid, 20000);
	assert_int_equal(book_open(folder, 20000, 30, scene->arena, &other, &why), -EBUSY);
	assert_string_equal(str_text(&why), "somebody else is changing the book");
	scene->change.book = &file.book;
	assert_int_equal(sign_up(scene, "alice", "alice.example"), 0);
	assert_int_equal(book_save(&file), 0);
	book_close(&file);
	assert_int_equal(book_open(folder, 20000, 0, scene->arena, &other, &why), 0);
	assert_int_equal(other.book.generation, 2);
	assert_int_equal(other.book.next_uid, 20001);
	assert_string_equal(other.book.accounts[0].domains[0].name, "alice.example");
	book_close(&other);
	str_addf(&command, "%s/book.json", folder);
	assert_int_equal(unlink(str_text(&command)), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void
test_a_renamed_account_keeps_its_things(void **state)
{
	struct scene *scene = *state;
	struct change *change = &scene->change;
	assert_int_equal(sign_up(scene, "alice", "alice.example"), 0);
	assert_int_equal(sign_up(scene, "bob", "bob.example"), 0);
	assert_int_equal(change_add_database(change, "alice", "shop", "p"), 0);
	assert_int_equal(change_add_ftp(change, "alice", "web", "public_html", "p"), 0);
	assert_int_equal(change_close_script(change, "alice", "/home/alice/x.cgi"), 0);
	assert_int_equal(change_rename_account(change, "alice", "alicia"), 0);
	const struct book_account *account = book_find(&scene->book, "alicia");
	assert_non_null(account);
	assert_string_equal(account->databases[0].name, "alice_shop");
	assert_string_equal(account->ftp[0].name, "alice_web");
	assert_string_equal(account->closed[0], "/home/alicia/x.cgi");
	assert_true(book_was_called(account, "alice"));
	assert_int_equal(change_database_password(change, "alicia", "alice_shop", "q"), 0);
	assert_int_equal(change_rename_account(change, "alicia", "al"), 0);
	assert_int_equal(account->former_count, 2);
	assert_refused(
	    scene, change_rename_account(change, "bob", "alicia"), -EEXIST, "before");
	assert_int_equal(change_rename_account(change, "al", "alice"), 0);
	assert_int_equal(account->former_count, 2);
	assert_false(book_was_called(account, "alice"));
	assert_true(book_was_called(account, "al"));
}

static struct book_domain foreign_domains[] = {{"carol.example", "info", 7}};
static struct book_mailbox foreign_mailboxes[] = {
    {"info", "carol.example", "$y$j9T$abcdefgh$0123456789012345678901234567890123456789012"}};
static struct book_database foreign_databases[] = {
    {"caroline_shop", "*0123456789ABCDEF0123456789ABCDEF01234567"}};
static const char *foreign_formers[] = {"alice", "caroline"};

static void
test_an_account_of_another_site(void **state)
{
	struct scene *scene = *state;
	struct change *change = &scene->change;
	struct book_account entry = {.name = "carol",
	    .former_count = 2,
	    .formers = foreign_formers,
	    .uid = 31000,
	    .plan = "basic",
	    .contact = "c@elsewhere.example",
	    .created = 5,
	    .bytes = 77,
	    .files = 7,
	    .shell_password = "",
	    .ftp_password = "",
	    .domain_count = 1,
	    .domains = foreign_domains,
	    .mailbox_count = 1,
	    .mailboxes = foreign_mailboxes,
	    .database_count = 1,
	    .databases = foreign_databases};
	assert_int_equal(sign_up(scene, "alice", "alice.example"), 0);
	entry.shell_password = "x:0:0::/:/bin/sh";
	assert_refused(scene, change_admit(change, &entry), -EINVAL, "no hash");
	entry.shell_password = "";
	foreign_domains[0].name = "a.alice.example";
	assert_refused(scene, change_admit(change, &entry), -EINVAL, "two holders");
	assert_int_equal(scene->book.account_count, 1);
	assert_int_equal(scene->book.next_uid, 20001);
	foreign_domains[0].name = "carol.example";
	assert_int_equal(change_admit(change, &entry), 0);
	const struct book_account *account = book_find(&scene->book, "carol");
	assert_int_equal(account->uid, 20001);
	assert_int_equal(account->standing, STANDING_SUSPENDED);
	assert_int_equal(account->bytes, 77);
	assert_string_equal(account->domains[0].catch_all, "info");
	assert_string_equal(account->databases[0].name, "caroline_shop");
	assert_int_equal(account->former_count, 1);
	assert_string_equal(account->formers[0], "caroline");
	assert_refused(scene, change_admit(change, &entry), -EEXIST, "already");
	entry.name = "dave";
	assert_refused(scene, change_admit(change, &entry), -EEXIST, "holder");
}

int
main(void)
{
#define with_scene(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    with_scene(test_sign_up),
	    with_scene(test_a_uid_is_never_given_twice),
	    with_scene(test_an_upgrade_keeps_the_initial_quota),
	    with_scene(test_contacts_lie_outside),
	    with_scene(test_mailboxes),
	    with_scene(test_databases_and_logins),
	    with_scene(test_a_renamed_account_keeps_its_things),
	    with_scene(test_an_account_of_another_site),
	    with_scene(test_openings_expire),
	    with_scene(test_the_book_on_disk),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
