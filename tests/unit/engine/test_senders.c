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

#include "base/str.h"
#include "engine/senders.h"

enum { SCRIPT = 7, OTHER = 8, RUNS = 2000 };

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
	const struct sent sent = {script(key), "/home/a/form.php", reference, to, recipients};
	senders_sent(scene->senders, &sent, (int64_t)scene->sent);
	return scene->sent;
}

static bool
hear(struct scene *scene, uint64_t number, uint32_t unknown, bool complaint)
{
	char reference[24];
	char *label = NULL;
	struct subject who;
	auto_str words = {0};
	name(number, reference);
	const struct heard heard = {unknown, complaint};
	bool guilty = senders_heard(scene->senders, reference, &heard, &who, &label, &words);
	if (guilty) {
		assert_int_equal(who.key, SCRIPT);
		assert_string_equal(label, "/home/a/form.php");
		assert_non_null(
		    strstr(str_text(&words), complaint ? "complained" : "do not exist"));
	}
	free(label);
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
	while (!guilty && mails < 60) {
		uint64_t number = send_mail(scene, SCRIPT, ++mails, 1);
		if (mails % 2)
			guilty = hear(scene, number, 1, false);
	}
	assert_true(guilty);
	assert_in_range(mails, 9, 40);
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

/* A club writes to its members once a year; a quarter of them have moved. */
static void
test_old_list(void **state)
{
	struct scene *scene = *state;
	uint64_t first = scene->sent + 1;
	for (uint64_t member = 1; member <= 100; member++)
		send_mail(scene, SCRIPT, member, 1);
	for (uint64_t member = 0; member < 100; member += 4)
		assert_false(hear(scene, first + member, 1, false));
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
	const struct sent again = {script(OTHER), "x", reference, 9, 1};
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

static uint64_t
chance(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Mails until a sender with that share of dead addresses is called one of spam; 0: he is not.
 */
static uint32_t
run(uint64_t *luck, uint32_t mails, uint32_t percent)
{
	struct scene scene = {.senders = senders_new()};
	uint32_t found = 0;
	for (uint32_t mail = 1; mail <= mails && !found; mail++) {
		uint64_t number = send_mail(&scene, SCRIPT, mail, 1);
		if (chance(luck) % 100 < percent && hear(&scene, number, 1, false))
			found = mail;
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

/* What the words of senders.h come to. */
static void
test_chances(void **state)
{
	(void)state;
	uint64_t luck = 88172645463325252;
	uint32_t found[RUNS];
	uint32_t alarms = 0;
	for (int i = 0; i < RUNS; i++)
		found[i] = run(&luck, 200, 50);
	qsort(found, RUNS, sizeof(found[0]), by_size);
	for (int i = 0; i < RUNS; i++)
		alarms += run(&luck, 500, 2) > 0;
	printf(
	    "# half dead: found after %u mails in the median, %u at most; 500 mails with 2 %%: "
	    "%u of %d found\n",
	    found[RUNS / 2], found[RUNS - 1], alarms, RUNS);
	assert_in_range(found[0], 9, 200);
	assert_in_range(found[RUNS / 2], 9, 40);
	assert_int_equal(alarms, 0);
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
		const struct sent sent = {{KIND_SCRIPT, 61002, 1, i}, "x", reference, i, 1};
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
		senders_decode(cut, &reader, 1000);
		assert_true(reader.failed);
		auto_str nothing = {0};
		senders_encode(cut, &nothing);
		assert_int_equal(nothing.length, 4);
		senders_free(cut);
	}
	senders_free(scene->senders);
	scene->senders = senders_new();
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	senders_decode(scene->senders, &reader, 1000);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_spam, begin, end),
	    cmocka_unit_test_setup_teardown(test_newsletter, begin, end),
	    cmocka_unit_test_setup_teardown(test_old_list, begin, end),
	    cmocka_unit_test_setup_teardown(test_dead_mailbox, begin, end),
	    cmocka_unit_test_setup_teardown(test_lies, begin, end),
	    cmocka_unit_test_setup_teardown(test_complaints, begin, end),
	    cmocka_unit_test(test_chances),
	    cmocka_unit_test_setup_teardown(test_forgotten, begin, end),
	    cmocka_unit_test_setup_teardown(test_saved, begin, end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
