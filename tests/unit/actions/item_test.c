/* SPDX-License-Identifier: Apache-2.0 */
/* The file of what a suspension has changed: round trip, truncated, hostile. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "actions/item.h"
#include "base/file.h"
#include "base/wire.h"

static char folder[64];
static int directory;

static int
begin(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/hayward-item-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return directory < 0;
}

static int
finish(void **state)
{
	(void)state;
	unlinkat(directory, "suspended.7", 0);
	unlinkat(directory, "suspended.7.broken", 0);
	close(directory);
	return rmdir(folder);
}

static void
save_example(void)
{
	struct suspensions suspensions = {0};
	struct suspension *one = suspensions_add(&suspensions, 7, 3, "alice");
	struct item crontab = {.way = "crontab",
	    .place = (char[]){"var/spool/cron/crontabs"},
	    .name = (char[]){"al\x1b[2Jice\n"},
	    .aside = (char[]){".hayward-alice"},
	    .inode = UINT64_MAX,
	    .uid = 61100,
	    .held = true,
	    .touched = true,
	    .again = 4};
	struct item login = {.way = "login"};
	assert_true(suspension_claim(one, 11, VERB_SUSPEND));
	assert_true(suspension_claim(one, 12, VERB_LOCK));
	assert_true(suspension_claim(one, 12, VERB_LOCK));
	assert_int_equal(one->claim_count, 2);
	assert_non_null(suspension_add(one, &crontab));
	assert_non_null(suspension_add(one, &login));
	assert_int_equal(suspension_save(one, directory), 0);
	suspensions_done(&suspensions);
}

static void
comes_back_as_it_was(void **state)
{
	(void)state;
	struct suspensions suspensions = {0};
	uint32_t broken = 9;
	save_example();
	assert_int_equal(suspensions_load(directory, &suspensions, &broken), 0);
	assert_int_equal(broken, 0);
	assert_int_equal(suspensions.count, 1);
	struct suspension *one = suspensions_find(&suspensions, 7);
	assert_non_null(one);
	assert_int_equal(one->generation, 3);
	assert_string_equal(one->login, "alice");
	assert_int_equal(one->claim_count, 2);
	assert_int_equal(one->claims[1].action, 12);
	assert_int_equal(one->claims[1].verb, VERB_LOCK);
	struct item *item =
	    suspension_find(one, "crontab", "var/spool/cron/crontabs", "al\x1b[2Jice\n");
	assert_non_null(item);
	assert_string_equal(item->aside, ".hayward-alice");
	assert_true(item->inode == UINT64_MAX && item->uid == 61100 && item->again == 4);
	assert_true(item->held && item->touched);
	assert_non_null(suspension_find(one, "login", "", ""));
	assert_int_equal(suspension_unclaim(one, 99, VERB_LOCK), 2);
	assert_int_equal(suspension_unclaim(one, 11, VERB_SUSPEND), 1);
	assert_int_equal(suspension_unclaim(one, 12, VERB_LOCK), 0);
	assert_int_equal(suspension_forget(one, directory), 0);
	assert_int_equal(suspension_forget(one, directory), 0);
	suspensions_done(&suspensions);
}

static void
expect_broken(const void *bytes, size_t length)
{
	struct suspensions suspensions = {0};
	uint32_t broken = 0;
	assert_int_equal(file_replace(directory, "suspended.7", 0600, bytes, length), 0);
	assert_int_equal(suspensions_load(directory, &suspensions, &broken), 0);
	assert_int_equal(broken, 1);
	assert_int_equal(suspensions.count, 0);
	assert_int_equal(faccessat(directory, "suspended.7", F_OK, 0), -1);
	assert_int_equal(faccessat(directory, "suspended.7.broken", F_OK, 0), 0);
	suspensions_done(&suspensions);
}

static void
cut_short_is_put_aside(void **state)
{
	(void)state;
	auto_str bytes = {0};
	save_example();
	assert_int_equal(file_read(directory, "suspended.7", 65536, &bytes), 0);
	for (size_t length = 0; length < bytes.length; length++)
		expect_broken(bytes.data, length);
	str_add_char(&bytes, 'x');
	expect_broken(bytes.data, bytes.length);
}

/* Every byte, turned to the values that lengths and enums fear; it must decode or be refused.
 */
static void
any_byte_may_be_wrong(void **state)
{
	(void)state;
	static const unsigned char values[] = {0, 1, 0x7f, 0x80, 0xff};
	auto_str bytes = {0};
	save_example();
	assert_int_equal(file_read(directory, "suspended.7", 65536, &bytes), 0);
	for (size_t i = 0; i < bytes.length; i++)
		for (size_t j = 0; j < array_length(values); j++) {
			struct suspensions suspensions = {0};
			uint32_t broken = 0;
			char before = bytes.data[i];
			bytes.data[i] = (char)values[j];
			assert_int_equal(file_replace(directory, "suspended.7", 0600,
					     bytes.data, bytes.length),
			    0);
			bytes.data[i] = before;
			assert_int_equal(suspensions_load(directory, &suspensions, &broken), 0);
			assert_true(suspensions.count + broken == 1);
			suspensions_done(&suspensions);
		}
}

static void
counts_are_bounded(void **state)
{
	(void)state;
	auto_str bytes = {0};
	wire_put_u32(&bytes, 1);
	wire_put_u32(&bytes, 7);
	wire_put_u32(&bytes, 1);
	wire_put_text(&bytes, "alice");
	wire_put_u32(&bytes, 17);
	for (int i = 0; i < 17 * 3; i++)
		wire_put_u32(&bytes, 0);
	wire_put_u32(&bytes, 0);
	expect_broken(bytes.data, bytes.length);
	struct suspensions suspensions = {0};
	struct suspension *one = suspensions_add(&suspensions, 7, 1, "alice");
	struct item item = {.way = "at"};
	for (int i = 0; i < MOST_ITEMS; i++)
		assert_non_null(suspension_add(one, &item));
	assert_null(suspension_add(one, &item));
	for (uint64_t i = 0; i < MOST_CLAIMS; i++)
		assert_true(suspension_claim(one, i, VERB_SUSPEND));
	assert_false(suspension_claim(one, 100, VERB_SUSPEND));
	suspensions_done(&suspensions);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(comes_back_as_it_was, begin, finish),
	    cmocka_unit_test_setup_teardown(cut_short_is_put_aside, begin, finish),
	    cmocka_unit_test_setup_teardown(any_byte_may_be_wrong, begin, finish),
	    cmocka_unit_test_setup_teardown(counts_are_bounded, begin, finish),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
