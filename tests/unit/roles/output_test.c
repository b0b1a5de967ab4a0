/* SPDX-License-Identifier: Apache-2.0 */
/* Files as a role's machine shall have them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "roles/output.h"

static void
test_files_keep_order_content_and_daemon(void **state)
{
	(void)state;
	struct output *output = output_new();
	str_add(output_file(output, DAEMON_APACHE, "/etc/%s", "one"), "first");
	str_add(output_secret(output, DAEMON_NONE, 33, "/etc/two"), "second");
	output_folder(output, 0711, 20001, 20001, "/home/%s", "alice");
	assert_int_equal(output_count(output), 3);
	const struct output_file *one = output_find(output, "/etc/one");
	assert_ptr_equal(one, output_at(output, 0));
	assert_string_equal(str_text(&one->content), "first");
	assert_int_equal(one->mode, S_IFREG | 0644);
	assert_int_equal(one->daemon, DAEMON_APACHE);
	assert_int_equal(output_at(output, 1)->mode, S_IFREG | 0640);
	assert_int_equal(output_at(output, 1)->gid, 33);
	assert_int_equal(output_at(output, 2)->mode, S_IFDIR | 0711);
	assert_int_equal(output_at(output, 2)->uid, 20001);
	assert_null(output_find(output, "/etc/three"));
	output_free(output);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_files_keep_order_content_and_daemon),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
