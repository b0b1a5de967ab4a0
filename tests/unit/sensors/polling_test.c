/* SPDX-License-Identifier: Apache-2.0 */
/* What is waiting that costs something, what is work, and how the first is said. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/deed.h"
#include "sensors/polling_choose.h"
#include "sensors/polling_judge.h"

enum { HALF = 500 /* ms */ };

#define MS UINT64_C(1000000)

static unsigned
row_of(const char *name)
{
	for (unsigned row = 0; row < polling_call_count(); row++)
		if (!strcmp(polling_call_name(row), name))
			return row;
	fail_msg("no call %s", name);
	return 0;
}

static struct polling_counts
in_vain(const char *name, uint32_t times)
{
	struct polling_counts counts = {0};
	counts.vain[row_of(name)] = times;
	return counts;
}

static void
test_suspects(void **state)
{
	(void)state;
	const struct polling_use spins = {.cpu_ns = 10000 * MS};
	const struct polling_use wakes = {.cpu_ns = 80 * MS, .wakes = 9900};
	const struct polling_use ticks = {.wakes = 9900, .calls = 9900, .bytes = 9900 * 8};
	const struct polling_use rereads = {
	    .cpu_ns = 300 * MS, .wakes = 9000, .calls = 18000, .bytes = 18000 * 30};
	const struct polling_use idle = {.cpu_ns = 30 * MS, .wakes = 300};
	const struct polling_use copies = {
	    .cpu_ns = 5000 * MS, .wakes = 9000, .calls = 90000, .bytes = UINT64_C(1) << 32};
	const struct polling_use serves = {
	    .cpu_ns = 900 * MS, .wakes = 9000, .calls = 9000, .bytes = 2000000};
	assert_true(polling_is_suspect(&spins, 10000));
	assert_true(polling_is_suspect(&wakes, 10000));
	assert_true(polling_is_suspect(&ticks, 10000));
	assert_true(polling_is_suspect(&rereads, 10000));
	assert_false(polling_is_suspect(&idle, 10000));
	assert_false(polling_is_suspect(&copies, 10000));
	assert_false(polling_is_suspect(&serves, 10000));
	assert_false(polling_is_suspect(&spins, 0));
}

static void
test_spins(void **state)
{
	(void)state;
	struct polling_counts asks = in_vain("recvfrom", 200000), wakes = in_vain("poll", 490);
	assert_true(polling_spins(&asks, 500 * MS, HALF));
	assert_true(polling_spins(&wakes, 4 * MS, HALF));
	/* A line for its log now and then is no work. */
	wakes.done = 4;
	wakes.bytes = 300;
	assert_true(polling_spins(&wakes, 4 * MS, HALF));
}

static void
test_work(void **state)
{
	(void)state;
	/* One that is given something every tenth time. */
	struct polling_counts serves = in_vain("epoll_wait", 2000);
	serves.done = 200;
	serves.bytes = 2000;
	assert_false(polling_spins(&serves, 50 * MS, HALF));
	/* Seldom, but much. */
	struct polling_counts copies = in_vain("nanosleep", 2000);
	copies.done = 5;
	copies.bytes = 5 << 20;
	assert_false(polling_spins(&copies, 50 * MS, HALF));
	/* Who computes and looks up between, a thousand times a second. */
	struct polling_counts computes = in_vain("select", 500);
	assert_false(polling_spins(&computes, 500 * MS, HALF));
	/* Fifty times a second costs nothing. */
	struct polling_counts calm = in_vain("poll", 25);
	assert_false(polling_spins(&calm, MS, HALF));
	/* Nothing at all but computing. */
	struct polling_counts silent = {0};
	assert_false(polling_spins(&silent, 500 * MS, HALF));
	assert_false(polling_spins(&silent, 0, 0));
}

static void
test_words(void **state)
{
	(void)state;
	auto_str text = {0};
	struct polling_counts counts = in_vain("clock_nanosleep", 492);
	polling_say(&counts, HALF, &text);
	assert_string_equal(str_text(&text),
	    "wakes from clock_nanosleep() about 1000 times a second and finds nothing: "
	    "wait in poll, epoll or inotify for what is to come");
	/* Who sleeps and looks is told of the looking. */
	counts.vain[row_of("newfstatat")] = 491;
	str_clear(&text);
	polling_say(&counts, HALF, &text);
	assert_string_equal(str_text(&text),
	    "calls newfstatat() about 1000 times a second and finds nothing: "
	    "inotify tells when a file changes");
	/* The same behaviour, the same words. */
	struct polling_counts more = in_vain("poll", 113), less = in_vain("poll", 96);
	auto_str one = {0}, other = {0};
	polling_say(&more, HALF, &one);
	polling_say(&less, HALF, &other);
	assert_string_equal(str_text(&one), str_text(&other));
}

static void
test_every_call(void **state)
{
	(void)state;
	for (unsigned row = 0; row < polling_call_count(); row++) {
		struct polling_call call = polling_call_at(row);
		auto_str text = {0};
		struct polling_counts counts = {0};
		counts.vain[row] = 4000000000U;
		polling_say(&counts, HALF, &text);
		assert_int_equal(call.row, row);
		assert_int_not_equal(call.class, POLLING_UNLISTED);
		assert_true(text.length < LONGEST_DEED);
	}
}

/* So many more of one uid; the later, the less they used. */
static size_t
add(struct polling_candidate *all, size_t count, uint32_t uid, bool spins, size_t more)
{
	for (size_t i = 0; i < more; i++)
		all[count + i] = (struct polling_candidate){
		    .uid = uid,
		    .spins = spins,
		    .heard = spins ? 7 : 0,
		    .cpu_ns = 100000 * MS - (count + i) * MS,
		};
	return count + more;
}

static size_t
chosen_of(const struct polling_candidate *all, size_t chosen, uint32_t uid, bool spins)
{
	size_t of = 0;
	for (size_t i = 0; i < chosen; i++)
		of += all[i].uid == uid && all[i].spins == spins;
	return of;
}

/* One account's spinners, known as they are, do not hide another's. */
static void
test_room_of_one(void **state)
{
	(void)state;
	struct polling_candidate all[200];
	size_t count = add(all, 0, 1, true, POLLING_MOST);
	count = add(all, count, 2, false, 1);
	size_t chosen = polling_choose(all, count);
	assert_int_equal(chosen, POLLING_MOST_OF_UID + 1);
	assert_int_equal(chosen_of(all, chosen, 2, false), 1);
	/* Nor those who are only suspect. */
	count = add(all, 0, 1, false, 100);
	count = add(all, count, 2, false, 3);
	chosen = polling_choose(all, count);
	assert_int_equal(chosen_of(all, chosen, 1, false), POLLING_MOST_OF_UID);
	assert_int_equal(chosen_of(all, chosen, 2, false), 3);
	/* His own that are not known yet do not hide behind those that are. */
	count = add(all, 0, 1, true, 50);
	count = add(all, count, 1, false, 50);
	chosen = polling_choose(all, count);
	assert_int_equal(chosen_of(all, chosen, 1, true), POLLING_MOST_OF_UID / 2);
	assert_int_equal(chosen_of(all, chosen, 1, false), POLLING_MOST_OF_UID / 2);
}

static void
test_room_of_known(void **state)
{
	(void)state;
	struct polling_candidate all[400];
	size_t count = 0, unknown = 0;
	for (uint32_t uid = 1; uid <= 20; uid++)
		count = add(all, count, uid, true, 8);
	for (uint32_t uid = 21; uid <= 40; uid++)
		count = add(all, count, uid, false, 8);
	size_t chosen = polling_choose(all, count);
	for (size_t i = 0; i < chosen; i++)
		unknown += !all[i].spins;
	assert_int_equal(chosen, POLLING_MOST);
	assert_int_equal(unknown, POLLING_MOST / 2);
	/* If there is nobody else they have it all. */
	count = add(all, 0, 1, true, 0);
	for (uint32_t uid = 1; uid <= 20; uid++)
		count = add(all, count, uid, true, 8);
	assert_int_equal(polling_choose(all, count), POLLING_MOST);
	assert_int_equal(polling_choose(all, 0), 0);
}

/* Of more that spin than can be heard each has its turn. */
static void
test_turns(void **state)
{
	(void)state;
	struct polling_candidate all[10];
	size_t count = add(all, 0, 1, true, 10);
	all[8].heard = all[9].heard = 5;
	uint64_t used = all[8].cpu_ns;
	assert_int_equal(polling_choose(all, count), POLLING_MOST_OF_UID);
	assert_int_equal(all[0].heard, 5);
	assert_int_equal(all[0].cpu_ns, used);
	assert_int_equal(all[1].heard, 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_suspects),
	    cmocka_unit_test(test_spins),
	    cmocka_unit_test(test_work),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_every_call),
	    cmocka_unit_test(test_room_of_one),
	    cmocka_unit_test(test_room_of_known),
	    cmocka_unit_test(test_turns),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
