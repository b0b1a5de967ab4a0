/* SPDX-License-Identifier: Apache-2.0 */
/* What each role gets to see, and that it comes over unchanged. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "site/view.h"

static struct book_domain domains[] = {
    {"alice.example", "info", 7}, {"xn--bcher-kva.example", "", 3}};
static struct book_mailbox mailboxes[] = {{"info", "alice.example", "$6$mail"}};
static struct book_database databases[] = {{"alice_shop", "*0123"}};
static struct book_ftp logins[] = {{"alice_web", "$6$ftp", "public_html/shop"}};
static struct book_opening openings[] = {
    {ROLE_WEB, PROTOCOL_TCP, "192.0.2.7", 5432, 1893456000000, 12},
    {ROLE_SHELL, PROTOCOL_UDP, "2001:db8::7", 123, 1893456000000, 0}};
static const char *keys[] = {"ssh-ed25519 AAAA alice"};
static struct book_account accounts[] = {
    {.name = "alice",
	.uid = 20001,
	.plan = "basic",
	.contact = "alice@elsewhere.example",
	.created = 1700000000000,
	.bytes = 1 << 30,
	.files = 50000,
	.standing = STANDING_SUSPENDED,
	.shell_password = "$6$shell",
	.ftp_password = "$6$main",
	.domain_count = 2,
	.domains = domains,
	.mailbox_count = 1,
	.mailboxes = mailboxes,
	.database_count = 1,
	.databases = databases,
	.ftp_count = 1,
	.ftp = logins,
	.opening_count = 2,
	.openings = openings,
	.key_count = 1,
	.keys = keys},
    {.name = "bob",
	.uid = 20002,
	.plan = "",
	.contact = "",
	.shell_password = "",
	.ftp_password = ""},
};
static const struct book book = {
    .generation = 7, .next_uid = 20003, .account_count = 2, .accounts = accounts};

static struct site_port listens[] = {{80, 80, PROTOCOL_TCP}, {40000, 40099, PROTOCOL_TCP}};
static struct site_flow flows[] = {
    {.from = ROLE_WEB, .to = ROLE_MAIL, .ports = {.count = 1, .list = listens}}};
static struct site_plan plans[] = {
    {.name = "basic", .bytes = 1 << 30, .files = 5, .mailboxes = 5, .memory = 512}};

static struct site
example_site(void)
{
	struct site site = {.name = "example.net",
	    .operator= "hostmaster@example.net",
	    .homes = "/home",
	    .mail = "/srv/mail",
	    .network = "10.77.0.0/24",
	    .gateway = "10.77.0.1",
	    .bridge = "hayward0",
	    .uid_first = 20000,
	    .uid_last = 59999,
	    .flow_count = 1,
	    .flows = flows,
	    .plan_count = 1,
	    .plans = plans};
	for (int role = 0; role < ROLE_COUNT; role++)
		site.roles[role] = (struct site_role){.place = PLACE_CONTAINER,
		    .machine = "",
		    .host = role_name((enum role)role),
		    .address = "10.77.0.5",
		    .address6 = "",
		    .listens = {.count = 2, .list = listens}};
	return site;
}

static void
test_a_view_comes_over(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str first = {0}, second = {0}, wrong = {0};
	struct site site = example_site();
	struct view view = view_for(ROLE_WEB, &site, &book, arena), read;
	view_encode(&view, &first);
	int status = view_decode(str_text(&first), first.length, arena, &read, &wrong);
	assert_string_equal(str_text(&wrong), "");
	assert_int_equal(status, 0);
	view_encode(&read, &second);
	assert_string_equal(str_text(&first), str_text(&second));
	assert_int_equal(read.role, ROLE_WEB);
	assert_int_equal(read.site.roles[ROLE_MAIL].listens.list[1].last, 40099);
	assert_int_equal(read.site.flows[0].to, ROLE_MAIL);
	assert_int_equal(read.book.accounts[0].standing, STANDING_SUSPENDED);
	assert_string_equal(read.book.accounts[0].ftp[0].folder, "public_html/shop");
}

static bool
sees(enum role role, const char *text)
{
	auto_arena struct arena *arena = arena_new();
	auto_str encoded = {0};
	struct site site = example_site();
	struct view view = view_for(role, &site, &book, arena);
	view_encode(&view, &encoded);
	return strstr(str_text(&encoded), text) != NULL;
}

static void
test_each_role_sees_its_own_secrets_only(void **state)
{
	(void)state;
	static const struct {
		const char *secret;
		enum role role;
	} secrets[] = {{"$6$shell", ROLE_SHELL}, {"$6$main", ROLE_WEB}, {"$6$ftp", ROLE_WEB},
	    {"*0123", ROLE_WEB}, {"$6$mail", ROLE_MAIL}, {"ssh-ed25519", ROLE_SHELL},
	    {"192.0.2.7", ROLE_WEB}, {"2001:db8::7", ROLE_SHELL}};
	for (size_t i = 0; i < array_length(secrets); i++)
		for (int role = 0; role < ROLE_COUNT; role++)
			assert_int_equal(sees((enum role)role, secrets[i].secret),
			    (enum role)role == secrets[i].role);
	for (int role = 0; role < ROLE_COUNT; role++) {
		assert_true(sees((enum role)role, "alice.example"));
		assert_false(sees((enum role)role, "elsewhere.example"));
	}
}

static void
assert_refused(const char *text, const char *why)
{
	auto_arena struct arena *arena = arena_new();
	auto_str wrong = {0};
	struct book read;
	assert_int_equal(book_decode(text, strlen(text), arena, &read, &wrong), -EINVAL);
	assert_string_equal(str_text(&wrong), why);
}

static void
test_what_is_no_book_is_refused(void **state)
{
	(void)state;
	assert_refused("{\"generation\":\"7\"}", "'generation' must be a whole number");
	assert_refused("{\"accounts\":7}", "'accounts' must be a list");
	assert_refused("{\"accounts\":[7]}", "'accounts' must be a list of objects");
	assert_refused("{\"accounts\":[{\"standing\":\"odd\"}]}",
	    "'standing' is a word that means nothing here");
	assert_refused("{\"accounts\":[{\"standing\":\"open\",\"name\":\"a\\u001bb\"}]}",
	    "'name' must be a text without control characters");
	assert_refused("[]", "line -1: ");
}

static void
test_ports(void **state)
{
	(void)state;
	static const char *const good[] = {"80/tcp", "40000-40099/tcp", "65535/udp"};
	static const char *const bad[] = {"", "80", "0/tcp", "80/", "80/sctp", "90-80/tcp",
	    "65536/tcp", "80-/tcp", "-80/tcp", "80/tcp ", "4294967376/tcp", "8 0/tcp"};
	struct site_port port;
	for (size_t i = 0; i < array_length(good); i++) {
		auto_str text = {0};
		assert_int_equal(site_port_parse(good[i], &port), 0);
		site_port_print(&port, &text);
		assert_string_equal(str_text(&text), good[i]);
	}
	for (size_t i = 0; i < array_length(bad); i++)
		assert_int_equal(site_port_parse(bad[i], &port), -EINVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_view_comes_over),
	    cmocka_unit_test(test_each_role_sees_its_own_secrets_only),
	    cmocka_unit_test(test_what_is_no_book_is_refused),
	    cmocka_unit_test(test_ports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
