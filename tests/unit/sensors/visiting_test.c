/* SPDX-License-Identifier: Apache-2.0 */
/* Counting in 64 slots, held against exact counting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "sensors/visiting.h"

enum { MOST_CLIENTS = 4096, ALICE = 1001, BOB = 1002 };

static const struct account alice = {.id = ALICE, .generation = 3, .name = "alice"};

/* What was given last. */
struct given {
	size_t calls;
	size_t refuse_from; /* this call and all behind it */
	struct visits visits;
	char addresses[MOST_VISITORS][ADDRESS_TEXT];
	char paths[MOST_VISITORS][LONGEST_VISITED + 1];
};

static bool
keep(void *context, const struct visits *visits)
{
	struct given *given = context;
	if (++given->calls >= given->refuse_from)
		return false;
	given->visits = *visits;
	for (uint32_t i = 0; i < visits->visitor_count; i++) {
		snprintf(given->addresses[i], ADDRESS_TEXT, "%s", visits->visitors[i].address);
		snprintf(given->paths[i], LONGEST_VISITED + 1, "%s", visits->visitors[i].path);
	}
	return true;
}

static struct address
client_of(uint32_t number)
{
	const uint8_t bytes[] = {
	    10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
	return address_of_v4(bytes);
}

static void
ask(struct visiting *visiting, uint32_t client, const char *path, unsigned status)
{
	const struct access_line line = {.client = client_of(client),
	    .path = path,
	    .path_length = strlen(path),
	    .status = status};
	visiting_count(visiting, &alice, &line, true);
}

static void
test_few(void **state)
{
	(void)state;
	struct visiting *visiting = visiting_new(1000);
	struct given given = {.refuse_from = SIZE_MAX};
	const struct access_line own = {.client = client_of(9), .path = "", .status = 200};
	for (int i = 0; i < 5; i++)
		ask(visiting, 1, i % 2 ? "/other" : "/login.php", i % 2 ? 200 : 403);
	ask(visiting, 2, "/", 200);
	ask(visiting, 2, "/", 404);
	visiting_count(visiting, &alice, &own, false);
	visiting_take(visiting, 6000, 0, keep, &given);
	assert_int_equal(given.calls, 1);
	assert_int_equal(given.visits.account, ALICE);
	assert_int_equal(given.visits.generation, 3);
	assert_int_equal(given.visits.from, 1000);
	assert_int_equal(given.visits.until, 6000);
	assert_int_equal(given.visits.requests, 8);
	assert_int_equal(given.visits.visitor_count, 2);
	assert_string_equal(given.addresses[0], "10.0.0.1");
	assert_int_equal(given.visits.visitors[0].requests, 5);
	assert_int_equal(given.visits.visitors[0].refused, 3);
	assert_string_equal(given.paths[0], "/login.php");
	assert_int_equal(given.visits.visitors[1].requests, 2);
	assert_int_equal(given.visits.visitors[1].refused, 1);
	visiting_take(visiting, 11000, 0, keep, &given);
	assert_int_equal(given.calls, 1);
	ask(visiting, 1, "/", 200);
	visiting_take(visiting, 16000, 0, keep, &given);
	assert_int_equal(given.visits.from, 11000);
	visiting_free(visiting);
}

/* While nobody takes it, it is counted on, and the interval grows. */
static void
test_refused(void **state)
{
	(void)state;
	struct visiting *visiting = visiting_new(0);
	struct given given = {.refuse_from = 1};
	ask(visiting, 1, "/", 200);
	visiting_take(visiting, 5000, 0, keep, &given);
	ask(visiting, 1, "/", 200);
	given.refuse_from = SIZE_MAX;
	visiting_take(visiting, 10000, 0, keep, &given);
	assert_int_equal(given.visits.from, 0);
	assert_int_equal(given.visits.until, 10000);
	assert_int_equal(given.visits.visitors[0].requests, 2);
	visiting_free(visiting);
}

/* Who is in a hurry is told of before the others. */
static void
test_hurried(void **state)
{
	(void)state;
	const struct account bob = {.id = 8, .generation = 1};
	const struct access_line line = {.client = client_of(1), .path = "/", .path_length = 1, .status = 200};
	struct visiting *visiting = visiting_new(0);
	struct given given = {.refuse_from = SIZE_MAX};
	visiting_count(visiting, &bob, &line, true);
	for (int i = 0; i < 20; i++) {
		visiting_take(visiting, 1000, 20, keep, &given);
		assert_int_equal(given.calls, 0);
		ask(visiting, 1, "/", 200);
		ask(visiting, 2 + i, "/", 200);
	}
	visiting_take(visiting, 1000, 20, keep, &given);
	assert_int_equal(given.calls, 1);
	assert_int_equal(given.visits.account, ALICE);
	assert_int_equal(given.visits.requests, 40);
	visiting_take(visiting, 5000, 0, keep, &given);
	assert_int_equal(given.calls, 2);
	assert_int_equal(given.visits.account, 8);
	assert_int_equal(given.visits.from, 0);
	visiting_free(visiting);
}

static void
test_long_path(void **state)
{
	(void)state;
	struct visiting *visiting = visiting_new(0);
	struct given given = {.refuse_from = SIZE_MAX};
	char path[1000];
	memset(path, 'a', sizeof(path));
	path[sizeof(path) - 1] = '\0';
	ask(visiting, 1, path, 200);
	visiting_take(visiting, 1, 0, keep, &given);
	assert_int_equal(strlen(given.paths[0]), LONGEST_VISITED);
	auto_str bytes = {0};
	auto_arena struct arena *arena = arena_new();
	struct visits again;
	for (uint32_t i = 0; i < given.visits.visitor_count; i++) {
		given.visits.visitors[i].address = given.addresses[i];
		given.visits.visitors[i].path = given.paths[i];
	}
	visits_encode(&given.visits, &bytes);
	assert_int_equal(visits_decode(bytes.data, bytes.length, arena, &again), 0);
	visiting_free(visiting);
}

/* xorshift: the same numbers each time. */
static uint32_t
next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static uint32_t
number_of(const char *address)
{
	unsigned high, middle, low;
	assert_int_equal(sscanf(address, "10.%u.%u.%u", &high, &middle, &low), 3);
	return high << 16 | middle << 8 | low;
}

/* A few of `many` ask again and again, the others now and then. */
static void
against_exact(uint32_t seed, uint32_t many, uint32_t heavy, uint32_t requests)
{
	static uint32_t exact[MOST_CLIENTS], refused[MOST_CLIENTS];
	struct visiting *visiting = visiting_new(0);
	struct given given = {.refuse_from = SIZE_MAX};
	memset(exact, 0, sizeof(exact));
	memset(refused, 0, sizeof(refused));
	for (uint32_t i = 0; i < requests; i++) {
		uint32_t dice = next_random(&seed);
		uint32_t client = dice % 2 ? dice / 2 % heavy : dice / 2 % many;
		unsigned status = next_random(&seed) % 3 ? 200 : 404;
		ask(visiting, client, "/", status);
		exact[client]++;
		refused[client] += status == 404;
	}
	visiting_take(visiting, 1, 0, keep, &given);
	assert_int_equal(given.visits.requests, requests);
	uint32_t found = 0, last = UINT32_MAX;
	for (uint32_t i = 0; i < given.visits.visitor_count; i++) {
		const struct visitor *visitor = &given.visits.visitors[i];
		uint32_t client = number_of(given.addresses[i]);
		assert_true(visitor->requests <= exact[client]);
		assert_true(visitor->refused <= refused[client]);
		assert_true(visitor->refused <= visitor->requests);
		assert_true(visitor->requests <= last);
		last = visitor->requests;
		/* Who asked so much never lost the slot, so nearly all of it is told. */
		if (client < heavy && visitor->requests > exact[client] / 10 * 9)
			found++;
	}
	assert_int_equal(found, heavy);
	visiting_free(visiting);
}

static void
test_against_exact_counting(void **state)
{
	(void)state;
	for (uint32_t seed = 1; seed <= 20; seed++)
		against_exact(seed * 7919, 1 + seed * 200, 1 + seed % 8, 20000);
}

/* As many accounts as there are tables; the ones beyond are counted together. */
static void
test_many_accounts(void **state)
{
	(void)state;
	struct visiting *visiting = visiting_new(0);
	struct given given = {.refuse_from = SIZE_MAX};
	const struct access_line line = {.client = client_of(1), .path = "/", .path_length = 1};
	for (uint32_t i = 0; i <= MOST_TABLES; i++) {
		const struct account account = {.id = BOB + i};
		visiting_count(visiting, &account, &line, true);
	}
	visiting_take(visiting, 1, 0, keep, &given);
	assert_int_equal(given.calls, MOST_TABLES + 1);
	assert_int_equal(given.visits.account, BOB + MOST_TABLES);
	assert_int_equal(given.visits.requests, 1);
	assert_int_equal(given.visits.visitor_count, 0);
	ask(visiting, 1, "/", 200);
	visiting_take(visiting, 2, 0, keep, &given);
	assert_int_equal(given.visits.visitor_count, 1);
	visiting_free(visiting);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_few),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_hurried),
	    cmocka_unit_test(test_long_path),
	    cmocka_unit_test(test_against_exact_counting),
	    cmocka_unit_test(test_many_accounts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
