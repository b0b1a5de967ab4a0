/* SPDX-License-Identifier: Apache-2.0 */
/* What came by a catch-all is told if it is of the same instant as the size of all. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "looking_stage.h"
#include "stored/doveadm.h"

enum { SLOW = 2000 };

static const char *const boxes[] = {"info@alice.example", NULL};
static const char *const more_boxes[] = {"info@alice.example", "made-up@alice.example", NULL};
static char alice[] = "alice.example", info[] = "info@alice.example";
static const struct catch_all catch_all = {alice, info};
static int64_t caught;
static int failure;

static int
answer(const char *const *words, const char *users, int milliseconds, json_t *rows)
{
	(void)words, (void)users, (void)milliseconds;
	stage_pass(SLOW);
	if (failure)
		return failure;
	json_array_append_new(
	    rows, json_pack("{ss sI}", "hdr.x-original-to", "made-up@alice.example",
		      "size.virtual", (json_int_t)caught));
	return 0;
}

/* What is told with a mailbox of that size; -1: nothing is. */
static int64_t
told(json_t *seen, const char *const *names, int64_t bytes, int64_t next)
{
	struct looking looking;
	stage_begin(&looking, names, seen, answer);
	looking.boxes[0]->bytes = bytes;
	looking.boxes[0]->next = next;
	catch_all_look(&looking, &catch_all);
	json_t *line = json_loads(str_text(looking.out), 0, NULL);
	int64_t value = line ? row_number(line, "bytes") : -1;
	json_decref(line);
	stage_end(&looking);
	return value;
}

static void
an_old_sum_is_not_told(void **state)
{
	(void)state;
	json_t *seen = json_object();
	caught = 900;
	assert_int_equal(told(seen, boxes, 1000, 5), 900);
	/* Her owner tidies up: until it is summed up anew nothing is said of it. */
	caught = 0;
	assert_int_equal(told(seen, boxes, 100, 5), -1);
	assert_int_equal(stage_asked(), 0);
	stage_pass(SLOW * 1000 + 1000);
	assert_int_equal(told(seen, boxes, 100, 5), 0);
	json_decref(seen);
}

static void
what_has_not_changed_is_told_again(void **state)
{
	(void)state;
	json_t *seen = json_object();
	caught = 900;
	assert_int_equal(told(seen, boxes, 1000, 5), 900);
	assert_int_equal(told(seen, boxes, 1000, 5), 900);
	assert_int_equal(stage_asked(), 0);
	/* As large as before, but something came. */
	assert_int_equal(told(seen, boxes, 1000, 6), -1);
	/* The address has become somebody's. */
	assert_int_equal(told(seen, more_boxes, 1000, 5), -1);
	stage_pass(SLOW * 1000 + 1000);
	assert_int_equal(told(seen, more_boxes, 1000, 5), 0);
	json_decref(seen);
}

static void
a_failure_takes_its_time(void **state)
{
	(void)state;
	json_t *seen = json_object();
	caught = 900;
	failure = -EIO;
	assert_int_equal(told(seen, boxes, 1000, 5), -1);
	failure = 0;
	assert_int_equal(told(seen, boxes, 1000, 5), -1);
	assert_int_equal(stage_asked(), 0);
	stage_pass(SLOW * 1000 + 1000);
	assert_int_equal(told(seen, boxes, 1000, 5), 900);
	json_decref(seen);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_old_sum_is_not_told),
	    cmocka_unit_test(what_has_not_changed_is_told_again),
	    cmocka_unit_test(a_failure_takes_its_time),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
