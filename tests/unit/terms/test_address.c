/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses and networks: there and back, and whether one lies in the other. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/address.h"

static void
test_addresses(void **state)
{
	(void)state;
	static const char *const cases[][2] = {{"192.0.2.1", "192.0.2.1"},
	    {"::ffff:192.0.2.1", "192.0.2.1"}, {"::FFFF:c000:201", "192.0.2.1"},
	    {"2001:DB8:0:0::1", "2001:db8::1"}, {"::", "::"}, {"::1", "::1"},
	    {"255.255.255.255", "255.255.255.255"}};
	for (size_t i = 0; i < array_length(cases); i++) {
		struct address address, again;
		char text[ADDRESS_TEXT];
		assert_int_equal(address_parse(cases[i][0], strlen(cases[i][0]), &address), 0);
		address_print(&address, text);
		assert_string_equal(text, cases[i][1]);
		assert_int_equal(address_parse(text, strlen(text), &again), 0);
		assert_true(address_equal(&address, &again));
	}
	static const char *const wrong[] = {"", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256",
	    "1.2.3.4 ", "x", ":::", "fe80::1%eth0", "1.2.3.4/8", "12345::1",
	    "0000000000000000000000000000000000000000000000000000001"};
	for (size_t i = 0; i < array_length(wrong); i++) {
		struct address address;
		assert_int_equal(address_parse(wrong[i], strlen(wrong[i]), &address), -EINVAL);
	}
	struct address address;
	assert_int_equal(address_parse("1.2.3.4\0x", 9, &address), -EINVAL);
	assert_int_equal(address_parse("1.2.3.45", 7, &address), 0);
}

static void
test_networks(void **state)
{
	(void)state;
	static const struct {
		const char *network;
		const char *in;
		const char *out;
	} cases[] = {
	    {"192.0.2.0/24", "192.0.2.255", "192.0.3.0"},
	    {"192.0.2.77/24", "192.0.2.1", "192.0.1.255"},
	    {"192.0.2.1", "192.0.2.1", "192.0.2.0"},
	    {"192.0.2.128/25", "::ffff:192.0.2.200", "192.0.2.127"},
	    {"0.0.0.0/0", "8.8.8.8", "2001:db8::1"},
	    {"2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"},
	    {"2001:db8::1", "2001:db8::1", "2001:db8::"},
	    {"::ffff:192.0.2.0/120", "192.0.2.9", "192.0.3.9"},
	};
	for (size_t i = 0; i < array_length(cases); i++) {
		struct network network;
		struct address in, out;
		assert_int_equal(
		    network_parse(cases[i].network, strlen(cases[i].network), &network), 0);
		assert_int_equal(address_parse(cases[i].in, strlen(cases[i].in), &in), 0);
		assert_int_equal(address_parse(cases[i].out, strlen(cases[i].out), &out), 0);
		assert_true(network_has(&network, &in));
		assert_false(network_has(&network, &out));
	}
	static const char *const wrong[] = {"", "/", "1.2.3.4/", "1.2.3.4/33", "1.2.3.4/-1",
	    "1.2.3.4/8x", "1.2.3.4/0008", "::/129", "::/", "1.2.3/8", "1.2.3.4/8/8"};
	for (size_t i = 0; i < array_length(wrong); i++) {
		struct network network;
		assert_int_equal(network_parse(wrong[i], strlen(wrong[i]), &network), -EINVAL);
	}
}

static void
test_one_visitor(void **state)
{
	(void)state;
	static const struct {
		const char *address;
		const char *visitor;
	} cases[] = {
	    {"192.0.2.7", "192.0.2.7"},
	    {"::ffff:192.0.2.7", "192.0.2.7"},
	    {"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
	    {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8:ffff:ffff::/64"},
	    {"2001:db8:0:0:3::6", "2001:db8::/64"},
	    {"::1", "::/64"},
	};
	for (size_t i = 0; i < array_length(cases); i++) {
		struct address address;
		char text[ADDRESS_TEXT];
		assert_int_equal(
		    address_parse(cases[i].address, strlen(cases[i].address), &address), 0);
		address = address_of_visitor(&address);
		address_print_visitor(&address, text);
		assert_string_equal(text, cases[i].visitor);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_visitor),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_networks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
