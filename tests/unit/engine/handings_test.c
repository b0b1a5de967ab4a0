/* SPDX-License-Identifier: Apache-2.0 */
/* Which script handed a mail in, by when: one, or nobody is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "flow/handings.h"

enum {
	ALICE = 61001,
	BOB = 61002,
	MANY = 70000,
	NEWS = 7,
	SHOP = 8,
	THIRD = 9,
	DAY = 24 * 3600 * 1000
};

#define NOON INT64_C(1795738690000)

static void
add(struct handings *handings, uint32_t uid, uint64_t script, int64_t at)
{
	handings_add(handings, &(struct handing){.uid = uid, .script = script, .at = at});
}

/* 0: none was found. */
static uint64_t
find(const struct handings *handings, uint32_t uid, int64_t at)
{
	struct handing handing;
	return handings_find(handings, uid, at, &handing) ? handing.script : 0;
}

static int
begin(void **state)
{
	*state = handings_new();
	return 0;
}

static int
end(void **state)
{
	handings_free(*state);
	return 0;
}

static void
test_one(void **state)
{
	struct handings *handings = *state;
	add(handings, ALICE, NEWS, NOON);
	assert_int_equal(find(handings, ALICE, NOON + 4), NEWS);
	/* A start that takes long; clocks that differ by a little. */
	assert_int_equal(find(handings, ALICE, NOON + 1500), NEWS);
	assert_int_equal(find(handings, ALICE, NOON - 3), NEWS);
	assert_int_equal(find(handings, ALICE, NOON - 100), 0);
	assert_int_equal(find(handings, ALICE, NOON + 60000), 0);
	assert_int_equal(find(handings, BOB, NOON + 4), 0);
}

static void
test_several(void **state)
{
	struct handings *handings = *state;
	add(handings, ALICE, NEWS, NOON);
	add(handings, BOB, SHOP, NOON + 1);
	add(handings, ALICE, SHOP, NOON + 300);
	add(handings, ALICE, SHOP, NOON + 305);
	assert_int_equal(find(handings, ALICE, NOON + 5), NEWS);
	assert_int_equal(find(handings, ALICE, NOON + 308), SHOP);
	/* Two at a time: it may have been either. */
	add(handings, ALICE, NEWS, NOON + 310);
	assert_int_equal(find(handings, ALICE, NOON + 315), 0);
	assert_int_equal(find(handings, BOB, NOON + 315), SHOP);
}

/* A mail is asked about again and again while the scanner is away, and a neighbour hands in
 * twenty thousand meanwhile: he makes room among his own. */
static void
test_long_after(void **state)
{
	struct handings *handings = *state;
	const int64_t last = NOON + (int64_t)1000 * 20000;
	add(handings, ALICE, NEWS, NOON);
	for (int64_t at = NOON; at <= last; at += 1000)
		add(handings, BOB, SHOP, at);
	assert_int_equal(find(handings, ALICE, NOON + 2), NEWS);
	assert_int_equal(find(handings, BOB, last), SHOP);
	assert_int_equal(
	    find(handings, BOB, last - (int64_t)1000 * (HANDINGS_OF_UID - 1)), SHOP);
	assert_int_equal(find(handings, BOB, last - (int64_t)1000 * (HANDINGS_OF_UID + 2)), 0);
}

/* Of all together there is a bound: whoever has most makes room, though others come later. */
static void
test_everybody(void **state)
{
	struct handings *handings = *state;
	for (uint32_t uid = 0; uid < HANDINGS_KEPT / HANDINGS_OF_UID; uid++)
		for (int i = 0; i < HANDINGS_OF_UID; i++)
			add(handings, MANY + uid, SHOP, NOON + 10000 * i);
	for (uint32_t uid = 0; uid < 300; uid++)
		add(handings, ALICE + 1000000 + uid, NEWS, NOON);
	assert_int_equal(find(handings, ALICE + 1000000, NOON), NEWS);
	assert_int_equal(find(handings, ALICE + 1000000 + 299, NOON), NEWS);
	assert_int_equal(find(handings, MANY, NOON), 0);
	assert_int_equal(find(handings, MANY, NOON + 10000 * (HANDINGS_OF_UID - 1)), SHOP);
	handings_forget(handings, NOON + DAY);
	assert_int_equal(find(handings, ALICE + 1000000, NOON), NEWS);
	handings_forget(handings, NOON + DAY + 1);
	assert_int_equal(find(handings, ALICE + 1000000, NOON), 0);
	assert_int_equal(find(handings, MANY, NOON + 10000 * (HANDINGS_OF_UID - 1)), SHOP);
	/* More uids than there is room for, with one each. */
	handings_forget(handings, NOON + (int64_t)10 * DAY);
	for (uint32_t uid = 0; uid < HANDINGS_KEPT + 100; uid++)
		add(handings, ALICE + 2000000 + uid, NEWS, NOON);
	assert_int_equal(find(handings, ALICE + 2000000 + HANDINGS_KEPT + 99, NOON), NEWS);
}

static bool
may_be(const struct handings *handings, int64_t at, uint16_t port, uint64_t script)
{
	return handings_may_be(handings,
	    &(struct handing){.uid = ALICE, .at = at, .port = port, .script = script});
}

/* What nobody saw may be of any script; what was seen is of that, or of one of those. */
static void
test_may_be(void **state)
{
	struct handings *handings = *state;
	assert_true(may_be(handings, NOON, 0, NEWS));
	add(handings, BOB, SHOP, NOON);
	assert_true(may_be(handings, NOON, 0, NEWS));
	add(handings, ALICE, NEWS, NOON);
	assert_true(may_be(handings, NOON + 4, 0, NEWS));
	assert_false(may_be(handings, NOON + 4, 0, SHOP));
	add(handings, ALICE, SHOP, NOON + 5);
	assert_true(may_be(handings, NOON + 7, 0, NEWS));
	assert_true(may_be(handings, NOON + 7, 0, SHOP));
	assert_false(may_be(handings, NOON + 7, 0, THIRD));
	/* A program that is none. */
	add(handings, ALICE, 0, NOON + 60000);
	assert_false(may_be(handings, NOON + 60004, 0, NEWS));
	struct handing call = {.uid = ALICE, .script = NEWS, .at = NOON, .port = 40000};
	handings_add(handings, &call);
	assert_true(may_be(handings, 0, 40000, NEWS));
	assert_false(may_be(handings, 0, 40000, SHOP));
	assert_true(may_be(handings, 0, 40001, SHOP));
}

static void
test_connections(void **state)
{
	struct handings *handings = *state;
	struct handing call = {
	    .uid = ALICE, .script = NEWS, .at = NOON, .port = 40000, .starter = STARTER_WEB};
	handings_add(handings, &call);
	/* One does not stand for the other. */
	assert_int_equal(find(handings, ALICE, NOON + 4), 0);
	struct handing found;
	assert_false(handings_find_port(handings, ALICE, 0, &found));
	assert_false(handings_find_port(handings, BOB, 40000, &found));
	assert_true(handings_find_port(handings, ALICE, 40000, &found));
	assert_int_equal(found.starter, STARTER_WEB);
	/* The number is given out again. */
	call.script = SHOP;
	call.at = NOON + 60000;
	handings_add(handings, &call);
	assert_true(handings_find_port(handings, ALICE, 40000, &found));
	assert_int_equal(found.script, SHOP);
}

/* Which of two scripts it was cannot be told; that a login started it can, if both were. */
static void
test_started_by(void **state)
{
	struct handings *handings = *state;
	struct handing handing = {
	    .uid = ALICE, .script = NEWS, .at = NOON, .starter = STARTER_LOGIN};
	struct handing found;
	handings_add(handings, &handing);
	handing.script = SHOP;
	handings_add(handings, &handing);
	assert_true(handings_find(handings, ALICE, NOON + 4, &found));
	assert_int_equal(found.script, 0);
	assert_int_equal(found.starter, STARTER_LOGIN);
	handing.starter = STARTER_WEB;
	handings_add(handings, &handing);
	assert_true(handings_find(handings, ALICE, NOON + 4, &found));
	assert_int_equal(found.starter, STARTER_UNKNOWN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_one, begin, end),
	    cmocka_unit_test_setup_teardown(test_several, begin, end),
	    cmocka_unit_test_setup_teardown(test_connections, begin, end),
	    cmocka_unit_test_setup_teardown(test_started_by, begin, end),
	    cmocka_unit_test_setup_teardown(test_long_after, begin, end),
	    cmocka_unit_test_setup_teardown(test_everybody, begin, end),
	    cmocka_unit_test_setup_teardown(test_may_be, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
