/* SPDX-License-Identifier: Apache-2.0 */
/* What the gate of a machine of its own reads, and who has one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "model/gate_sockets.h"
#include "roles/gatehouse.h"

#define FOLDER "/etc/hayward/gate/"

static const char key[] = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
static struct book_domain domains[] = {{"alice.example", "box", 1}};
static struct book_domain hostile_domains[] = {{"x } } account root {", "", 1}};
static struct book_mailbox mailboxes[] = {{"box", "alice.example", "$6$secret"}};
static struct book_account accounts[] = {
    {.name = "alice",
	.uid = 20001,
	.plan = "basic",
	.contact = "alice@elsewhere.example",
	.domain_count = 1,
	.domains = domains,
	.mailbox_count = 1,
	.mailboxes = mailboxes},
    {.name = "root", .uid = 0, .plan = "", .contact = ""},
    {.name = "eve",
	.uid = 20002,
	.plan = "",
	.contact = "",
	.domain_count = 1,
	.domains = hostile_domains},
};

static struct view
view_of(enum role role, enum place_kind place)
{
	struct view view = {.role = role,
	    .site = {.name = "site.example",
		.homes = "/home",
		.uid_first = 20000,
		.uid_last = 59999},
	    .book = {.accounts = accounts, .account_count = array_length(accounts)},
	    .pass_key = key};
	view.site.roles[role] = (struct site_role){
	    .place = place, .host = "one.site.example", .address = "10.77.0.5"};
	return view;
}

static struct output *
render(const struct view *view)
{
	struct output *output = output_new();
	gatehouse_render(view, output);
	return output;
}

static size_t
files_of(const struct view *view)
{
	struct output *output = render(view);
	size_t count = output_count(output);
	output_free(output);
	return count;
}

static void
test_who_has_one(void **state)
{
	(void)state;
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		struct view contained = view_of(role, PLACE_CONTAINER);
		struct view machine = view_of(role, PLACE_MACHINE);
		assert_int_equal(files_of(&contained), 0);
		assert_int_equal(files_of(&machine) > 0, role_has_mail(role));
		/* Logins alone are asked about where mail is read. */
		machine.site.gate = SITE_GATE_OFF;
		assert_int_equal(files_of(&machine) > 0, role == ROLE_MAIL);
		machine.site.logins = SITE_GATE_OFF;
		assert_int_equal(files_of(&machine), 0);
	}
}

static void
test_what_it_reads(void **state)
{
	(void)state;
	struct view view = view_of(ROLE_WEB, PLACE_MACHINE);
	struct output *output = render(&view);
	const char *settings = str_text(&output_find(output, FOLDER "hayward.conf")->content);
	assert_non_null(strstr(settings, "mode observe\n"));
	assert_non_null(strstr(settings, "host one.site.example\n"));
	assert_non_null(strstr(settings, "uid-first 20000\n"));
	assert_string_equal(
	    str_text(&output_find(output, FOLDER "role")->content), "ROLE=web\n");
	const struct output_file *secret = output_find(output, FOLDER GATE_KEY_FILE);
	assert_int_equal(secret->mode, S_IFREG | 0600);
	assert_int_equal(secret->content.length, GATE_KEY_SIZE);
	assert_memory_equal(str_text(&secret->content), "\x00\x11\x22\x33", 4);
	output_free(output);
}

static void
test_customers_are_no_words_of_its_files(void **state)
{
	(void)state;
	struct view view = view_of(ROLE_MAIL, PLACE_MACHINE);
	struct output *output = render(&view);
	const char *passwd = str_text(&output_find(output, FOLDER "passwd")->content);
	const char *customers = str_text(&output_find(output, FOLDER "accounts.conf")->content);
	assert_string_equal(passwd, "alice:x:20001:20001::/home/alice:/usr/sbin/nologin\n");
	assert_non_null(
	    strstr(customers, "addresses { \"box@alice.example\" \"@alice.example\" }"));
	assert_null(strstr(customers, "root"));
	assert_null(strstr(customers, "elsewhere.example"));
	for (size_t i = 0; i < output_count(output); i++)
		assert_null(strstr(str_text(&output_at(output, i)->content), "$6$secret"));
	output_free(output);
}

static void
test_without_a_key_there_is_none(void **state)
{
	(void)state;
	struct view view = view_of(ROLE_WEB, PLACE_MACHINE);
	auto_str wrong = {0};
	view.pass_key = "";
	struct output *output = render(&view);
	assert_null(output_find(output, FOLDER GATE_KEY_FILE));
	assert_int_not_equal(gatehouse_look(&view, &wrong), 0);
	output_free(output);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_who_has_one),
	    cmocka_unit_test(test_what_it_reads),
	    cmocka_unit_test(test_customers_are_no_words_of_its_files),
	    cmocka_unit_test(test_without_a_key_there_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
