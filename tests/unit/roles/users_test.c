/* SPDX-License-Identifier: Apache-2.0 */
/* The files of users, as each role has them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "roles/users.h"

static struct book_account accounts[] = {
    {.name = "alice", .uid = 20001, .shell_password = "$6$a$bc", .standing = STANDING_OPEN},
    {.name = "bob", .uid = 20002, .shell_password = "$6$b$cd", .standing = STANDING_SUSPENDED},
    {.name = "carol",
	.uid = 20003,
	.shell_password = "$6$c$de",
	.standing = STANDING_CANCELLED},
    {.name = "dave", .uid = 20004, .shell_password = "", .standing = STANDING_OPEN},
    {.name = "eve",
	.uid = 20005,
	.shell_password = "x:0:0:::\nroot::1",
	.standing = STANDING_OPEN},
    {.name = "mallory:x:0:0::/:/bin/sh\nroot", .uid = 20006, .shell_password = "$6$m"},
    {.name = "../../etc", .uid = 20007, .shell_password = "$6$m"},
    {.name = "frank", .uid = 0, .shell_password = "$6$f"},
    {.name = "grace", .uid = 60000, .shell_password = "$6$g"},
    {.name = "-n", .uid = 20008, .shell_password = "$6$n"},
};

static struct view
view_of(enum role role)
{
	return (struct view){.role = role,
	    .site = {.homes = "/home", .uid_first = 20000, .uid_last = 59999},
	    .book = {.account_count = array_length(accounts), .accounts = accounts}};
}

static const char *
file_of(const struct output *output, const char *path)
{
	const struct output_file *file = output_find(output, path);
	assert_non_null(file);
	return str_text(&file->content);
}

static void
test_the_shell_server_lets_customers_in(void **state)
{
	(void)state;
	struct output *output = output_new();
	struct view view = view_of(ROLE_SHELL);
	users_render(&view, output);
	assert_string_equal(file_of(output, "/var/lib/extrausers/passwd"),
	    "alice:x:20001:20001::/home/alice:/bin/bash\n"
	    "bob:x:20002:20002::/home/bob:/bin/bash\n"
	    "carol:x:20003:20003::/home/carol:/usr/sbin/nologin\n"
	    "dave:x:20004:20004::/home/dave:/bin/bash\n"
	    "eve:x:20005:20005::/home/eve:/bin/bash\n");
	assert_string_equal(file_of(output, "/var/lib/extrausers/shadow"),
	    "alice:$6$a$bc:19000:0:99999:7:::\n"
	    "bob:$6$b$cd:19000:0:99999:7:::\n"
	    "carol:*:19000:0:99999:7:::\n"
	    "dave:*:19000:0:99999:7:::\n"
	    "eve:*:19000:0:99999:7:::\n");
	assert_string_equal(file_of(output, "/var/lib/extrausers/group"),
	    "hayward-no-login:x:19999:bob,carol\n"
	    "hayward-no-upload:x:19998:bob,carol\n"
	    "hayward-cancelled:x:19997:carol\n"
	    "alice:x:20001:\nbob:x:20002:\ncarol:x:20003:\ndave:x:20004:\neve:x:20005:\n");
	const struct output_file *shadow = output_find(output, "/var/lib/extrausers/shadow");
	assert_int_equal(shadow->mode, S_IFREG | 0640);
	assert_int_equal(shadow->gid, GID_SHADOW);
	output_free(output);
}

static void
test_others_know_names_only(void **state)
{
	(void)state;
	for (enum role role = ROLE_FILE; role < ROLE_SHELL; role++) {
		struct output *output = output_new();
		struct view view = view_of(role);
		users_render(&view, output);
		if (role == ROLE_DNS) {
			assert_int_equal(output_count(output), 0);
			output_free(output);
			continue;
		}
		assert_null(strstr(file_of(output, "/var/lib/extrausers/passwd"), "bash"));
		assert_null(strchr(file_of(output, "/var/lib/extrausers/shadow"), '$'));
		output_free(output);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_the_shell_server_lets_customers_in),
	    cmocka_unit_test(test_others_know_names_only),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
