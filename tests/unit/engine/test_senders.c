/* SPDX-License-Identifier: Apache-2.0 */
/* Who sends spam, by what was heard of it, and who does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/sequential.h"
#include "base/str.h"
#include "engine/suspicion.h"
#include "senders_scene.h"

enum { RUNS = 500 };

static void
test_spam(void **state)
{
	struct scene *scene = *state;
	bool guilty = false;
	uint64_t mails = 0;
	while (!guilty && mails < 100) {
		uint64_t number = scene_send_mail(scene, SCRIPT, ++mails, 1);
		if (mails % 2)
			guilty = scene_hear(scene, number, 1, false);
	}
	assert_true(guilty);
	assert_in_range(mails, 9, 80);
	/* It is said once, and what was known is forgotten: it begins anew. */
	uint64_t again = scene_send_mail(scene, SCRIPT, 1000, 1);
	assert_false(scene_hear(scene, again, 1, false));
}

/* All bounces come after all mails, and one after another. */
static void
test_newsletter(void **state)
{
	struct scene *scene = *state;
	uint64_t first = scene->sent + 1;
	for (uint64_t reader = 1; reader <= 500; reader++)
		scene_send_mail(scene, SCRIPT, reader, 1);
	for (uint64_t reader = 0; reader < 500; reader += 50)
		assert_false(scene_hear(scene, first + reader, 1, false));
	/* The same, as one mail. */
	uint64_t at_once = scene_send_mail(scene, OTHER, 7777, 500);
	assert_false(scene_bounce(scene, at_once, 10));
	/* One complaint in five hundred. */
	assert_false(scene_hear(scene, at_once, 0, true));
}

/* A job that writes to a dead mailbox every night, and a form whose owner's is full of them. */
static void
test_dead_mailbox(void **state)
{
	struct scene *scene = *state;
	for (int night = 0; night < 1000; night++)
		assert_false(
		    scene_hear(scene, scene_send_mail(scene, SCRIPT, 42, 1), 1, false));
}

/* Who got one mail tells lies of it without end; who got none knows no reference. */
static void
test_lies(void **state)
{
	struct scene *scene = *state;
	uint64_t number = scene_send_mail(scene, SCRIPT, 1, 1);
	for (int i = 0; i < 1000; i++) {
		assert_false(scene_hear(scene, number, 4000000000, false));
		assert_false(scene_hear(scene, number, 0, true));
		assert_false(scene_hear(scene, 4242 + (uint64_t)i, 1, true));
	}
	/* What is handed on is told of twice, and counts once. */
	char reference[24];
	scene_name(number, reference);
	const struct sent again = {scene_script(OTHER), "x", reference, {9, 9, 1}};
	senders_sent(scene->senders, &again, 1);
	assert_false(scene_hear(scene, number, 1, false));
}

/* One of thirty says that none of them is there, and says it again; our own server is believed,
 * and so is one in a mail of his own. */
static void
test_lies_among(void **state)
{
	struct scene *scene = *state;
	uint64_t number = scene_send_circular(scene, 1, 30);
	for (int i = 0; i < 100; i++) {
		assert_false(scene_hear(scene, number, 30, false));
		assert_false(scene_hear(scene, number, 0, true));
	}
	assert_true(scene_bounce(scene, number, 30));
}

/* A club writes to a changing few: he is among those of each, and reports each. */
static void
test_lies_of_each(void **state)
{
	struct scene *scene = *state;
	for (uint64_t circular = 0; circular < 200; circular++) {
		uint64_t number =
		    scene_send_circular(scene, 100 + circular, 2 + (uint32_t)circular % 3);
		assert_false(scene_hear(scene, number, 2, false));
		assert_false(scene_hear(scene, number, 0, true));
	}
	/* To him alone, too. */
	uint64_t number = scene_send_mail(scene, SCRIPT, 1, 1);
	assert_false(scene_hear(scene, number, 1, false));
	assert_false(scene_hear(scene, number, 0, true));
	/* What our own server says of such mails counts as before: of each all whom it names.
	 */
	bool guilty = false;
	for (uint64_t circular = 0; circular < 128 && !guilty; circular++)
		guilty = scene_bounce(scene, scene_send_circular(scene, 1000 + circular, 5), 5);
	assert_true(guilty);
}

static void
test_complaints(void **state)
{
	struct scene *scene = *state;
	uint64_t first = scene->sent + 1;
	for (uint64_t reader = 1; reader <= 100; reader++)
		scene_send_mail(scene, SCRIPT, reader, 1);
	bool guilty = false;
	for (uint64_t reader = 0; reader < 10 && !guilty; reader++)
		guilty = scene_hear(scene, first + reader, 0, true);
	assert_true(guilty);
}

static uint64_t
chance(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* What a sender is like, in percent. */
struct habit {
	uint32_t dead;	  /* of his addresses */
	uint32_t refused; /* of his mails, by a filter */
	uint32_t friends; /* whom he wrote to yesterday, and all of whom are there */
};

static bool
happens(uint64_t *luck, uint32_t percent)
{
	return chance(luck) % 100 < percent;
}

static void
write_to_friends(struct scene *scene, uint32_t count)
{
	for (uint64_t friend = 0; friend < count; friend ++)
		scene_send_mail(scene, SCRIPT, 1000000 + friend, 1);
	scene->sent += (uint64_t)24 * 3600 * 1000; /* the clock, too */
}

/* Mails until such a sender is called one of spam; 0: he is not. */
static uint32_t
run(uint64_t *luck, uint32_t mails, struct habit habit)
{
	struct scene scene = {.senders = senders_new()};
	uint32_t found = 0;
	write_to_friends(&scene, habit.friends);
	for (uint32_t mail = 1; mail <= mails && !found; mail++) {
		uint64_t number = scene_send_mail(&scene, SCRIPT, mail, 1);
		bool guilty =
		    habit.refused && scene_rate(&scene, number, happens(luck, habit.refused));
		if (!guilty && happens(luck, habit.dead))
			guilty = scene_hear(&scene, number, 1, false);
		found = guilty ? mail : 0;
	}
	senders_free(scene.senders);
	return found;
}

static int
by_size(const void *one, const void *other)
{
	const uint32_t *a = one, *b = other;
	return *a < *b ? -1 : *a > *b;
}

/* Half of them are found after so many mails; 19 of 20 after *ret_late. */
static uint32_t
median(uint64_t *luck, struct habit habit, uint32_t *ret_late)
{
	uint32_t found[RUNS];
	for (int i = 0; i < RUNS; i++) {
		found[i] = run(luck, 400, habit);
		found[i] = found[i] ? found[i] : 401;
	}
	qsort(found, RUNS, sizeof(found[0]), by_size);
	*ret_late = found[RUNS * 19 / 20];
	return found[RUNS / 2];
}

static void
expect_found(struct habit habit, uint32_t most)
{
	uint64_t luck = 88172645463325252;
	uint32_t late, middle = median(&luck, habit, &late);
	printf("# %2u %% dead, %2u %% refused, %3u friends before: found after %u mails in the "
	       "median, %u in 19 of 20\n",
	    habit.dead, habit.refused, habit.friends, middle, late);
	assert_in_range(middle, 4, most);
}

static void
expect_left_alone(struct habit habit, uint32_t mails, uint32_t most)
{
	/* HAYWARD_RUNS=1000000 has what decision 46 says. */
	const char *wanted = getenv("HAYWARD_RUNS");
	uint32_t runs = wanted ? (uint32_t)strtoul(wanted, NULL, 10) : RUNS;
	uint64_t luck = 88172645463325252;
	uint32_t alarms = 0;
	for (uint32_t i = 0; i < runs; i++)
		alarms += run(&luck, mails, habit) > 0;
	printf("# %u mails, %2u %% dead, %2u %% refused: %u of %u found\n", mails, habit.dead,
	    habit.refused, alarms, runs);
	if (!wanted)
		assert_in_range(alarms, 0, most);
}

/* What the words of suspicion.c come to. */
static void
test_chances(void **state)
{
	(void)state;
	expect_found((struct habit){.dead = 50}, 70);
	expect_found((struct habit){.dead = 95}, 14);
	expect_found((struct habit){.refused = 50}, 14);
	expect_found((struct habit){.dead = 50, .refused = 50}, 11);
	expect_found((struct habit){.dead = 30, .refused = 50}, 14);
	/* The friends of whose mailbox was stolen do not speak for the thief. */
	expect_found((struct habit){.dead = 50, .friends = 60}, 70);
	expect_found((struct habit){.dead = 50, .refused = 50, .friends = 60}, 11);
}

static void
test_honest_chances(void **state)
{
	(void)state;
	expect_left_alone((struct habit){.dead = 2}, 500, 0);
	expect_left_alone((struct habit){.dead = 2, .refused = 2}, 500, 1);
	expect_left_alone((struct habit){.dead = 10, .refused = 1}, 500, 0);
	/* A club writes to its members once a year; a quarter of them have moved. */
	expect_left_alone((struct habit){.dead = 25}, 100, 3);
	expect_left_alone((struct habit){.dead = 25}, 500, 20);
}

/* ---- whom the mail server refuses ---- */

static bool
misses(struct scene *scene, uint64_t to, uint64_t domain)
{
	struct suspect suspect = {0};
	const struct sent sent = {
	    scene_script(SCRIPT), "/home/a/form.php", "", {to, domain, 1}};
	bool guilty = senders_refused(scene->senders, &sent, (int64_t)++scene->sent, &suspect);
	if (guilty)
		assert_non_null(strstr(str_text(&suspect.words), "do not exist"));
	suspect_done(&suspect);
	return guilty;
}

static void
send_at(struct scene *scene, uint64_t to, uint64_t domain)
{
	char reference[24];
	scene_name(++scene->sent, reference);
	const struct sent sent = {
	    scene_script(SCRIPT), "/home/a/form.php", reference, {to, domain, 1}};
	senders_sent(scene->senders, &sent, (int64_t)scene->sent);
}

/* Names at one domain, one in ten of which somebody has. */
static void
test_guesses(void **state)
{
	struct scene *scene = *state;
	bool guilty = false;
	uint64_t names = 0;
	while (!guilty && names < 40)
		if (++names % 10 == 1)
			send_at(scene, names, 5);
		else
			guilty = misses(scene, names, 5);
	printf("# guessed: found after %u names\n", (unsigned)names);
	assert_true(guilty);
	assert_in_range(names, 9, 30);
}

/* A person writes to five others for a year, and errs once a month; a program tries the same
 * wrong address again and again; one address was wrong and is right now. */
static void
test_typing_errors(void **state)
{
	struct scene *scene = *state;
	const uint64_t day = (uint64_t)24 * 3600 * 1000;
	for (uint64_t i = 0; i < 365; i++) {
		send_at(scene, 1 + i % 5, 1 + i % 5);
		if (i % 30 == 0) {
			assert_false(misses(scene, 1000 + i, 1 + i % 5));
			assert_false(misses(scene, 1000 + i, 1 + i % 5));
		}
		scene->sent += day;
	}
	for (int i = 0; i < 1000; i++)
		assert_false(misses(scene, 42, 42));
	for (uint64_t i = 0; i < 300; i++) {
		if (i % 2)
			send_at(scene, 50 + i, 50 + i);
		assert_false(misses(scene, 50 + i, 50 + i));
		send_at(scene, 50 + i, 50 + i);
	}
}

/* Of a partner's domain nobody is left, or so its server says: each that is written to there.
 */
static void
test_broken_domain(void **state)
{
	struct scene *scene = *state;
	for (uint64_t i = 0; i < 120; i++)
		assert_false(misses(scene, 100 + i, 5));
}

/* ---- what a filter says ---- */

/* The filter's word by itself, of senders of 500 mails each: 2 % is nobody's fault. */
static void
test_rated_by_chance(void **state)
{
	(void)state;
	/* HAYWARD_RUNS as above. */
	const char *wanted = getenv("HAYWARD_RUNS");
	uint32_t runs = wanted ? (uint32_t)strtoul(wanted, NULL, 10) : 100 * RUNS;
	const struct sequential_test test = suspicion_prepare().refused;
	uint64_t luck = 88172645463325252;
	uint32_t alarms = 0;
	for (uint32_t i = 0; i < runs; i++) {
		struct sequential_state one = {0};
		bool guilty = false;
		for (int mail = 0; mail < 500 && !guilty; mail++)
			guilty =
			    sequential_add(&test, &one, happens(&luck, 2)) == SEQUENTIAL_GUILTY;
		alarms += guilty;
	}
	printf(
	    "# 500 mails,  2 %% refused, by the filter alone: %u of %u found\n", alarms, runs);
	assert_in_range(alarms, 0, runs / 200000);
}

/* A job whose mail looks like spam writes to the same person every night; of one mail the
 * filter says so as often as anybody asks. */
static void
test_rated_once(void **state)
{
	struct scene *scene = *state;
	for (int night = 0; night < 1000; night++)
		assert_false(scene_rate(scene, scene_send_mail(scene, SCRIPT, 42, 1), true));
	uint64_t number = scene_send_mail(scene, SCRIPT, 43, 1);
	for (int i = 0; i < 100; i++)
		assert_false(scene_rate(scene, number, true));
	assert_false(scene_rate(scene, 4242, true));
}

static void
test_forgotten(void **state)
{
	struct scene *scene = *state;
	uint64_t numbers[20];
	for (uint64_t i = 0; i < 20; i++)
		numbers[i] = scene_send_mail(scene, SCRIPT, i + 1, 1);
	senders_forget(scene->senders, INT64_C(8) * 24 * 3600 * 1000);
	for (uint64_t i = 0; i < 20; i++)
		assert_false(scene_hear(scene, numbers[i], 1, false));
	/* Whoever has very many scripts makes room among his own: others are still known. */
	uint64_t first = scene->sent + 1;
	for (uint64_t i = 0; i < 20; i++)
		scene_send_mail(scene, SCRIPT, i + 1, 1);
	for (uint64_t i = 0; i < 9000; i++) {
		char reference[24];
		snprintf(reference, sizeof(reference), "HW-other-%llu", (unsigned long long)i);
		const struct sent sent = {
		    {KIND_SCRIPT, 61002, 1, i}, "x", reference, {i, i, 1}};
		senders_sent(scene->senders, &sent, 1000000);
	}
	bool guilty = false;
	for (uint64_t i = 0; i < 20 && !guilty; i++)
		guilty = scene_hear(scene, first + i, 1, false);
	assert_true(guilty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_spam, scene_begin, scene_end),
	    cmocka_unit_test_setup_teardown(test_newsletter, scene_begin, scene_end),
	    cmocka_unit_test_setup_teardown(test_dead_mailbox, scene_begin, scene_end),
	    cmocka_unit_test_setup_teardown(test_lies, scene_begin, scene_end),
	    cmocka_unit_test_setup_teardown(test_lies_among, scene_begin, scene_end),
	    cmocka_unit_test_setup_teardown(test_lies_of_each, scene_begin, scene_end),
	    cmocka_unit_test_setup_teardown(test_complaints, scene_begin, scene_end),
	    cmocka_unit_test(test_rated_by_chance),
	    cmocka_unit_test_setup_teardown(test_rated_once, scene_begin, scene_end),
	    cmocka_unit_test(test_chances),
	    cmocka_unit_test(test_honest_chances),
	    cmocka_unit_test_setup_teardown(test_guesses, scene_begin, scene_end),
	    cmocka_unit_test_setup_teardown(test_typing_errors, scene_begin, scene_end),
	    cmocka_unit_test_setup_teardown(test_broken_domain, scene_begin, scene_end),
	    cmocka_unit_test_setup_teardown(test_forgotten, scene_begin, scene_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
