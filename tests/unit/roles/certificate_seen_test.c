/* SPDX-License-Identifier: Apache-2.0 */
/* A pair is looked at again when one of its files changed, or a day has passed; else not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/file.h"
#include "roles/certificate_seen.h"

static const int64_t hour = INT64_C(3600000);

struct place {
	char path[32];
	int folder;
	struct str file;
	int64_t now; /* late enough for files that are made now */
};

static void
put(const struct place *place, const char *name, const char *text)
{
	auto_fd int fd = openat(place->folder, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	auto_str bytes = {0};
	str_add(&bytes, text);
	assert_int_equal(file_write_all(fd, bytes.data, bytes.length), 0);
}

static int
set_up(void **state)
{
	static struct place place;
	place = (struct place){.path = "/tmp/hayward-seen.XXXXXX", .now = clock_wall() + hour};
	assert_non_null(mkdtemp(place.path));
	place.folder = open(place.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(mkdirat(place.folder, "given", 0700), 0);
	str_addf(&place.file, "%s/seen", place.path);
	put(&place, "a.example.pem", "one");
	put(&place, "a.example.key", "two");
	*state = &place;
	return 0;
}

static int
tear_down(void **state)
{
	struct place *place = *state;
	static const char *const names[] = {
	    "a.example.pem", "a.example.key", "given/a.example.pem", "seen", "other"};
	for (size_t i = 0; i < array_length(names); i++)
		(void)unlinkat(place->folder, names[i], 0);
	assert_int_equal(unlinkat(place->folder, "given", AT_REMOVEDIR), 0);
	close(place->folder);
	str_done(&place->file);
	return rmdir(place->path);
}

/* Whether it was seen; if not it is noted. */
static bool
ask(const struct place *place, int64_t now)
{
	struct certificate_seen *seen =
	    certificate_seen_new(str_text(&place->file), place->path, now);
	bool has = certificate_seen_has(seen, "a.example");
	if (!has)
		certificate_seen_note(seen);
	assert_int_equal(certificate_seen_write(seen), 0);
	certificate_seen_free(seen);
	return has;
}

static void
test_what_did_not_change_was_seen(void **state)
{
	struct place *place = *state;
	assert_false(ask(place, place->now));
	assert_true(ask(place, place->now));
	assert_true(ask(place, place->now + 23 * hour));
}

static void
test_a_day_later_it_is_looked_at_again(void **state)
{
	struct place *place = *state;
	assert_false(ask(place, place->now));
	assert_false(ask(place, place->now + 25 * hour));
	assert_true(ask(place, place->now + 26 * hour));
}

static void
test_a_clock_that_went_back_is_not_believed(void **state)
{
	struct place *place = *state;
	assert_false(ask(place, place->now + hour));
	assert_false(ask(place, place->now));
}

static void
test_a_change_of_any_file_is_one(void **state)
{
	struct place *place = *state;
	assert_false(ask(place, place->now));
	put(place, "a.example.key", "TWO");
	assert_false(ask(place, place->now));
	assert_true(ask(place, place->now));
	put(place, "given/a.example.pem", "three");
	assert_false(ask(place, place->now));
	assert_int_equal(unlinkat(place->folder, "given/a.example.pem", 0), 0);
	assert_false(ask(place, place->now));
	put(place, "other", "one");
	assert_int_equal(renameat(place->folder, "other", place->folder, "a.example.pem"), 0);
	assert_false(ask(place, place->now));
}

static void
test_what_changed_just_now_is_not_noted_yet(void **state)
{
	struct place *place = *state;
	int64_t just_now = place->now - hour;
	assert_false(ask(place, just_now));
	assert_false(ask(place, just_now));
}

static void
test_nonsense_remembers_nothing(void **state)
{
	struct place *place = *state;
	put(place, "seen", "a.example\na.example 1\n\n x\na.example zzz 1 2 3 4\n");
	assert_false(ask(place, place->now));
	assert_true(ask(place, place->now));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(test_what_did_not_change_was_seen),
	    TEST(test_a_day_later_it_is_looked_at_again),
	    TEST(test_a_clock_that_went_back_is_not_believed),
	    TEST(test_a_change_of_any_file_is_one),
	    TEST(test_what_changed_just_now_is_not_noted_yet),
	    TEST(test_nonsense_remembers_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
