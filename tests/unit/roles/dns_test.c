/* SPDX-License-Identifier: Apache-2.0 */
/* Zones, and what becomes of names that the book would never hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "roles/role.h"

static struct book_domain alices[] = {{"alice.example", "", 7}};
static struct book_domain mallorys[] = {{"x.example\"; }; include \"/etc/shadow", "", 1},
    {"new\nline.example", "", 1}, {"alice.example", "", 1}, {"example.net", "", 1},
    {"mail.example.net", "", 1}, {"../../../etc/passwd", "", 1}, {"", "", 1}};
static struct book_account accounts[] = {
    {.name = "alice", .uid = 20001, .domain_count = 1, .domains = alices},
    {.name = "mallory",
	.uid = 20002,
	.domain_count = array_length(mallorys),
	.domains = mallorys},
};

static struct view
example_view(void)
{
	struct view view = {.role = ROLE_DNS,
	    .site = {.name = "example.net",
		.operator= "john.doe@example.net",
		.network = "10.77.0.0/24",
		.gateway = "10.77.0.1"},
	    .book = {.generation = 9,
		.account_count = array_length(accounts),
		.accounts = accounts}};
	static const char *const hosts[ROLE_COUNT] = {"file.example.net", "ns.example.net",
	    "mail.example.net", "www.example.net", "sh.other.example"};
	static const char *const addresses[ROLE_COUNT] = {
	    "10.77.0.2", "10.77.0.3", "10.77.0.4", "10.77.0.5", "10.77.0.6"};
	for (int i = 0; i < ROLE_COUNT; i++)
		view.site.roles[i] = (struct site_role){.place = PLACE_CONTAINER,
		    .host = hosts[i],
		    .address = addresses[i],
		    .address6 = i == ROLE_WEB ? "2001:db8::5" : ""};
	return view;
}

static struct output *
rendered(const struct view *view)
{
	struct output *output = output_new();
	dns_role.render(view, output);
	return output;
}

static const char *
text_of(const struct output *output, const char *path)
{
	const struct output_file *file = output_find(output, path);
	return file ? str_text(&file->content) : "";
}

static void
test_a_zone_of_a_domain(void **state)
{
	(void)state;
	struct view view = example_view();
	struct output *output = rendered(&view);
	assert_string_equal(text_of(output, "/etc/bind/zones/alice.example"),
	    "$TTL 3600\n"
	    "@\tSOA\tns.example.net. john\\.doe.example.net. 7 3600 900 1209600 300\n"
	    "@\tNS\tns.example.net.\n"
	    "@\tMX\t10 mail.example.net.\n"
	    "@\tTXT\t\"v=spf1 a:mail.example.net -all\"\n"
	    "@\tA\t10.77.0.5\n"
	    "@\tAAAA\t2001:db8::5\n"
	    "www.alice.example.\tA\t10.77.0.5\n"
	    "www.alice.example.\tAAAA\t2001:db8::5\n"
	    "ftp.alice.example.\tA\t10.77.0.5\n"
	    "ftp.alice.example.\tAAAA\t2001:db8::5\n"
	    "mail.alice.example.\tA\t10.77.0.4\n"
	    "ssh.alice.example.\tA\t10.77.0.6\n");
	output_free(output);
}

static void
test_the_sites_own_zone(void **state)
{
	(void)state;
	struct view view = example_view();
	struct output *output = rendered(&view);
	const char *zone = text_of(output, "/etc/bind/zones/example.net");
	assert_non_null(strstr(zone, " 9 3600 "));
	assert_non_null(strstr(zone, "ns.example.net.\tA\t10.77.0.3\n"));
	/* The role's own name and the convenience are one. */
	const char *www = strstr(zone, "www.example.net.\tA\t10.77.0.5\n");
	assert_non_null(www);
	assert_null(strstr(www + 1, "www.example.net.\tA\t"));
	/* What lies in another's zone is not ours to say. */
	assert_null(strstr(zone, "other.example"));
	output_free(output);
}

static void
test_names_that_are_none_or_taken_are_left_out(void **state)
{
	(void)state;
	struct view view = example_view();
	struct output *output = rendered(&view);
	assert_string_equal(text_of(output, "/etc/bind/hayward.zones"),
	    "zone \"example.net\" { type primary; file \"/etc/bind/zones/example.net\"; };\n"
	    "zone \"alice.example\" { type primary; file \"/etc/bind/zones/alice.example\"; "
	    "};\n");
	assert_non_null(strstr(text_of(output, "/etc/bind/zones/alice.example"), " 7 3600 "));
	assert_int_equal(output_count(output), 4);
	output_free(output);
}

static void
test_only_the_site_may_ask_for_all(void **state)
{
	(void)state;
	struct view view = example_view();
	view.site.gateway = "any; }; x {";
	view.site.network = "10.77.0.1/24";
	struct output *output = rendered(&view);
	const char *text = text_of(output, "/etc/bind/hayward.conf");
	assert_non_null(strstr(text, "acl site {\n\t127.0.0.0/8;\n\t::1;\n\t10.77.0.2;\n"));
	assert_non_null(strstr(text, "allow-recursion { site; };"));
	output_free(output);
}

static void
test_a_site_without_a_name_server_has_no_zones(void **state)
{
	(void)state;
	struct view view = example_view();
	view.site.operator= "nobody";
	struct output *output = rendered(&view);
	assert_string_equal(text_of(output, "/etc/bind/hayward.zones"), "");
	output_free(output);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_a_zone_of_a_domain),
	    cmocka_unit_test(test_the_sites_own_zone),
	    cmocka_unit_test(test_names_that_are_none_or_taken_are_left_out),
	    cmocka_unit_test(test_only_the_site_may_ask_for_all),
	    cmocka_unit_test(test_a_site_without_a_name_server_has_no_zones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
