/* SPDX-License-Identifier: Apache-2.0 */
/* Which script handed a mail in, by when: one, or nobody is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "flow/handings.h"

enum { ALICE = 61001, BOB = 61002, NEWS = 7, SHOP = 8 };

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
	*state = memory_new(1, sizeof(struct handings));
	return 0;
}

static int
end(void **state)
{
	free(*state);
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

/* A mail is asked about again and again while the scanner is away. */
static void
test_long_after(void **state)
{
	struct handings *handings = *state;
	add(handings, ALICE, NEWS, NOON);
	for (int i = 1; i < HANDINGS_KEPT; i++)
		add(handings, BOB, SHOP, NOON + 1000 * i);
	assert_int_equal(find(handings, ALICE, NOON + 2), NEWS);
	add(handings, BOB, SHOP, NOON + 1);
	assert_int_equal(find(handings, ALICE, NOON + 2), 0);
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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
