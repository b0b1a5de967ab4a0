/* SPDX-License-Identifier: Apache-2.0 */
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

#include "actions/hold.h"
#include "base/file.h"

static char folder[64];
static int directory;

static int
begin(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/hayward-hold-XXXXXX");
	if (!mkdtemp(folder))
		return -1;
	directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return directory < 0;
}

static int
finish(void **state)
{
	(void)state;
	unlinkat(directory, "holds", 0);
	close(directory);
	return rmdir(folder);
}

static void
fill(struct holds *holds)
{
	struct hierarchy cpu = {.controller = "cpu"}, unified = {.controller = ""};
	struct hold *hold = holds_add(holds, 1001, 3);
	hold->cpu = (struct limit){true, 1000, 77};
	origins_set(hold_origins(hold, &cpu), 0, "system.slice/apache2.service");
	origins_set(hold_origins(hold, &cpu), 1, "odd\x1bname\n");
	origins_set(hold_origins(hold, &unified), 0, "");
	holds_add(holds, 1002, 1)->memory = (struct limit){true, 500, 78};
}

static void
what_is_saved_is_loaded(void **state)
{
	(void)state;
	struct holds holds = {0}, loaded = {0};
	struct hierarchy cpu = {.controller = "cpu"};
	fill(&holds);
	assert_int_equal(holds_save(&holds, directory), 0);
	assert_int_equal(holds_load(directory, &loaded), 0);
	assert_int_equal(loaded.count, 2);
	struct hold *hold = holds_find(&loaded, 1001);
	assert_non_null(hold);
	assert_int_equal(hold->generation, 3);
	assert_true(hold->cpu.on && !hold->memory.on);
	assert_int_equal(hold->cpu.amount, 1000);
	struct origins *origins = hold_origins(hold, &cpu);
	assert_int_equal(origins->count, 2);
	assert_int_equal(origins_find(origins, "odd\x1bname\n"), 1);
	assert_int_equal(origins_find(origins, "elsewhere"), 2);
	holds_done(&holds);
	holds_done(&loaded);
}

static void
nothing_saved_is_nothing_held(void **state)
{
	(void)state;
	struct holds loaded = {0};
	assert_int_equal(holds_load(directory, &loaded), 0);
	assert_int_equal(loaded.count, 0);
}

/* Cut at every byte, and each byte changed: refused or read, never anything else. */
static void
a_broken_file_is_refused(void **state)
{
	(void)state;
	struct holds holds = {0}, loaded = {0};
	auto_str bytes = {0};
	fill(&holds);
	assert_int_equal(holds_save(&holds, directory), 0);
	assert_int_equal(file_read(directory, "holds", 65536, &bytes), 0);
	holds_done(&holds);
	for (size_t length = 0; length < bytes.length; length++) {
		assert_int_equal(file_replace(directory, "holds", 0600, bytes.data, length), 0);
		assert_int_equal(holds_load(directory, &loaded), -EBADMSG);
	}
	for (size_t at = 0; at < bytes.length; at++) {
		bytes.data[at] = (char)(bytes.data[at] ^ 0x55);
		assert_int_equal(
		    file_replace(directory, "holds", 0600, bytes.data, bytes.length), 0);
		int status = holds_load(directory, &loaded);
		assert_true(status == 0 || status == -EBADMSG);
		if (!status)
			holds_done(&loaded);
		bytes.data[at] = (char)(bytes.data[at] ^ 0x55);
	}
}

static void
a_number_is_given_anew(void **state)
{
	(void)state;
	struct holds holds = {0};
	struct hierarchy cpu = {.controller = "cpu"};
	struct origins *origins = hold_origins(holds_add(&holds, 1, 1), &cpu);
	origins_set(origins, 0, "a");
	origins_set(origins, 1, "b");
	origins_set(origins, 0, "c");
	assert_int_equal(origins->count, 2);
	assert_int_equal(origins_find(origins, "c"), 0);
	assert_int_equal(origins_find(origins, "a"), 2);
	holds_remove(&holds, holds_find(&holds, 1));
	assert_null(holds_find(&holds, 1));
	holds_done(&holds);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(what_is_saved_is_loaded, begin, finish),
	    cmocka_unit_test_setup_teardown(nothing_saved_is_nothing_held, begin, finish),
	    cmocka_unit_test_setup_teardown(a_broken_file_is_refused, begin, finish),
	    cmocka_unit_test(a_number_is_given_anew),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
