/* SPDX-License-Identifier: Apache-2.0 */
/* Who floods a site, and who is only there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/visitors.h"

enum { MINUTE = 60 * 1000, SECOND = 1000, ALICE = 1000, START = 100 * MINUTE };

/* Tells of one visitor among others, who are not named, in the seconds before `until`. */
static void
tell(struct visitors *visitors, int64_t until, int64_t seconds, const char *address,
    uint32_t requests, uint64_t others)
{
	struct visits visits = {.account = ALICE,
	    .generation = 1,
	    .from = until - seconds * SECOND,
	    .until = until,
	    .requests = requests + others,
	    .visitor_count = 1};
	visits.visitors[0] = (struct visitor){address, requests, requests / 2, "/x.php"};
	visitors_take(visitors, &visits);
}

static void
tell_minutes(struct visitors *visitors, int minutes, const char *address, uint32_t requests,
    uint64_t others)
{
	for (int minute = 0; minute < minutes; minute++)
		for (int part = 1; part <= 12; part++)
			tell(visitors, START + minute * MINUTE + part * 5 * SECOND - 1, 5,
			    address, requests / 12, others / 12);
}

static void
test_one_address(void **state)
{
	(void)state;
	struct visitors *visitors = visitors_new();
	struct flood flood;
	int64_t now = START + 5 * MINUTE;
	assert_false(visitors_flood(visitors, ALICE, 1, now, &flood));
	tell_minutes(visitors, 5, "192.0.2.7", 120, 60);
	assert_true(visitors_flood(visitors, ALICE, 1, now, &flood));
	assert_int_equal(flood.requests, 900);
	assert_int_equal(flood.count, 1);
	assert_string_equal(flood.by[0].who, "192.0.2.7");
	assert_int_equal(flood.by[0].requests, 600);
	assert_int_equal(flood.by[0].refused, 300);
	assert_string_equal(flood.by[0].path, "/x.php");
	/* Another holder of the id is another account. */
	assert_false(visitors_flood(visitors, ALICE, 2, now, &flood));
	assert_false(visitors_flood(visitors, ALICE + 1, 1, now, &flood));
	visitors_free(visitors);
}

static void
test_it_passes(void **state)
{
	(void)state;
	struct visitors *visitors = visitors_new();
	struct flood flood;
	tell_minutes(visitors, 5, "192.0.2.7", 120, 0);
	assert_true(visitors_flood(visitors, ALICE, 1, START + 5 * MINUTE, &flood));
	assert_false(visitors_flood(visitors, ALICE, 1, START + 10 * MINUTE, &flood));
	visitors_forget(visitors, START + 10 * MINUTE);
	assert_true(visitors_flood(visitors, ALICE, 1, START + 5 * MINUTE, &flood));
	visitors_forget(visitors, START + 20 * MINUTE);
	assert_false(visitors_flood(visitors, ALICE, 1, START + 5 * MINUTE, &flood));
	visitors_free(visitors);
}

static void
test_not_fast_enough(void **state)
{
	(void)state;
	struct visitors *visitors = visitors_new();
	struct flood flood;
	/* The only visitor of a quiet site, 48 times a minute. */
	tell_minutes(visitors, 6, "192.0.2.7", 48, 0);
	assert_false(visitors_flood(visitors, ALICE, 1, START + 6 * MINUTE - 1, &flood));
	visitors_free(visitors);
}

static void
test_a_crowd(void **state)
{
	(void)state;
	struct visitors *visitors = visitors_new();
	struct flood flood;
	/* One asks twice a second; the others together more often. */
	tell_minutes(visitors, 5, "192.0.2.7", 120, 240);
	assert_false(visitors_flood(visitors, ALICE, 1, START + 5 * MINUTE, &flood));
	visitors_free(visitors);
}

static void
test_a_network(void **state)
{
	(void)state;
	struct visitors *visitors = visitors_new();
	struct flood flood;
	for (int host = 1; host <= 10; host++) {
		char address[32];
		snprintf(address, sizeof(address), "192.0.2.%d", host);
		tell_minutes(visitors, 4, address, 60, 0);
	}
	assert_true(visitors_flood(visitors, ALICE, 1, START + 4 * MINUTE, &flood));
	assert_int_equal(flood.count, 1);
	assert_string_equal(flood.by[0].who, "192.0.2.0/24");
	assert_int_equal(flood.by[0].requests, 2400);
	visitors_free(visitors);
}

/* Of several that together make it, each is named; one alone keeps his address. */
static void
test_several(void **state)
{
	(void)state;
	struct visitors *visitors = visitors_new();
	struct flood flood;
	tell_minutes(visitors, 5, "192.0.2.7", 120, 120);
	tell_minutes(visitors, 5, "2001:db8::/64", 96, 0);
	assert_true(visitors_flood(visitors, ALICE, 1, START + 5 * MINUTE, &flood));
	assert_int_equal(flood.count, 2);
	assert_string_equal(flood.by[0].who, "192.0.2.7");
	assert_string_equal(flood.by[1].who, "2001:db8::/64");
	visitors_free(visitors);
}

static void
test_nonsense(void **state)
{
	(void)state;
	struct visitors *visitors = visitors_new();
	struct flood flood;
	tell(visitors, 0, 5, "192.0.2.7", 10000, 0);
	tell(visitors, START, 0, "192.0.2.7", 10000, 0);
	tell(visitors, START, -5, "192.0.2.7", 10000, 0);
	assert_false(visitors_flood(visitors, ALICE, 1, START, &flood));
	/* More names in a minute than are kept, and each of them long. */
	for (int i = 0; i < 300; i++) {
		char address[LONGEST_FLOODER];
		snprintf(address, sizeof(address), "2001:db8:%04x:ffff:ffff:ffff::/64", i);
		tell(visitors, START, 5, address, 100, 0);
	}
	assert_false(visitors_flood(visitors, ALICE, 1, START, &flood));
	visitors_free(visitors);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_one_address),
	    cmocka_unit_test(test_it_passes),
	    cmocka_unit_test(test_not_fast_enough),
	    cmocka_unit_test(test_a_crowd),
	    cmocka_unit_test(test_a_network),
	    cmocka_unit_test(test_several),
	    cmocka_unit_test(test_nonsense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
