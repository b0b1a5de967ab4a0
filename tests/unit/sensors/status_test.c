/* SPDX-License-Identifier: Apache-2.0 */
/* Of real processes: one that nobody would miss, and one that hides behind its groups. */
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "sensors/status.h"

enum { UID = 61999, MANY_GROUPS = 60000, MEMORY = 32 * 1024 * 1024 };

static gid_t groups[MANY_GROUPS];

static void never_returns
live(int ready, size_t group_count)
{
	char *memory = malloc(MEMORY);
	for (size_t i = 0; i < group_count; i++)
		groups[i] = (gid_t)(1000000000 + i);
	if (!memory || setgroups(group_count, groups) || setresgid(UID, UID, UID) ||
	    setresuid(UID, UID, UID))
		_exit(1);
	memset(memory, 1, MEMORY);
	if (write(ready, memory, 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/* A process of that uid with 32 MiB of memory, and what is said of it. */
static int
look_at(size_t group_count, struct process_status *ret_status)
{
	int ready[2];
	char byte, folder[32];
	assert_int_equal(pipe(ready), 0);
	pid_t pid = fork();
	if (pid == 0)
		live(ready[1], group_count);
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	snprintf(folder, sizeof(folder), "%d", (int)pid);
	auto_fd int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int status = process_status_read(proc, folder, ret_status);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return status;
}

static void
assert_seen(size_t group_count)
{
	struct process_status status = {0};
	if (getuid() != 0) {
		print_message("needs root: sets groups and uids\n");
		skip();
	}
	assert_int_equal(look_at(group_count, &status), 0);
	assert_int_equal(status.uid, UID);
	assert_in_range(status.memory, MEMORY, 4 * (uint64_t)MEMORY);
}

static void
whose_it_is_and_what_memory_it_has(void **state)
{
	(void)state;
	assert_seen(0);
}

static void
nobody_hides_behind_his_groups(void **state)
{
	(void)state;
	assert_seen(MANY_GROUPS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(whose_it_is_and_what_memory_it_has),
	    cmocka_unit_test(nobody_hides_behind_his_groups),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
