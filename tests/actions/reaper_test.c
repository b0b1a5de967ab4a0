/* SPDX-License-Identifier: Apache-2.0 */
/* The reaper against real processes, its own sandbox around it. Needs root. */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "actions/process.h"
#include "actions/reaper.h"
#include "base/str.h"
#include "model/account.h"
#include "people.h"
#include "procs/sandbox.h"

enum { SUBORDINATE = 6110007, BOMBS = 100, PATIENCE_MS = 10000 };

static struct reaper *reaper;
static volatile int *beats; /* of the bomb: how many have been born */

static void
tell_accounts(void)
{
	struct uid_range alice[] = {{ALICE, 1}, {6110000, 65536}};
	struct uid_range bob[] = {{BOB, 1}};
	struct uid_range paula[] = {{PROTECTED, 1}};
	struct account records[] = {
	    {.id = ALICE, .generation = 1, .name = "alice", .uid_count = 2, .uids = alice},
	    {.id = BOB, .generation = 1, .name = "bob", .uid_count = 1, .uids = bob},
	    {.id = PROTECTED,
		.generation = 1,
		.name = "paula",
		.uid_count = 1,
		.uids = paula,
		.is_protected = true},
	};
	auto_str bytes = {0};
	for (size_t i = 0; i < array_length(records); i++) {
		records[i].plan = records[i].contact = records[i].home = "";
		records[i].own_uids = 1;
	}
	accounts_encode(records, array_length(records), FLOOR, &bytes);
	assert_int_equal(reaper_set_accounts(reaper, bytes.data, bytes.length), 0);
}

static int
begin(void **state)
{
	(void)state;
	return reaper_start(sandbox_reaper_uid(), sandbox_enter_reaper, &reaper);
}

static int
finish(void **state)
{
	(void)state;
	reaper_free(reaper);
	return 0;
}

static int
end_uids(uint32_t account, uint32_t generation, uint32_t uid)
{
	return reaper_end(reaper, account, generation, &uid, 1);
}

/* By SIGKILL, and soon. */
static void
assert_ended(pid_t pid)
{
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void
ends_one_account_and_nobody_else(void **state)
{
	(void)state;
	tell_accounts();
	pid_t alice = start(ALICE, sleep_forever);
	pid_t hers = start(SUBORDINATE, sleep_forever);
	pid_t bob = start(BOB, sleep_forever);
	pid_t system = start(FLOOR - 10, sleep_forever);
	assert_int_equal(end_uids(ALICE, 1, ALICE), 0);
	assert_ended(alice);
	assert_true(lives(hers) && lives(bob) && lives(system));
	assert_int_equal(end_uids(ALICE, 1, SUBORDINATE), 0);
	assert_ended(hers);
	assert_true(lives(bob) && lives(system));
	assert_int_equal(end_uids(ALICE, 1, ALICE), 0); /* nobody is there: fine */
	end(bob);
	end(system);
}

static void
refuses_whom_it_must_not_touch(void **state)
{
	(void)state;
	uint32_t both[] = {ALICE, 0};
	pid_t alice = start(ALICE, sleep_forever);
	pid_t paula = start(PROTECTED, sleep_forever);
	assert_int_equal(end_uids(ALICE, 1, ALICE), -EPERM); /* it knows nobody yet */
	tell_accounts();
	assert_int_equal(end_uids(ALICE, 2, ALICE), -EPERM); /* another generation */
	assert_int_equal(end_uids(BOB, 1, ALICE), -EPERM);   /* not his uid */
	assert_int_equal(end_uids(PROTECTED, 1, PROTECTED), -EPERM);
	assert_int_equal(end_uids(ALICE, 1, 0), -EPERM);
	assert_int_equal(end_uids(ALICE, 1, 65534), -EPERM);
	assert_int_equal(end_uids(ALICE, 1, sandbox_reaper_uid()), -EPERM);
	assert_int_equal(reaper_end(reaper, ALICE, 1, both, 2), -EPERM);
	assert_true(lives(alice) && lives(paula));
	end(alice);
	end(paula);
}

/* Each has two children and ends, at the limit as soon as there is room, for ever. */
static void
bomb(void)
{
	struct rlimit most = {BOMBS, BOMBS};
	pid_t first = getpid();
	setrlimit(RLIMIT_NPROC, &most);
	signal(SIGTERM, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	for (int born = 0; born < 2 || getpid() == first;) {
		pid_t pid = fork();
		born = pid ? born + (pid > 0) : 0;
		if (pid)
			continue;
		setsid();
		__atomic_add_fetch(beats, 1, __ATOMIC_RELAXED);
	}
}

struct counting {
	int proc;
	uint32_t uid;
	uint32_t count;
};

/* Who was sent SIGKILL may need his turn to die, but runs no step of his own any more. */
static int
count_one(void *context, uint32_t pid)
{
	struct counting *counting = context;
	struct process_facts facts;
	counting->count += !process_peek(counting->proc, pid, &facts) &&
			   facts.uid == counting->uid && process_runs(&facts);
	return 0;
}

static uint32_t
count_of(uint32_t uid)
{
	struct counting counting = {process_open_proc(), uid, 0};
	for (int64_t end = boot_ms() + PATIENCE_MS; boot_ms() < end; usleep(10000)) {
		counting.count = 0;
		assert_int_equal(process_walk(counting.proc, count_one, &counting), 0);
		if (!counting.count)
			break;
	}
	close(counting.proc);
	return counting.count;
}

/* No fork is needed and no pid: one call, and nobody has got away. */
static void
a_fork_bomb_loses(void **state)
{
	(void)state;
	tell_accounts();
	pid_t alice = start(ALICE, bomb);
	for (int64_t end = boot_ms() + PATIENCE_MS; *beats < BOMBS / 2 && boot_ms() < end;)
		usleep(1000);
	assert_int_equal(end_uids(ALICE, 1, ALICE), 0);
	assert_in_range(*beats, BOMBS / 2, INT32_MAX); /* it was one */
	assert_ended(alice);
	assert_int_equal(count_of(ALICE), 0);
}

/* It takes its victims' uid, and must not become their victim. */
static void
kill_all(void)
{
	for (;;)
		kill(-1, SIGKILL);
}

static void
its_victims_cannot_end_it(void **state)
{
	(void)state;
	tell_accounts();
	for (int i = 0; i < 50; i++) {
		pid_t alice = start(ALICE, kill_all);
		assert_int_equal(end_uids(ALICE, 1, ALICE), 0);
		assert_ended(alice);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(ends_one_account_and_nobody_else, begin, finish),
	    cmocka_unit_test_setup_teardown(refuses_whom_it_must_not_touch, begin, finish),
	    cmocka_unit_test_setup_teardown(a_fork_bomb_loses, begin, finish),
	    cmocka_unit_test_setup_teardown(its_victims_cannot_end_it, begin, finish),
	};
	if (geteuid()) {
		puts("1..0 # SKIP needs root");
		return 77;
	}
	beats = mmap(
	    NULL, sizeof(*beats), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
