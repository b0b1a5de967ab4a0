/* SPDX-License-Identifier: Apache-2.0 */
/* Mail tables by standing, and what becomes of what the book would never hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "roles/null_client.h"
#include "roles/role.h"
#include "site/mailbox_list.h"

static struct book_domain alices[] = {{"alice.example", "info", 1}};
static struct book_mailbox alice_boxes[] = {
    {"info", "alice.example", "$6$salt$hash"}, {"shut", "alice.example", ""}};
static struct book_domain sues[] = {{"sue.example", "box", 1}};
static struct book_mailbox sue_boxes[] = {{"box", "sue.example", "$6$x"}};
static struct book_domain carls[] = {{"carl.example", "", 1}};
static struct book_mailbox carl_boxes[] = {{"box", "carl.example", "$6$x"}};
static struct book_domain mallorys[] = {{"alice.example", "info", 1},
    {"mail.example.net", "", 1}, {"x.example\tOK\n*", "", 1}, {"m.example", "not-there", 1}};
static struct book_mailbox mallory_boxes[] = {{"info", "alice.example", "$6$stolen"},
    {"a|b", "m.example", ""}, {"a\nroot", "m.example", ""}, {"plus+", "m.example", ""},
    {"ok", "m.example", "x:0:0::/root:/bin/sh\nroot:"}, {"ok", "m.example", "$6$again"}};

static struct book_domain roots[] = {{"root.example", "", 1}};

#define ITS(name)                                                                              \
	.domain_count = array_length(name##s), .domains = name##s,                             \
	.mailbox_count = array_length(name##_boxes), .mailboxes = name##_boxes
static struct book_account accounts[] = {
    {.name = "alice", .uid = 20001, ITS(alice)},
    {.name = "sue", .uid = 20002, .standing = STANDING_SUSPENDED, ITS(sue)},
    {.name = "carl", .uid = 20003, .standing = STANDING_CANCELLED, ITS(carl)},
    {.name = "mallory", .uid = 20004, ITS(mallory)},
    {.name = "root", .uid = 20005, .domain_count = 1, .domains = roots},
    {.name = "eve", .uid = 0},
};

static struct view
example_view(enum role role)
{
	struct view view = {.role = role,
	    .site = {.name = "example.net",
		.operator= "hostmaster@example.net",
		.mail = "/srv/mail",
		.gateway = "10.77.0.1",
		.uid_first = 20000,
		.uid_last = 59999},
	    .book = {.generation = 3,
		.account_count = array_length(accounts),
		.accounts = accounts}};
	for (int i = 0; i < ROLE_COUNT; i++)
		view.site.roles[i] = (struct site_role){
		    .place = PLACE_CONTAINER, .host = "", .address = "", .address6 = ""};
	view.site.roles[ROLE_MAIL].host = "mail.example.net";
	view.site.roles[ROLE_MAIL].address = "10.77.0.4";
	view.site.roles[ROLE_WEB].host = "web.example.net";
	view.site.roles[ROLE_WEB].address = "10.77.0.5";
	view.site.roles[ROLE_SHELL].address = "0.0.0.0/0";
	return view;
}

static struct output *
rendered(void)
{
	struct view view = example_view(ROLE_MAIL);
	struct output *output = output_new();
	mail_role.render(&view, output);
	return output;
}

static const char *
text_of(const struct output *output, const char *path)
{
	const struct output_file *file = output_find(output, path);
	assert_non_null(file);
	return str_text(&file->content);
}

static void
test_aliases_go_by_standing(void **state)
{
	(void)state;
	struct output *output = rendered();
	const char *text = text_of(output, "/etc/postfix/hayward/aliases");
	assert_non_null(strstr(text, "postmaster@example.net\tmail@hayward.invalid\n"));
	assert_string_equal(strstr(text, "info@alice"),
	    "info@alice.example\talice+info=alice.example@hayward.invalid\n"
	    "alice@example.net\talice+info=alice.example@hayward.invalid\n"
	    "shut@alice.example\talice+shut=alice.example@hayward.invalid\n"
	    "box@sue.example\tbox@sue.example\n"
	    "sue@example.net\tbox@sue.example\n"
	    "box@carl.example\tbox@carl.example\n"
	    "carl@example.net\tbox@carl.example\n"
	    "ok@m.example\tmallory+ok=m.example@hayward.invalid\n"
	    "mallory@example.net\tmallory+ok=m.example@hayward.invalid\n"
	    "@alice.example\talice+info=alice.example@hayward.invalid\n"
	    "@sue.example\tbox@sue.example\n");
	output_free(output);
}

static void
test_other_tables(void **state)
{
	(void)state;
	struct output *output = rendered();
	assert_string_equal(text_of(output, "/etc/postfix/hayward/domains"),
	    "alice.example\tis here\nm.example\tis here\n");
	assert_string_equal(text_of(output, "/etc/postfix/hayward/held"),
	    "sue.example\tis here\ncarl.example\tis here\n");
	assert_string_equal(text_of(output, "/etc/postfix/hayward/held-boxes"),
	    "box@sue.example\tis here\nbox@carl.example\tis here\n");
	assert_non_null(strstr(text_of(output, "/etc/postfix/hayward/closed"),
	    "carl.example\t450 4.2.1 This mailbox is closed"));
	assert_null(strstr(text_of(output, "/etc/postfix/hayward/closed"), "sue.example"));
	assert_non_null(strstr(text_of(output, "/etc/postfix/hayward/transports"),
	    "carl@hayward.invalid\tretry:4.2.1"));
	assert_string_equal(text_of(output, "/etc/postfix/hayward/commands"),
	    "alice\t/usr/lib/hayward/hayward-deliver /srv/mail/alice\n"
	    "sue\t/usr/lib/hayward/hayward-deliver --without-rules /srv/mail/sue\n"
	    "carl\t/usr/lib/hayward/hayward-deliver --without-rules /srv/mail/carl\n"
	    "mallory\t/usr/lib/hayward/hayward-deliver /srv/mail/mallory\n");
	output_free(output);
}

/* What hayward-deliver takes mail for, whoever hands it in. */
static void
test_mailboxes(void **state)
{
	(void)state;
	struct output *output = rendered();
	const char *text = text_of(output, "/etc/postfix/hayward/mailboxes");
	assert_string_equal(text, "20001\tinfo@alice.example\n"
				  "20001\tshut@alice.example\n"
				  "20002\tbox@sue.example\n"
				  "20003\tbox@carl.example\n"
				  "20004\tok@m.example\n");
	assert_true(mailbox_list_has(text, 20001, "info", "alice.example"));
	assert_true(mailbox_list_has(text, 20004, "ok", "m.example"));
	assert_false(mailbox_list_has(text, 20004, "info", "alice.example"));
	assert_false(mailbox_list_has(text, 20001, "x", "y.example"));
	assert_false(mailbox_list_has(text, 20001, "nfo", "alice.example"));
	assert_false(mailbox_list_has(text, 20001, "info", "alice.exampl"));
	assert_false(mailbox_list_has(text, 1, "info", "alice.example"));
	assert_false(mailbox_list_has("", 20001, "info", "alice.example"));
	output_free(output);
}

/* Mail for the login of then arrives, unless somebody else is called so. */
static void
test_former_names(void **state)
{
	(void)state;
	static const char *formers[] = {"sue", "mal", "ma\tl"};
	accounts[3].formers = formers;
	accounts[3].former_count = array_length(formers);
	struct output *output = rendered();
	accounts[3].former_count = 0;
	const char *aliases = text_of(output, "/etc/postfix/hayward/aliases");
	assert_non_null(
	    strstr(aliases, "\nmal@example.net\tmallory+ok=m.example@hayward.invalid\n"));
	assert_null(strstr(aliases, "sue@example.net\tmallory"));
	assert_null(strstr(aliases, "ma\tl"));
	assert_non_null(strstr(text_of(output, "/etc/postfix/hayward/commands"),
	    "\nmal\t/usr/lib/hayward/hayward-deliver /srv/mail/mallory\n"));
	output_free(output);
}

static void
test_logins(void **state)
{
	(void)state;
	struct output *output = rendered();
	assert_string_equal(text_of(output, "/etc/dovecot/hayward/logins"),
	    "#---\n"
	    "info@alice.example:{CRYPT}$6$salt$hash:20001:20001::/srv/mail/alice/alice.example/"
	    "info\n"
	    "alice:{CRYPT}$6$salt$hash::::::user=info@alice.example\n"
	    "shut@alice.example:{CRYPT}*:20001:20001::/srv/mail/alice/alice.example/shut\n"
	    "box@sue.example:{CRYPT}$6$x:20002:20002::/srv/mail/sue/sue.example/box\n"
	    "sue:{CRYPT}$6$x::::::user=box@sue.example\n"
	    "box@carl.example:{CRYPT}$6$x:20003:20003::/srv/mail/carl/carl.example/box\n"
	    "carl:{CRYPT}$6$x::::::user=box@carl.example\n"
	    "ok@m.example:{CRYPT}*:20004:20004::/srv/mail/mallory/m.example/ok\n"
	    "mallory:{CRYPT}*::::::user=ok@m.example\n");
	assert_string_equal(text_of(output, "/etc/hayward/held/mailboxes"),
	    "#---\nsue\ncarl\nsue.example\ncarl.example\n");
	assert_string_equal(text_of(output, "/etc/hayward/held/senders"), "sue\ncarl\n");
	output_free(output);
}

static void
test_who_may_relay(void **state)
{
	(void)state;
	struct output *output = rendered();
	const char *text = text_of(output, "/etc/postfix/main.cf");
	assert_non_null(strstr(text, "\nmynetworks = 10.77.0.5/32\n"));
	assert_non_null(strstr(text, "\ninet_protocols = ipv4\n"));
	/* As the aliases lead it, and no address of the machine's. */
	assert_non_null(strstr(text, "\nlocal_transport = error:"));
	assert_non_null(strstr(text, ", inline:{hayward.invalid=local:}\n"));
	output_free(output);
}

/* The view comes over the network; a line in it would be a line of Postfix's. */
static void
test_filters(void **state)
{
	(void)state;
	static const char *allow[] = {
	    "192.0.2.0/24", "2001:db8::/32", "0.0.0.0/0 OK\nx", "any"};
	static const char *zones[] = {
	    "lists.example", "x\nmynetworks = 0.0.0.0/0", "a, permit"};
	struct site_filter filters[] = {
	    {.rule = {FILTER_RATE, "V2f", VERB_DEFER, MODE_ENFORCE, 9, 600000, 0, "", NULL},
		.allow = allow,
		.allow_count = 4},
	    {.rule = {FILTER_LISTS, "V2d", VERB_MARK, MODE_ENFORCE, 2, 0, 0, "", NULL},
		.zones = zones,
		.zone_count = 3},
	    {.rule = {FILTER_SPF, "V2c", VERB_REJECT, MODE_ENFORCE, 0, 0, 8,
		 "$x \\n{client}: {{no}", NULL},
		.allow = allow,
		.allow_count = 4},
	    {.rule = {FILTER_REVERSE, "V2b\nx", VERB_REJECT, MODE_OBSERVE, 0, 0, 2, "y", NULL}},
	};
	struct view view = example_view(ROLE_MAIL);
	view.site.filters = filters;
	view.site.filter_count = array_length(filters);
	struct output *output = output_new();
	mail_role.render(&view, output);
	const char *text = text_of(output, "/etc/postfix/main.cf");
	assert_non_null(
	    strstr(text, "exceptions = $mynetworks 10.77.0.1 192.0.2.0/24 [2001:db8::]/32\n"));
	assert_non_null(strstr(text, "anvil_rate_time_unit = 600s\n"));
	assert_non_null(strstr(text, "smtpd_client_message_rate_limit = 9\n"));
	assert_non_null(
	    strstr(text, "    warn_if_reject reject_unknown_reverse_client_hostname\n"));
	assert_non_null(strstr(text, "unknown_client_reject_code = 550\n"));
	assert_null(strstr(text, "mynetworks = 0.0.0.0"));
	assert_string_equal(text_of(output, "/etc/rspamd/hayward/allow-spf.map"),
	    "10.77.0.4\n10.77.0.5\n10.77.0.1\n192.0.2.0/24\n2001:db8::/32\n");
	assert_null(output_find(output, "/etc/redis/hayward.conf"));
	text = text_of(output, "/etc/rspamd/local.d/rspamd.lua");
	assert_non_null(
	    strstr(text, "local most = 2\nlocal lists = {\n  {\"HAYWARD_LIST_1\", "
			 "\"lists.example\"},\n}\nlocal action = \"add header\"\n"));
	text = text_of(output, "/etc/postfix/hayward/replies.regexp");
	assert_non_null(
	    strstr(text, ".SPF.$/ $$$$x /n$$client_address: {no} (V2c)\\nReference"));
	assert_null(strstr(text, "V2b"));
	output_free(output);
}

static void
test_a_null_client(void **state)
{
	(void)state;
	struct view view = example_view(ROLE_WEB);
	struct output *output = output_new();
	null_client_render(&view, output);
	const char *text = text_of(output, "/etc/postfix/main.cf");
	assert_non_null(strstr(text, "\nrelayhost = [10.77.0.4]\n"));
	assert_non_null(strstr(text, "\nmyorigin = example.net\n"));
	assert_null(strstr(text_of(output, "/etc/postfix/master.cf"), "inet"));
	assert_string_equal(text_of(output, "/etc/hayward/held/senders"), "sue\ncarl\n");
	output_free(output);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_aliases_go_by_standing),
	    cmocka_unit_test(test_other_tables),
	    cmocka_unit_test(test_mailboxes),
	    cmocka_unit_test(test_former_names),
	    cmocka_unit_test(test_logins),
	    cmocka_unit_test(test_who_may_relay),
	    cmocka_unit_test(test_filters),
	    cmocka_unit_test(test_a_null_client),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
