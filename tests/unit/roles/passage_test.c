/* SPDX-License-Identifier: Apache-2.0 */
/* A group goes through a folder that it may not list; everybody else has what the modes say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "roles/passage.h"

enum { A_GROUP = 61990, ANOTHER = 61991 };

static void
test_passage(void **state)
{
	(void)state;
	char path[] = "/tmp/hayward-passage.XXXXXX";
	struct stat facts;
	assert_non_null(mkdtemp(path));
	auto_fd int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_int_equal(fchmod(folder, 0750), 0);
	if (passage_open(folder, 0750, A_GROUP) == -EOPNOTSUPP) {
		rmdir(path);
		skip(); /* this filesystem keeps no access lists */
	}
	assert_true(passage_is_open(path, A_GROUP));
	assert_false(passage_is_open(path, ANOTHER));
	assert_int_equal(fstat(folder, &facts), 0);
	assert_int_equal(facts.st_mode & 07777, 0750);
	/* Another takes its place. */
	assert_int_equal(passage_open(folder, 0750, ANOTHER), 0);
	assert_false(passage_is_open(path, A_GROUP));
	assert_int_equal(rmdir(path), 0);
	assert_false(passage_is_open(path, ANOTHER));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_passage),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
