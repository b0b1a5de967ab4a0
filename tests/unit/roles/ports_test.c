/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of rules, and what no text of anybody's may become. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "roles/ports.h"
#include "site/nft.h"
#include "site/ports.h"

static struct site_port overlapping[] = {{80, 80, PROTOCOL_TCP}, {443, 443, PROTOCOL_TCP},
    {80, 90, PROTOCOL_TCP}, {91, 91, PROTOCOL_TCP}, {65530, 65535, PROTOCOL_UDP},
    {25, 25, PROTOCOL_TCP}};

static void
test_overlapping_ports_become_ranges(void **state)
{
	(void)state;
	struct nft_ports ports = {0};
	struct nft_set set = {.name = "it"};
	auto_str out = {0};
	struct site_ports list = {array_length(overlapping), overlapping};
	nft_ports_add(&ports, &list);
	nft_set_add_ports(&set, "192.0.2.1", &ports);
	nft_set_print(&set, "inet t", &out);
	assert_string_equal(str_text(&out), "flush set inet t it\n"
					    "add element inet t it {\n"
					    "\t192.0.2.1 . tcp . 25,\n"
					    "\t192.0.2.1 . tcp . 80-91,\n"
					    "\t192.0.2.1 . tcp . 443,\n"
					    "\t192.0.2.1 . udp . 65530-65535\n}\n");
	nft_set_done(&set);
}

static void
test_customers_have_no_mail_ports(void **state)
{
	(void)state;
	struct site_role role = {.connects = {array_length(overlapping), overlapping}};
	struct nft_ports ports = {0};
	struct nft_set set = {.name = "it"};
	nft_ports_of_customers(&role, &ports);
	nft_set_add_ports(&set, "", &ports);
	assert_null(strstr(str_text(&set.elements), ". 25"));
	assert_non_null(strstr(str_text(&set.elements), "\ttcp . 80-91"));
	nft_set_done(&set);
}

static void
test_addresses_are_addresses(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "1.2.3", "1.2.3.4 accept", "1.2.3.4\n", "::1 }",
	    "localhost", "1.2.3.4/24", "fe80::1%eth0", "0x7f000001", "{ 1.2.3.4 }"};
	auto_str address = {0};
	for (size_t i = 0; i < array_length(bad); i++)
		assert_int_equal(nft_address(bad[i], &address), 0);
	assert_int_equal(nft_address("192.0.2.1", &address), 4);
	assert_int_equal(nft_address("2001:DB8:0::1", &address), 6);
	assert_string_equal(str_text(&address), "2001:db8::1");
}

static void
test_networks_are_networks(void **state)
{
	(void)state;
	static const char *const bad[] = {
	    "", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/8 ", "/8", "10.0.0.0/8/8"};
	auto_str network = {0};
	for (size_t i = 0; i < array_length(bad); i++)
		assert_int_equal(nft_network(bad[i], &network), 0);
	assert_int_equal(nft_network("10.77.0.0/24", &network), 4);
	assert_string_equal(str_text(&network), "10.77.0.0/24");
}

static struct book_opening hostile[] = {
    {ROLE_SHELL, PROTOCOL_TCP, "192.0.2.1 accept;", 80, 1900000000000, 1},
    {ROLE_SHELL, PROTOCOL_TCP, "192.0.2.1", 0, 1900000000000, 2},
    {ROLE_SHELL, PROTOCOL_TCP, "192.0.2.1", 70000, 1900000000000, 3},
    {ROLE_WEB, PROTOCOL_TCP, "192.0.2.1", 80, 1900000000000, 4},
    {ROLE_SHELL, PROTOCOL_UDP, "2001:db8::1", 5060, 1900000000999, 5},
};

static struct site
site_of(const char *bridge)
{
	struct site site = {.uid_first = 20000,
	    .uid_last = 59999,
	    .network = "10.77.0.0/24",
	    .gateway = "10.77.0.1",
	    .bridge = bridge};
	for (int role = 0; role < ROLE_COUNT; role++)
		site.roles[role] =
		    (struct site_role){.place = PLACE_CONTAINER, .address = "", .address6 = ""};
	site.roles[ROLE_SHELL].address = "10.77.0.6";
	site.roles[ROLE_SHELL].address6 = "2001:db8:77::6";
	return site;
}

static void
test_only_whole_openings_open(void **state)
{
	(void)state;
	struct book_account account = {.name = "alice",
	    .uid = 20001,
	    .plan = "",
	    .opening_count = array_length(hostile),
	    .openings = hostile};
	struct view view = {.role = ROLE_SHELL,
	    .site = site_of("hayward0"),
	    .book = {.account_count = 1, .accounts = &account}};
	struct output *output = output_new();
	ports_render(&view, output);
	const char *rules = str_text(&output_find(output, "/etc/nftables.conf")->content);
	assert_non_null(strstr(rules,
	    "chain openings {\n\t\tmeta skuid 20001 ip6 daddr 2001:db8::1 udp dport 5060 "
	    "meta time < 1900000000 ct mark set 20001 accept\n\t}"));
	assert_null(strstr(rules, "192.0.2.1"));
	output_free(output);
}

/* The host lets through what any role opens, and a name of the bridge that is none matches
 * none. */
static void
test_the_host_side(void **state)
{
	(void)state;
	struct book_account account = {.name = "alice",
	    .uid = 20001,
	    .plan = "",
	    .opening_count = array_length(hostile),
	    .openings = hostile};
	struct book book = {.account_count = 1, .accounts = &account};
	struct site site = site_of("x\" accept; #");
	auto_str out = {0};
	site_ports_render(&site, &book, &out);
	assert_non_null(strstr(str_text(&out), "define site_bridge = \"none\"\n"));
	assert_non_null(strstr(
	    str_text(&out), "ip6 saddr 2001:db8:77::6 ip6 daddr 2001:db8::1 udp dport 5060"));
	assert_null(strstr(str_text(&out), "x\""));
	assert_null(strstr(str_text(&out), "192.0.2.1"));
	str_clear(&out);
	site_ports_settings(&site, &out);
	site_ports_links(&site, &out);
	assert_int_equal(out.length, 0);
}

/* A host that nobody wants IPv6 of keeps its own as it is. */
static void
test_no_ipv6_without_an_address(void **state)
{
	(void)state;
	struct site site = site_of("hayward0");
	auto_str out = {0};
	site_ports_settings(&site, &out);
	site_ports_links(&site, &out);
	assert_non_null(strstr(str_text(&out), "net/ipv6/conf/all/forwarding=1\n"));
	assert_non_null(strstr(str_text(&out), "route replace 2001:db8:77::6/128 dev hayward0"));
	str_clear(&out);
	site.roles[ROLE_SHELL].address6 = "";
	site_ports_settings(&site, &out);
	site_ports_links(&site, &out);
	assert_non_null(strstr(str_text(&out), "net/ipv4/ip_forward=1\n"));
	assert_null(strstr(str_text(&out), "ipv6"));
	assert_null(strstr(str_text(&out), "fe80"));
}

static void
test_interfaces_fit(void **state)
{
	(void)state;
	for (int role = 0; role < ROLE_COUNT; role++) {
		auto_str name = {0}, hardware = {0};
		site_interface((enum role)role, &name);
		site_hardware((enum role)role, &hardware);
		assert_in_range(name.length, 4, 15);
		assert_int_equal(hardware.length, 17);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_overlapping_ports_become_ranges),
	    cmocka_unit_test(test_customers_have_no_mail_ports),
	    cmocka_unit_test(test_addresses_are_addresses),
	    cmocka_unit_test(test_networks_are_networks),
	    cmocka_unit_test(test_only_whole_openings_open),
	    cmocka_unit_test(test_the_host_side),
	    cmocka_unit_test(test_no_ipv6_without_an_address),
	    cmocka_unit_test(test_interfaces_fit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
