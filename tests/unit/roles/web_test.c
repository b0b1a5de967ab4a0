/* SPDX-License-Identifier: Apache-2.0 */
/* What the web role's daemons read, and that no value of a view becomes more than a value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "roles/role.h"
#include "roles/web.h"

static struct site_plan plan = {.name = "basic", .processes = 70, .memory = INT64_C(1) << 30};
static struct site_port ports[] = {
    {80, 80, PROTOCOL_TCP}, {21, 21, PROTOCOL_TCP}, {40000, 40099, PROTOCOL_TCP}};

static struct book_account
account_of(const char *name, int64_t uid, struct book_domain *domains, size_t count)
{
	return (struct book_account){.name = name,
	    .uid = uid,
	    .plan = "basic",
	    .contact = "",
	    .shell_password = "",
	    .ftp_password = "$6$salt$hash",
	    .domains = domains,
	    .domain_count = count};
}

static struct view
view_of(struct book_account *accounts, size_t count)
{
	struct view view = {.role = ROLE_WEB,
	    .site = {.name = "site.example",
		.homes = "/home",
		.uid_first = 20000,
		.uid_last = 59999,
		.plans = &plan,
		.plan_count = 1},
	    .book = {.accounts = accounts, .account_count = count}};
	view.site.roles[ROLE_WEB] = (struct site_role){.host = "web.site.example",
	    .address = "10.77.0.5",
	    .address6 = "",
	    .listens = {array_length(ports), ports}};
	return view;
}

static const char *
content(const struct output *output, const char *path)
{
	const struct output_file *file = output_find(output, path);
	return file ? str_text(&file->content) : NULL;
}

static struct output *
render(const struct view *view)
{
	struct output *output = output_new();
	web_role.render(view, output);
	return output;
}

static size_t
count_of(const char *text, const char *word)
{
	size_t count = 0;
	for (; (text = strstr(text, word)); text++)
		count++;
	return count;
}

static void
test_a_site_is_its_owners(void **state)
{
	(void)state;
	struct book_domain domains[] = {{"alice.example", "", 1}, {"second.example", "", 1}};
	struct book_account accounts[] = {account_of("alice", 20001, domains, 2)};
	struct view view = view_of(accounts, 1);
	struct output *output = render(&view);
	const char *sites = content(output, "/etc/apache2/hayward/accounts/alice.conf");
	assert_non_null(sites);
	assert_int_equal(count_of(sites, "<VirtualHost *:80>"), 2);
	assert_int_equal(count_of(sites, "<VirtualHost *:443>"), 2);
	assert_int_equal(count_of(sites, "DocumentRoot \"/home/alice/public_html\"\n"), 2);
	assert_int_equal(
	    count_of(sites, "DocumentRoot \"/home/alice/sites/second.example\"\n"), 2);
	assert_int_equal(count_of(sites, "SuexecUserGroup \"#20001\" \"#20001\"\n"), 4);
	assert_int_equal(count_of(sites, "HaywardOwner 20001\n"), 4);
	assert_int_equal(count_of(sites, "RLimitNPROC 70 70\n"), 4);
	assert_int_equal(count_of(sites, "RLimitMEM 1073741824 1073741824\n"), 4);
	assert_int_equal(
	    count_of(sites, "SSLCertificateFile /etc/hayward/tls/second.example.pem\n"), 1);
	const char *pool = content(output, "/etc/php/8.2/fpm/pool.d/account-alice.conf");
	assert_int_equal(count_of(pool, "user = alice\n"), 1);
	assert_int_equal(count_of(pool, "pm.max_children = 7\n"), 1);
	assert_int_equal(count_of(pool, "[memory_limit] = 256M\n"), 1);
	const struct output_file *logs = output_find(output, "/var/log/hayward-web/alice");
	assert_int_equal(logs->mode, S_IFDIR | 0750);
	assert_int_equal(logs->through, GID_LOGS);
	assert_int_equal(logs->uid, 0);
	assert_int_equal(logs->gid, 20001);
	output_free(output);
}

static void
test_who_is_not_open_is_closed(void **state)
{
	(void)state;
	struct book_domain one = {"alice.example", "", 1}, other = {"bob.example", "", 1};
	struct book_account accounts[] = {
	    account_of("alice", 20001, &one, 1), account_of("bob", 20002, &other, 1)};
	accounts[0].standing = STANDING_SUSPENDED;
	accounts[1].standing = STANDING_CANCELLED;
	struct view view = view_of(accounts, 2);
	struct output *output = render(&view);
	const char *alices = content(output, "/etc/apache2/hayward/accounts/alice.conf");
	const char *bobs = content(output, "/etc/apache2/hayward/accounts/bob.conf");
	assert_int_equal(count_of(alices, "Include hayward/suspended.conf\n"), 2);
	assert_int_equal(count_of(bobs, "Include hayward/cancelled.conf\n"), 2);
	assert_null(strstr(alices, "/home/"));
	assert_null(content(output, "/etc/php/8.2/fpm/pool.d/account-alice.conf"));
	assert_null(content(output, "/etc/php/8.2/fpm/pool.d/account-bob.conf"));
	assert_non_null(content(output, "/etc/php/8.2/fpm/pool.d/hayward.conf"));
	const char *logins = content(output, "/etc/proftpd/hayward.passwd");
	assert_string_equal(
	    logins, "alice:$6$salt$hash:20001:20001::/home/alice:/usr/sbin/nologin\n");
	const char *groups = content(output, "/etc/proftpd/hayward.group");
	assert_non_null(strstr(groups, "hayward-no-upload:x:19998:alice\n"));
	output_free(output);
}

static void
test_pools_are_spread_over_masters_by_the_hundred(void **state)
{
	(void)state;
	struct book_domain one = {"alice.example", "", 1}, other = {"bob.example", "", 1};
	struct book_account accounts[] = {account_of("alice", 20099, &one, 1),
	    account_of("bob", 20100, &other, 1), account_of("cleo", 21000, NULL, 0)};
	struct view view = view_of(accounts, 2);
	struct output *output = render(&view);
	const struct output_file *alices =
	    output_find(output, "/etc/php/8.2/fpm/pool.d/account-alice.conf");
	const struct output_file *bobs =
	    output_find(output, "/etc/php/8.2/fpm/hayward/1/account-bob.conf");
	assert_int_equal(alices->daemon, DAEMON_FPM);
	assert_int_equal(bobs->daemon, DAEMON_FPM_1);
	assert_non_null(
	    strstr(str_text(&bobs->content), "listen = /run/php/account1-bob.sock\n"));
	assert_non_null(strstr(content(output, "/etc/apache2/hayward/accounts/bob.conf"),
	    "proxy:unix:/run/php/account1-bob.sock|"));
	assert_non_null(content(output, "/etc/php/8.2/fpm/hayward/1.conf"));
	assert_null(content(output, "/etc/php/8.2/fpm/hayward/2.conf"));
	output_free(output);
	/* Who comes after the last begins at the first again; all masters are there. */
	view = view_of(accounts, 3);
	output = render(&view);
	assert_non_null(content(output, "/etc/php/8.2/fpm/pool.d/account-cleo.conf"));
	assert_non_null(content(output, "/etc/php/8.2/fpm/hayward/9.conf"));
	output_free(output);
	/* One whose accounts have all gone stays, for a master does not start without a file.
	 */
	view = view_of(accounts, 1);
	view.book.next_uid = 20101;
	output = render(&view);
	assert_non_null(content(output, "/etc/php/8.2/fpm/hayward/1.conf"));
	assert_null(content(output, "/etc/php/8.2/fpm/hayward/2.conf"));
	output_free(output);
}

static void
test_www_is_left_to_whoever_has_it(void **state)
{
	(void)state;
	struct book_domain one = {"alice.example", "", 1}, other = {"www.alice.example", "", 1};
	struct book_account accounts[] = {
	    account_of("alice", 20001, &one, 1), account_of("bob", 20002, &other, 1)};
	struct view view = view_of(accounts, 2);
	struct output *output = render(&view);
	const char *alices = content(output, "/etc/apache2/hayward/accounts/alice.conf");
	const char *bobs = content(output, "/etc/apache2/hayward/accounts/bob.conf");
	assert_null(strstr(alices, "ServerAlias"));
	assert_int_equal(count_of(bobs, "ServerName www.alice.example\n"), 2);
	output_free(output);
}

static bool
tells_requests(const struct view *view)
{
	struct output *output = render(view);
	bool tells = strstr(content(output, "/etc/apache2/hayward/site.conf"),
	    "HaywardRequests /srv/hayward-gate/requests\n");
	output_free(output);
	return tells;
}

static void
test_requests_are_told_where_the_gate_is(void **state)
{
	(void)state;
	struct view view = view_of(NULL, 0);
	view.site.roles[ROLE_WEB].place = PLACE_CONTAINER;
	view.site.gate = SITE_GATE_WANTED;
	assert_true(tells_requests(&view));
	view.site.gate = SITE_GATE_OFF;
	assert_false(tells_requests(&view));
	view.site.gate = SITE_GATE_REQUIRED;
	view.site.roles[ROLE_WEB].place = PLACE_MACHINE;
	assert_true(tells_requests(&view));
}

static void
assert_left_out(struct view *view)
{
	struct output *output = render(view);
	for (size_t i = 0; i < output_count(output); i++) {
		const struct output_file *file = output_at(output, i);
		assert_null(strstr(file->path, "/accounts/"));
		assert_null(strstr(file->path, "/account-"));
		assert_null(strstr(str_text(&file->content), "x:20001:"));
		assert_null(strstr(str_text(&file->content), "Evil"));
	}
	assert_int_equal(strlen(content(output, "/etc/proftpd/hayward.passwd")), 0);
	output_free(output);
}

static void
test_what_is_no_name_is_left_out(void **state)
{
	(void)state;
	static const char *const names[] = {"", "root", "www-data", "a\nEvil yes", "a b",
	    "../a", "a/b", "a\"b", "a:b", "[global]", "Evil", "a_b"};
	static const char *const others[] = {"", "nodot", "a.example\nEvil yes", "a b.example",
	    "*.example", "a\".example", "a.example/..", "Evil.example", "a..example"};
	struct book_domain good = {"a.example", "", 1};
	for (size_t i = 0; i < array_length(names); i++) {
		struct book_account account = account_of(names[i], 20001, &good, 1);
		struct view view = view_of(&account, 1);
		assert_left_out(&view);
	}
	for (size_t i = 0; i < array_length(others); i++) {
		struct book_domain domain = {others[i], "", 1};
		struct book_account account = account_of("alice", 20001, &domain, 1);
		struct view view = view_of(&account, 1);
		assert_left_out(&view);
	}
}

static void
test_who_is_no_customer_is_left_out(void **state)
{
	(void)state;
	static const int64_t uids[] = {0, -1, 33, 19999, 60000, INT64_C(1) << 32};
	struct book_domain good = {"a.example", "", 1};
	for (size_t i = 0; i < array_length(uids); i++) {
		struct book_account account = account_of("alice", uids[i], &good, 1);
		struct view view = view_of(&account, 1);
		assert_left_out(&view);
	}
	/* A site whose description is wrong does not make root a customer. */
	struct book_account root = account_of("alice", 0, &good, 1);
	struct view view = view_of(&root, 1);
	view.site.uid_first = 0;
	assert_left_out(&view);
	struct book_account alice = account_of("alice", 20001, &good, 1);
	view = view_of(&alice, 1);
	view.site.homes = "/home\"\nEvil yes";
	assert_left_out(&view);
}

static void
test_a_name_that_comes_twice_is_rendered_once(void **state)
{
	(void)state;
	struct book_domain one = {"a.example", "", 1}, other = {"b.example", "", 1};
	struct book_account accounts[] = {
	    account_of("alice", 20001, &one, 1), account_of("alice", 20002, &other, 1)};
	struct view view = view_of(accounts, 2);
	struct output *output = render(&view);
	const char *sites = content(output, "/etc/apache2/hayward/accounts/alice.conf");
	assert_null(strstr(sites, "b.example"));
	output_free(output);
}

static void
test_logins_for_ftp_are_of_the_account(void **state)
{
	(void)state;
	struct book_domain good = {"a.example", "", 1};
	struct book_ftp logins[] = {{"alice_up", "$6$x", "public_html/up"},
	    {"alice_colon", "$6$x", "a:0:0"}, {"alice_up2", "$6$x\nroot::0:0::/:", "a"},
	    {"bob", "$6$x", "a"}, {"bob_up", "$6$x", "a"}, {"alice_out", "$6$x", "../bob"},
	    {"alice_root", "$6$x", "/"}, {"alice_none", "", "a"}};
	struct book_account account = account_of("alice", 20001, &good, 1);
	account.ftp = logins;
	account.ftp_count = array_length(logins);
	struct view view = view_of(&account, 1);
	struct output *output = render(&view);
	assert_string_equal(content(output, "/etc/proftpd/hayward.passwd"),
	    "alice:$6$salt$hash:20001:20001::/home/alice:/usr/sbin/nologin\n"
	    "alice_up:$6$x:20001:20001::/home/alice/public_html/up:/usr/sbin/nologin\n");
	output_free(output);
	const char *formers[] = {"bob"};
	account.formers = formers;
	account.former_count = 1;
	output = render(&view);
	assert_non_null(strstr(content(output, "/etc/proftpd/hayward.passwd"),
	    "\nbob_up:$6$x:20001:20001::/home/alice/a:/usr/sbin/nologin\n"));
	const struct output_file *file = output_find(output, "/etc/proftpd/hayward.passwd");
	assert_int_equal(file->mode, S_IFREG | 0600);
	const char *server = content(output, "/etc/proftpd/conf.d/hayward-site.conf");
	assert_non_null(strstr(server, "PassivePorts 40000 40099\n"));
	assert_non_null(strstr(server, "MasqueradeAddress 10.77.0.5\n"));
	output_free(output);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_site_is_its_owners),
	    cmocka_unit_test(test_who_is_not_open_is_closed),
	    cmocka_unit_test(test_requests_are_told_where_the_gate_is),
	    cmocka_unit_test(test_pools_are_spread_over_masters_by_the_hundred),
	    cmocka_unit_test(test_www_is_left_to_whoever_has_it),
	    cmocka_unit_test(test_what_is_no_name_is_left_out),
	    cmocka_unit_test(test_who_is_no_customer_is_left_out),
	    cmocka_unit_test(test_a_name_that_comes_twice_is_rendered_once),
	    cmocka_unit_test(test_logins_for_ftp_are_of_the_account),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
