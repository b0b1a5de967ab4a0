/* SPDX-License-Identifier: Apache-2.0 */
/* The text of site.conf, and what is said of mistakes in it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "site/description.h"

static struct site
parse(const char *text, struct arena *arena, struct str *ret_said)
{
	struct diag *diag = diag_new();
	struct source source = {"site.conf", text, strlen(text)};
	struct site site = site_parse(&source, arena, diag);
	diag_print(diag, ret_said);
	diag_free(diag);
	return site;
}

static void
shipped(struct str *out)
{
	auto_str path = {0};
	str_addf(&path, "%s/site.conf", getenv("SHIPPED"));
	assert_int_equal(file_read(AT_FDCWD, str_text(&path), 1 << 20, out), 0);
}

static void
test_the_shipped_description_is_sound(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str text = {0}, said = {0};
	shipped(&text);
	struct site site = parse(str_text(&text), arena, &said);
	assert_string_equal(str_text(&said), "");
	assert_string_equal(site.name, "example.net");
	assert_int_equal(site.uid_first, 20000);
	assert_int_equal(site.roles[ROLE_MAIL].memory, INT64_C(2) << 30);
	assert_string_equal(site.roles[ROLE_WEB].address, "10.77.0.5");
	assert_int_equal(site.roles[ROLE_WEB].listens.count, 4);
	assert_int_equal(site.roles[ROLE_WEB].listens.list[3].last, 40099);
	assert_int_equal(site.flows[0].to, ROLE_MAIL);
	assert_int_equal(site_plan_find(&site, "budget")->files, 100000);
	assert_null(site_plan_find(&site, "huge"));
	assert_int_equal(site.means[FILTER_GREYLIST].most, 0);
	assert_false(site.means[FILTER_HELO].is_off);
	assert_int_equal(site.means[FILTER_HELO].allow_count, 0);
	assert_true(site.means[FILTER_LISTS].is_off);
	assert_null(site_filter_find(&site, FILTER_HELO));
}

/* What is said of the shipped text with one piece of it changed. */
static void
assert_says(const char *piece, const char *instead, const char *expected)
{
	auto_arena struct arena *arena = arena_new();
	auto_str text = {0}, changed = {0}, said = {0};
	shipped(&text);
	const char *found = strstr(str_text(&text), piece);
	assert_non_null(found);
	str_add_bytes(&changed, text.data, (size_t)(found - text.data));
	str_add(&changed, instead);
	str_add(&changed, found + strlen(piece));
	parse(str_text(&changed), arena, &said);
	const char *line = strchr(str_text(&said), ' ');
	if (!line || !strstr(line, expected))
		fail_msg(
		    "'%s' should be said of '%s', but: %s", expected, instead, str_text(&said));
}

static void
test_mistakes_are_said_with_their_place(void **state)
{
	(void)state;
	static const char *const mistakes[][3] = {
	    {"site example.net", "site Example.net", "write it in lower case"},
	    {"filter helo ", "filter hello ", "did you mean 'helo'"},
	    {"filter helo      on", "filter helo maybe", "a filter is on or off"},
	    {"filter spf ", "filter helo ", "filter 'helo' is said twice"},
	    {"filter rate      on", "filter rate on { most 0 }", "'most' wants 1 or more"},
	    {"filter spf       on", "filter spf on { most 3 }", "this filter knows no 'most'"},
	    {"filter spf       on", "filter spf on { allow { 192.0.2.0/40 } }",
		"such as 192.0.2.0/24"},
	    {"filter spf       on", "filter spf on { zones { a.example } }",
		"only the filter 'lists'"},
	    {"off { zones { dnsbl.example.net } }", "on", "names no zone"},
	    {"site example.net", "site example", "a domain has a dot"},
	    {"site example.net", "sites example.net", "did you mean 'site'?"},
	    {"role dns", "role dsn", "did you mean 'dns'?"},
	    {"role dns", "role file", "role 'file' is described twice"},
	    {"10.77.0.5", "10.77.0", "'address' wants an IPv4 address"},
	    {"10.77.0.5", "10.78.0.5", "lies outside of the network '10.77.0.0/24'"},
	    {"10.77.0.5", "10.77.0.4", "its address is that of 'mail'"},
	    {"10.77.0.5", "10.77.0.1", "its address is the gateway's"},
	    {"10.77.0.5", "127.0.0.1", "no host has this one for others"},
	    {"10.77.0.5", "10.77.0.5 address6 2001:db8::g", "such as 2001:db8::7"},
	    {"10.77.0.5", "10.77.0.5 address6 10.77.0.7", "'address6' wants an IPv6 address"},
	    {"10.77.0.5", "2001:db8::5", "'address' wants an IPv4 address"},
	    {"10.77.0.5", "10.77.0.5 address6 fe80::5", "no host has this one for others"},
	    {"10.77.0.5", "10.77.0.5 address6 ::1", "no host has this one for others"},
	    {"10.77.0.5", "10.77.0.5 address6 ff02::5", "no host has this one for others"},
	    {"10.77.0.5", "10.77.0.5 address6 ::ffff:10.77.0.7", "no host has this one"},
	    {"10.77.0.5", "10.77.0.5 address6 2001:db8::5/64", "'address6' wants an IPv6"},
	    {"web.example.net", "mail.example.net", "its host is called 'mail.example.net'"},
	    {"53/udp 53/tcp }", "53/upd 53/tcp }", "such as 80/tcp or 40000-40099/tcp"},
	    {"80/tcp 443/tcp 21/tcp", "0/tcp", "this is '0/tcp'"},
	    {"on        container", "on box", "'on container' or 'on machine root@HOST'"},
	    {"on        container", "on machine -oProxyCommand=id", "'machine' wants a login"},
	    {"on        container", "on machine root@web.example.net;id",
		"such as root@web.example.net"},
	    {"on        container", "", "does not say on what it runs"},
	    {"on        container", "on container on container", "'on' is said twice"},
	    {"network   10.77.0.0/24", "network 10.77.0.0/240", "'network' wants a network"},
	    {"bridge    hayward0", "bridge ../../etc", "'bridge' wants a name"},
	    {"homes     /home", "homes /home/../etc", "'homes' wants a path"},
	    {"homes     /home", "homes /ho%me", "'homes' wants a path"},
	    {"20000-59999", "500-59999", "uids of customers lie within 1000-59999"},
	    {"20000-59999", "59999-20000", "'uids' wants a range"},
	    {"flow web   to mail", "flow web to web", "a flow leads to another role"},
	    {"flow web   to mail", "flow web mail", "'flow ROLE to ROLE { PORTS }'"},
	    {"quota      1GiB", "quota 1GB2", "a size such as 5GiB"},
	    {"quota      1GiB", "", "the plan 'basic' says no quota, or no files"},
	    {"quota      1GiB", "quotas 1GiB", "did you mean 'quota'?"},
	    {"plan basic", "plan budget", "plan 'budget' is described twice"},
	    {"operator  hostmaster@example.net", "", "the site names no operator"},
	    {"operator  hostmaster@example.net", "operator \"a b@c\"",
		"'operator' wants a mail address"},
	};
	for (size_t i = 0; i < array_length(mistakes); i++)
		assert_says(mistakes[i][0], mistakes[i][1], mistakes[i][2]);
}

/* The same address is the same text, however it is written. */
static void
test_addresses_are_written_in_one_way(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str said = {0};
	struct site site =
	    parse("role web { on container address6 2001:DB8:0::05 }\n"
		  "role mail { on machine root@mail.example.net host mail.example.net\n"
		  "address 192.0.2.4 address6 2001:db8::5 }\n",
		arena, &said);
	assert_string_equal(site.roles[ROLE_WEB].address6, "2001:db8::5");
	assert_string_equal(site.roles[ROLE_MAIL].address6, "2001:db8::5");
}

static void
test_twins_over_ipv6(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str said = {0};
	parse("site example.net { operator a@example.net }\n"
	      "plan basic { quota 1GiB files 1000 }\n"
	      "role web { on machine root@web.example.net host web.example.net\n"
	      "address 192.0.2.5 address6 2001:DB8:0::05 }\n"
	      "role mail { on machine root@mail.example.net host mail.example.net\n"
	      "address 192.0.2.4 address6 2001:db8::5 }\n",
	    arena, &said);
	assert_non_null(strstr(str_text(&said), "its address is that of 'mail'"));
}

static void
test_a_mistake_is_shown(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str said = {0};
	parse("site example.net {\n    homse /home\n}\n", arena, &said);
	assert_string_equal(str_text(&said),
	    "site.conf:2:5: error: a site says operator, homes, network and the like, this is "
	    "'homse'\n"
	    " 2 |     homse /home\n"
	    "   |     ^^^^^ did you mean 'homes'?\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_shipped_description_is_sound),
	    cmocka_unit_test(test_mistakes_are_said_with_their_place),
	    cmocka_unit_test(test_addresses_are_written_in_one_way),
	    cmocka_unit_test(test_twins_over_ipv6),
	    cmocka_unit_test(test_a_mistake_is_shown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
