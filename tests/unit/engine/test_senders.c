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
#include "engine/senders.h"
#include "engine/suspicion.h"

enum { SCRIPT = 7, OTHER = 8, RUNS = 500 };

struct scene {
	struct senders *senders;
	uint64_t sent; /* mails so far, all by their number */
};

static struct subject
script(uint64_t key)
{
	return (struct subject){KIND_SCRIPT, 61001, 1, key};
}

static void
name(uint64_t number, char reference[24])
{
	snprintf(reference, 24, "HW-%llu", (unsigned long long)number);
}

/* One mail to that many who are not written to otherwise; its number. */
static uint64_t
send_mail(struct scene *scene, uint64_t key, uint64_t to, uint32_t recipients)
{
	char reference[24];
	name(++scene->sent, reference);
	/* Each at a domain of his own. */
	const struct sent sent = {
	    script(key), "/home/a/form.php", reference, {to, to, recipients}};
	senders_sent(scene->senders, &sent, (int64_t)scene->sent);
	return scene->sent;
}

static bool
hear(struct scene *scene, uint64_t number, uint32_t unknown, bool complaint)
{
	char reference[24];
	struct suspect suspect = {0};
	name(number, reference);
	const struct heard heard = {unknown, complaint};
	bool guilty = senders_heard(scene->senders, reference, &heard, &suspect);
	if (guilty) {
		assert_int_equal(suspect.sender.key, SCRIPT);
		assert_string_equal(suspect.label, "/home/a/form.php");
		assert_non_null(strstr(
		    str_text(&suspect.words), complaint ? "complained" : "do not exist"));
	}
	suspect_done(&suspect);
	return guilty;
}

static int
begin(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	scene->senders = senders_new();
	*state = scene;
	return 0;
}

static int
end(void **state)
{
	struct scene *scene = *state;
	senders_free(scene->senders);
	free(scene);
	return 0;
}

static void
test_spam(void **state)
{
	struct scene *scene = *state;
	bool guilty = false;
	uint64_t mails = 0;
	while (!guilty && mails < 100) {
		uint64_t number = send_mail(scene, SCRIPT, ++mails, 1);
		if (mails % 2)
			guilty = hear(scene, number, 1, false);
	}
	assert_true(guilty);
	assert_in_range(mails, 9, 80);
	/* It is said once, and what was known is forgotten: it begins anew. */
	uint64_t again = send_mail(scene, SCRIPT, 1000, 1);
	assert_false(hear(scene, again, 1, false));
}

/* All bounces come after all mails, and one after another. */
static void
test_newsletter(void **state)
{
	struct scene *scene = *state;
	uint64_t first = scene->sent + 1;
	for (uint64_t reader = 1; reader <= 500; reader++)
		send_mail(scene, SCRIPT, reader, 1);
	for (uint64_t reader = 0; reader < 500; reader += 50)
		assert_false(hear(scene, first + reader, 1, false));
	/* The same, as one mail. */
	uint64_t at_once = send_mail(scene, OTHER, 7777, 500);
	assert_false(hear(scene, at_once, 10, false));
	/* One complaint in five hundred. */
	assert_false(hear(scene, at_once, 0, true));
}

/* A job that writes to a dead mailbox every night, and a form whose owner's is full of them. */
static void
test_dead_mailbox(void **state)
{
	struct scene *scene = *state;
	for (int night = 0; night < 1000; night++)
		assert_false(hear(scene, send_mail(scene, SCRIPT, 42, 1), 1, false));
}

/* Who got one mail tells lies of it without end; who got none knows no reference. */
static void
test_lies(void **state)
{
	struct scene *scene = *state;
	uint64_t number = send_mail(scene, SCRIPT, 1, 1);
	for (int i = 0; i < 1000; i++) {
		assert_false(hear(scene, number, 4000000000, false));
		assert_false(hear(scene, number, 0, true));
		assert_false(hear(scene, 4242 + (uint64_t)i, 1, true));
	}
	/* What is handed on is told of twice, and counts once. */
	char reference[24];
	name(number, reference);
	const struct sent again = {script(OTHER), "x", reference, {9, 9, 1}};
	senders_sent(scene->senders, &again, 1);
	assert_false(hear(scene, number, 1, false));
}

static void
test_complaints(void **state)
{
	struct scene *scene = *state;
	uint64_t first = scene->sent + 1;
	for (uint64_t reader = 1; reader <= 100; reader++)
		send_mail(scene, SCRIPT, reader, 1);
	bool guilty = false;
	for (uint64_t reader = 0; reader < 10 && !guilty; reader++)
		guilty = hear(scene, first + reader, 0, true);
	assert_true(guilty);
}

static bool
rate(struct scene *scene, uint64_t number, bool is_spam)
{
	char reference[24];
	struct suspect suspect = {0};
	name(number, reference);
	bool guilty = senders_rated(scene->senders, reference, is_spam, &suspect);
	if (guilty)
		assert_non_null(strstr(str_text(&suspect.words), "our filter refuses"));
	suspect_done(&suspect);
	return guilty;
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
		send_mail(scene, SCRIPT, 1000000 + friend, 1);
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
		uint64_t number = send_mail(&scene, SCRIPT, mail, 1);
		bool guilty =
		    habit.refused && rate(&scene, number, happens(luck, habit.refused));
		if (!guilty && happens(luck, habit.dead))
			guilty = hear(&scene, number, 1, false);
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
	const struct sent sent = {script(SCRIPT), "/home/a/form.php", "", {to, domain, 1}};
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
	name(++scene->sent, reference);
	const struct sent sent = {
	    script(SCRIPT), "/home/a/form.php", reference, {to, domain, 1}};
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
		assert_false(rate(scene, send_mail(scene, SCRIPT, 42, 1), true));
	uint64_t number = send_mail(scene, SCRIPT, 43, 1);
	for (int i = 0; i < 100; i++)
		assert_false(rate(scene, number, true));
	assert_false(rate(scene, 4242, true));
}

/* Over a restart, in the middle. */
static void
test_rated_kept(void **state)
{
	struct scene *scene = *state;
	for (uint64_t i = 1; i <= 4; i++)
		assert_false(rate(scene, send_mail(scene, SCRIPT, i, 1), true));
	auto_str bytes = {0};
	senders_encode(scene->senders, &bytes);
	senders_free(scene->senders);
	scene->senders = senders_new();
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	senders_decode(scene->senders, &reader, false, 1000);
	assert_int_equal(wire_end(&reader), 0);
	bool guilty = false;
	for (uint64_t i = 5; i <= 6 && !guilty; i++)
		guilty = rate(scene, send_mail(scene, SCRIPT, i, 1), true);
	assert_true(guilty);
}

static void
test_forgotten(void **state)
{
	struct scene *scene = *state;
	uint64_t numbers[20];
	for (uint64_t i = 0; i < 20; i++)
		numbers[i] = send_mail(scene, SCRIPT, i + 1, 1);
	senders_forget(scene->senders, INT64_C(8) * 24 * 3600 * 1000);
	for (uint64_t i = 0; i < 20; i++)
		assert_false(hear(scene, numbers[i], 1, false));
	/* Whoever has very many scripts makes room among his own: others are still known. */
	uint64_t first = scene->sent + 1;
	for (uint64_t i = 0; i < 20; i++)
		send_mail(scene, SCRIPT, i + 1, 1);
	for (uint64_t i = 0; i < 9000; i++) {
		char reference[24];
		snprintf(reference, sizeof(reference), "HW-other-%llu", (unsigned long long)i);
		const struct sent sent = {
		    {KIND_SCRIPT, 61002, 1, i}, "x", reference, {i, i, 1}};
		senders_sent(scene->senders, &sent, 1000000);
	}
	bool guilty = false;
	for (uint64_t i = 0; i < 20 && !guilty; i++)
		guilty = hear(scene, first + i, 1, false);
	assert_true(guilty);
}

/* What is known is known in the next life, and bytes that are none are nobody. */
static void
test_saved(void **state)
{
	struct scene *scene = *state;
	uint64_t first = scene->sent + 1;
	for (uint64_t i = 0; i < 300; i++)
		send_mail(scene, SCRIPT, i + 1, 1);
	for (uint64_t i = 172; i < 178; i++)
		hear(scene, first + i, 1, false);
	auto_str bytes = {0};
	senders_encode(scene->senders, &bytes);
	for (size_t length = 0; length < bytes.length; length += 7) {
		struct senders *cut = senders_new();
		struct wire_reader reader = wire_read(bytes.data, length);
		senders_decode(cut, &reader, false, 1000);
		assert_true(reader.failed);
		auto_str nothing = {0};
		senders_encode(cut, &nothing);
		assert_int_equal(nothing.length, 4);
		senders_free(cut);
	}
	senders_free(scene->senders);
	scene->senders = senders_new();
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	senders_decode(scene->senders, &reader, false, 1000);
	assert_int_equal(wire_end(&reader), 0);
	auto_str again = {0};
	senders_encode(scene->senders, &again);
	assert_int_equal(again.length, bytes.length);
	assert_memory_equal(again.data, bytes.data, bytes.length);
	assert_false(hear(scene, first, 1, false));
	bool guilty = false;
	for (uint64_t i = 178; i < 240 && !guilty; i++)
		guilty = hear(scene, first + i, 1, false);
	assert_true(guilty);
}

/* As version 10 of the checkpoint has it: one sender, and six contacts of his. */
static void
test_older(void **state)
{
	struct scene *scene = *state;
	struct subject subject = script(SCRIPT);
	auto_str bytes = {0};
	wire_put_u32(&bytes, 1);
	subject_encode(&subject, &bytes);
	wire_put_text(&bytes, "/home/a/form.php");
	wire_put_i64(&bytes, 900);
	wire_put_u32(&bytes, 4);
	wire_put_u32(&bytes, 6);
	wire_put_u32(&bytes, 6);
	for (uint64_t i = 1; i <= 6; i++) {
		wire_put_u64(&bytes, i);
		wire_put_u64(&bytes, 7000 + i);
		wire_put_u32(&bytes, 1);
		wire_put_u32(&bytes, i <= 4);
		wire_put_u8(&bytes, false);
		wire_put_u8(&bytes, true);
	}
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	senders_decode(scene->senders, &reader, true, 1000);
	assert_int_equal(wire_end(&reader), 0);
	bool guilty = false;
	for (uint64_t i = 10; i < 14 && !guilty; i++)
		guilty = rate(scene, send_mail(scene, SCRIPT, i, 1), true);
	assert_true(guilty);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_spam, begin, end),
	    cmocka_unit_test_setup_teardown(test_newsletter, begin, end),
	    cmocka_unit_test_setup_teardown(test_dead_mailbox, begin, end),
	    cmocka_unit_test_setup_teardown(test_lies, begin, end),
	    cmocka_unit_test_setup_teardown(test_complaints, begin, end),
	    cmocka_unit_test(test_rated_by_chance),
	    cmocka_unit_test_setup_teardown(test_rated_once, begin, end),
	    cmocka_unit_test_setup_teardown(test_rated_kept, begin, end),
	    cmocka_unit_test(test_chances),
	    cmocka_unit_test(test_honest_chances),
	    cmocka_unit_test_setup_teardown(test_guesses, begin, end),
	    cmocka_unit_test_setup_teardown(test_typing_errors, begin, end),
	    cmocka_unit_test_setup_teardown(test_broken_domain, begin, end),
	    cmocka_unit_test_setup_teardown(test_older, begin, end),
	    cmocka_unit_test_setup_teardown(test_forgotten, begin, end),
	    cmocka_unit_test_setup_teardown(test_saved, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
