/* SPDX-License-Identifier: Apache-2.0 */
/* What is a fork bomb and what is work; who hands on to a shell; how the signs of an attack are
 * told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/tables.h"
#include "sensors/attack_words.h"
#include "sensors/bomb.h"
#include "sensors/relay.h"

#define SECOND 1000000000ULL

/* So many forks within the time, of which `kept` in a hundred live on; whether it was a bomb.
 */
static int
forks(struct bomb *bomb, unsigned count, __u64 within, unsigned kept)
{
	int is_one = 0;
	unsigned from = 3;
	for (unsigned i = 0; i < count; i++) {
		unsigned living = from + (i + 1) * kept / 100;
		bomb_fork(bomb, SECOND + i * within / count, living);
		is_one |= bomb_is_one(bomb, living);
	}
	return is_one;
}

static void
test_bombs(void **state)
{
	(void)state;
	struct bomb deep = {0}, litter = {0};
	bomb_fork(&deep, SECOND, 3);
	deep.deepest = 9;
	assert_true(forks(&deep, 300, SECOND, 100));
	assert_true(forks(&litter, 1400, 5 * SECOND, 100));
}

static void
test_work(void **state)
{
	(void)state;
	/* A build: many forks, few alive, never deep. */
	struct bomb build = {0};
	assert_false(forks(&build, 5000, 5 * SECOND, 2));
	/* A server's five hundred children at once. */
	struct bomb server = {0};
	assert_false(forks(&server, 500, SECOND, 100));
	/* `make -j`: a thousand at once, each of which becomes a compiler. */
	struct bomb parallel = {0};
	bomb_fork(&parallel, SECOND, 3);
	parallel.execs = 2000;
	assert_false(forks(&parallel, 2000, 5 * SECOND, 100));
	/* A thousand over a minute. */
	struct bomb slow = {0};
	assert_false(forks(&slow, 1400, 60 * SECOND, 100));
	/* Threads are no forks. */
	struct bomb threads = {0};
	bomb_fork(&threads, SECOND, 3);
	threads.deepest = 9;
	assert_int_equal(bomb_is_one(&threads, 3000), 0);
	/* Fewer than at the beginning: no difference below zero. */
	assert_int_equal(bomb_is_one(&threads, 1), 0);
}

/* Whether it is a relay after the readings, pairs of what was taken and what was read, up to a
 * zero of both. */
static int
relays(const __u32 readings[][2])
{
	struct relay relay = {0};
	int is_one = 0;
	for (size_t i = 0; readings[i][0] || readings[i][1]; i++)
		is_one = relay_is_one(&relay, 1, readings[i][0], readings[i][1]);
	return is_one;
}

static void
test_relays(void **state)
{
	(void)state;
	/* It starts, has its prompt shown, and is told two things. */
	assert_true(relays((const __u32[][2]){
	    {0, 100}, {0, 4000}, {3, 4000}, {3, 4003}, {12, 4003}, {12, 4012}, {0, 0}}));
	/* The counters begin anywhere, and run over. */
	assert_true(
	    relays((const __u32[][2]){{0xfffffffe, 9}, {1, 12}, {1, 12}, {7, 18}, {0, 0}}));
	/* It was told something before it had read its own files. */
	assert_true(relays(
	    (const __u32[][2]){{3, 10}, {3, 4003}, {6, 4003}, {6, 4006}, {10, 4010}, {0, 0}}));
}

static void
test_no_relays(void **state)
{
	(void)state;
	/* Once may be chance. */
	assert_false(relays((const __u32[][2]){{0, 50}, {9, 59}, {0, 0}}));
	/* What came had other words around it. */
	assert_false(relays((const __u32[][2]){
	    {0, 50}, {300, 80}, {600, 110}, {900, 140}, {1200, 170}, {0, 0}}));
	/* Somebody types while others chat. */
	assert_false(relays((const __u32[][2]){
	    {0, 50}, {20, 55}, {20, 70}, {45, 74}, {61, 90}, {80, 95}, {99, 114}, {0, 0}}));
	/* It reads, and nothing comes. */
	assert_false(relays((const __u32[][2]){{5, 50}, {5, 60}, {5, 70}, {0, 0}}));
	/* The next shell has nothing to do with the one before. */
	struct relay relay = {0};
	relay_is_one(&relay, 1, 0, 0);
	relay_is_one(&relay, 1, 9, 9);
	relay_is_one(&relay, 2, 9, 9);
	assert_false(relay_is_one(&relay, 2, 18, 18));
}

static void
test_words(void **state)
{
	(void)state;
	struct attack_event event = {.sign = ATTACK_REMOTE,
	    .family = 2,
	    .port = __builtin_bswap16(4444),
	    .address = {192, 0, 2, 9},
	    .program = "dash"};
	auto_str text = {0}, name = {0};
	assert_true(attack_is_event(&event, sizeof(event)));
	attack_say(&event, &text);
	assert_string_equal(
	    str_text(&text), "gave dash over a connection of its own to 192.0.2.9:4444");
	event.sign = ATTACK_RELAYED;
	memcpy(event.between, "nc", 3);
	str_clear(&text);
	attack_say(&event, &text);
	assert_string_equal(str_text(&text),
	    "gave dash, by way of nc, over a connection of its own to 192.0.2.9:4444");
	event.sign = ATTACK_SERVED;
	str_clear(&text);
	attack_say(&event, &text);
	assert_string_equal(str_text(&text), "gave dash over a connection with 192.0.2.9:4444");
	measure_value_add(&name, MEASURE_PROCESS_ATTACK, attack_value(&event));
	assert_string_equal(str_text(&name), "reverse-shell");
	event.sign = ATTACK_SIGNS;
	assert_false(attack_is_event(&event, sizeof(event)));
	event.sign = ATTACK_RELAYED;
	memset(event.between, 'x', sizeof(event.between));
	assert_false(attack_is_event(&event, sizeof(event)));
	memset(event.between, 0, sizeof(event.between));
	event.sign = ATTACK_BOMB;
	memset(event.program, 'x', sizeof(event.program));
	assert_false(attack_is_event(&event, sizeof(event)));
	assert_false(attack_is_event(&event, sizeof(event) - 1));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_bombs),
	    cmocka_unit_test(test_work),
	    cmocka_unit_test(test_relays),
	    cmocka_unit_test(test_no_relays),
	    cmocka_unit_test(test_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
