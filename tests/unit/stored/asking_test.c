/* SPDX-License-Identifier: Apache-2.0 */
/* One mailbox keeps Dovecot from answering: all others are told, and it is found. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "looking_stage.h"
#include "stored/doveadm.h"

enum { MOST = 500 };

static char texts[MOST][32];
static const char *names[MOST + 1];
static const char *const words[] = {"fetch", "size subject", NULL};
static const char *const fewer[] = {"fetch", "size", NULL};
static const struct looking_question question = {words, fewer};

/* So many mailboxes, of which those from first on are so called. */
static void
name_them(size_t count, size_t first, size_t hard, const char *kind)
{
	for (size_t i = 0; i < count; i++) {
		bool is_hard = i >= first && i < first + hard;
		snprintf(
		    texts[i], sizeof(texts[i]), "%s%zu@a.example", is_hard ? kind : "box", i);
		names[i] = texts[i];
	}
	names[count] = NULL;
}

static void
add_rows(const char *users, json_t *rows)
{
	size_t length;
	for (const char *line; (line = text_next_line(&users, &length));)
		if (length)
			json_array_append_new(rows, json_stringn(line, length));
}

static int
answer(const char *const *asked, const char *users, int milliseconds, json_t *rows)
{
	if (strstr(users, "hangs") || strstr(users, "away")) {
		stage_pass(milliseconds);
		return -ETIMEDOUT;
	}
	if (strstr(users, "crashes"))
		return -EIO;
	if (strstr(users, "talks") && stage_has_word(asked, "subject"))
		return -EFBIG;
	add_rows(users, rows);
	return 0;
}

static int
answer_all(const char *const *asked, const char *users, int milliseconds, json_t *rows)
{
	(void)asked, (void)milliseconds;
	add_rows(users, rows);
	return 0;
}

/* One look of two questions; gives how many were told by the second. */
static size_t
look(struct looking *looking, json_t *seen, stage_answers *answers)
{
	json_t *rows = NULL;
	stage_begin(looking, names, seen, answers);
	looking_begin(looking);
	assert_int_equal(looking_ask(looking, &question, &rows), 0);
	json_decref(rows);
	assert_int_equal(looking_ask(looking, &question, &rows), 0);
	size_t count = json_array_size(rows);
	json_decref(rows);
	looking_end(looking);
	return count;
}

static size_t
count_of(const struct looking *looking, bool (*is_so)(const struct looked_at *box))
{
	size_t count = 0;
	for (size_t i = 0; i < looking->box_count; i++)
		count += is_so(looking->boxes[i]);
	return count;
}

static bool
is_cut(const struct looked_at *box)
{
	return box->is_cut;
}

static bool
is_news(const struct looked_at *box)
{
	return box->is_news;
}

static void
all_are_told_for_one_question(void **state)
{
	(void)state;
	json_t *seen = json_object();
	struct looking looking;
	name_them(MOST, 0, 0, "");
	assert_int_equal(look(&looking, seen, answer), MOST);
	assert_int_equal(stage_asked(), 2);
	assert_int_equal(count_of(&looking, is_cut), 0);
	stage_end(&looking);
	json_decref(seen);
}

static void
found_and_asked_alone(const char *kind)
{
	json_t *seen = json_object();
	struct looking looking;
	name_them(MOST, 333, 1, kind);
	assert_int_equal(look(&looking, seen, answer), MOST - 1);
	assert_int_equal(count_of(&looking, is_cut), 1);
	assert_int_equal(count_of(&looking, is_news), 1);
	assert_true(looking.boxes[333]->is_cut);
	stage_end(&looking);
	/* The next time nobody waits for it, and it is no news. */
	assert_int_equal(look(&looking, seen, answer), MOST - 1);
	assert_int_equal(stage_asked(), 3);
	assert_true(looking.boxes[333]->is_cut);
	assert_int_equal(count_of(&looking, is_news), 0);
	stage_end(&looking);
	/* When it is well it is asked about alone once more. */
	assert_int_equal(look(&looking, seen, answer_all), MOST);
	assert_int_equal(stage_asked(), 4);
	assert_int_equal(count_of(&looking, is_cut), 0);
	stage_end(&looking);
	assert_int_equal(look(&looking, seen, answer_all), MOST);
	assert_int_equal(stage_asked(), 2);
	stage_end(&looking);
	json_decref(seen);
}

static void
one_that_hangs(void **state)
{
	(void)state;
	found_and_asked_alone("hangs");
}

static void
one_that_crashes_dovecot(void **state)
{
	(void)state;
	found_and_asked_alone("crashes");
}

/* Of long subjects nothing is lost but they. */
static void
one_that_talks_too_much(void **state)
{
	(void)state;
	json_t *seen = json_object();
	struct looking looking;
	name_them(MOST, 7, 1, "talks");
	for (int times = 0; times < 2; times++) {
		assert_int_equal(look(&looking, seen, answer), MOST);
		assert_int_equal(count_of(&looking, is_cut), 0);
		assert_int_equal(count_of(&looking, is_news), 0);
		stage_end(&looking);
	}
	assert_int_equal(stage_asked(), 6);
	json_decref(seen);
}

/* Somebody has forty of them: whom a look had no time to tell apart the next ones tell, and all
 * that time nobody waits for longer than a look takes. */
static void
many_that_hang(void **state)
{
	(void)state;
	json_t *seen = json_object();
	struct looking looking;
	size_t told = 0;
	name_them(MOST, 100, 40, "hangs");
	for (int times = 0; times < 12 && told < MOST - 40; times++) {
		told = look(&looking, seen, answer);
		assert_true(told > MOST / 2);
		stage_end(&looking);
	}
	assert_int_equal(told, MOST - 40);
	/* When they are well all are told at once. */
	assert_int_equal(look(&looking, seen, answer_all), MOST);
	stage_end(&looking);
	json_decref(seen);
}

static void
where_nobody_answers_nobody_is_blamed(void **state)
{
	(void)state;
	json_t *seen = json_object(), *rows = NULL;
	struct looking looking;
	name_them(MOST, 0, MOST, "away");
	stage_begin(&looking, names, seen, answer);
	looking_begin(&looking);
	assert_int_equal(looking_ask(&looking, &question, &rows), -ETIMEDOUT);
	assert_int_equal(json_object_size(json_object_get(seen, "alone")), 0);
	stage_end(&looking);
	json_decref(seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_are_told_for_one_question),
	    cmocka_unit_test(one_that_hangs),
	    cmocka_unit_test(one_that_crashes_dovecot),
	    cmocka_unit_test(one_that_talks_too_much),
	    cmocka_unit_test(many_that_hang),
	    cmocka_unit_test(where_nobody_answers_nobody_is_blamed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
