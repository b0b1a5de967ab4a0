/* SPDX-License-Identifier: Apache-2.0 */
/*
 * throttle with real processes of real uids, on the control groups this machine
 * has. Needs root. What asks for a certain way of mounting them looks for it
 * and skips without it.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "actions/hold.h"
#include "actions/limit.h"
#include "base/clock.h"
#include "base/file.h"
#include "people.h"

enum { TENTH = 1000, MEBIBYTE = 1024 * 1024 };

static struct scene scene;

/* What children tell: one page that all of them share. */
static volatile struct {
	uint64_t touched;
	uint64_t goal;
} * board;

static int
begin(void **state)
{
	(void)state;
	scene_begin(&scene);
	board->touched = 0;
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	scene_throttle(&scene, OPERATION_RELEASE, RESOURCE_CPU, 0);
	scene_throttle(&scene, OPERATION_RELEASE, RESOURCE_MEMORY, 0);
	scene_end(&scene);
	return 0;
}

/* A group of ours in a hierarchy; false: that is not mounted here. */
static bool
make_group(char *path, size_t size, const char *controller, const char *name)
{
	snprintf(path, size, "%s/%s-%d", mount_of(controller), name, getpid());
	return !mkdir(path, 0755) || errno == EEXIST;
}

static bool
is_bound(pid_t pid, const char *controller)
{
	return text_starts_with(group_of(pid, controller) + 1, scene.cgroup);
}

static void
assert_nothing_left(const char *controller)
{
	char path[256];
	snprintf(path, sizeof(path), "%s/%s", mount_of(controller), scene.cgroup);
	assert_int_equal(access(path, F_OK), -1);
}

/*
 * Processor time in ns, from who counts besides us: in version 1 the group of
 * cpuacct that they were put into, in version 2 the one that they are held in.
 */
static uint64_t
usage_of(const char *group)
{
	auto_str text = {0};
	char path[320];
	if (is_unified())
		snprintf(path, sizeof(path), "%s/%s/u%d/cpu.stat", mount_of("cpu"),
		    scene.cgroup, ALICE);
	else
		snprintf(path, sizeof(path), "%s/cpuacct.usage", group);
	assert_int_equal(file_read(AT_FDCWD, path, 4096, &text), 0);
	if (!is_unified())
		return strtoull(str_text(&text), NULL, 10);
	return strtoull(str_text(&text) + strlen("usage_usec "), NULL, 10) * 1000;
}

/* Three loops and a storm of 2 ms processes: what they get in two seconds. */
static void
cpu_limit_binds(void **state)
{
	(void)state;
	char account[256];
	pid_t children[4];
	if (!make_group(account, sizeof(account), "cpuacct", "hayward-cpu"))
		skip();
	for (int i = 0; i < 4; i++) {
		children[i] = start(ALICE, i ? burn : burn_by_short_children);
		put_into(account, children[i]);
	}
	const struct outcome *outcome =
	    scene_throttle(&scene, OPERATION_APPLY, RESOURCE_CPU, TENTH);
	print_message("# %s\n", outcome->text);
	assert_int_equal(outcome->status, 0);
	assert_non_null(strstr(outcome->text, "what lives shorter is not limited"));
	int64_t began = boot_ms();
	uint64_t before = usage_of(account);
	scene_wait(&scene, 2000);
	double share = (double)(usage_of(account) - before) / 1e6 /
		       (double)(boot_ms() - began) / (double)sysconf(_SC_NPROCESSORS_ONLN);
	print_message("# 10 %% allowed, %.2f %% taken\n", share * 100);
	for (int i = 0; i < 4; i++)
		end(children[i]);
	assert_true(comes_true(&scene, is_gone, account));
	assert_true(share <= 0.12);
	assert_true(share >= 0.05);
}

static void
everybody_goes_back(void **state)
{
	(void)state;
	char here[256], gone[264];
	if (!make_group(here, sizeof(here), "cpu", "hayward-here"))
		skip();
	snprintf(gone, sizeof(gone), "%s/gone", here);
	assert_int_equal(mkdir(gone, 0755), 0);
	pid_t one = start(ALICE, sleep_forever), other = start(ALICE, sleep_forever);
	pid_t stranger = start(BOB, sleep_forever);
	put_into(here, one);
	put_into(gone, other);
	put_into(here, stranger);
	assert_int_equal(
	    scene_throttle(&scene, OPERATION_APPLY, RESOURCE_CPU, TENTH)->status, 0);
	assert_true(is_bound(one, "cpu") && is_bound(other, "cpu"));
	assert_false(is_bound(stranger, "cpu"));
	assert_int_equal(rmdir(gone), 0);
	const struct outcome *outcome =
	    scene_throttle(&scene, OPERATION_RELEASE, RESOURCE_CPU, 0);
	assert_int_equal(outcome->status, 0);
	assert_string_equal(outcome->text,
	    "cpu limit lifted; 1 processes back where they were, 1 in a group above because "
	    "theirs is gone");
	assert_string_equal(group_of(one, "cpu"), here + strlen(mount_of("cpu")));
	assert_string_equal(group_of(other, "cpu"), here + strlen(mount_of("cpu")));
	assert_nothing_left("cpu");
	end(one);
	end(other);
	end(stranger);
	assert_true(comes_true(&scene, is_gone, here));
}

/* Who comes from more places than can be told apart is bound all the same. */
static void
many_places_leave_nobody_out(void **state)
{
	(void)state;
	enum { COUNT = MOST_ORIGINS + 20 };
	char top[256], group[COUNT][300];
	pid_t sleepers[COUNT];
	if (!make_group(top, sizeof(top), "cpu", "hayward-many"))
		skip();
	for (size_t i = 0; i < COUNT; i++) {
		snprintf(group[i], sizeof(group[i]), "%s/g%zu", top, i);
		assert_true(!mkdir(group[i], 0755) || errno == EEXIST);
		sleepers[i] = start(ALICE, sleep_forever);
		put_into(group[i], sleepers[i]);
	}
	const struct outcome *outcome =
	    scene_throttle(&scene, OPERATION_APPLY, RESOURCE_CPU, TENTH);
	print_message("# %s\n", outcome->text);
	assert_int_equal(outcome->status, 0);
	for (size_t i = 0; i < COUNT; i++)
		assert_true(is_bound(sleepers[i], "cpu"));
	outcome = scene_throttle(&scene, OPERATION_RELEASE, RESOURCE_CPU, 0);
	print_message("# %s\n", outcome->text);
	assert_int_equal(outcome->status, 0);
	for (size_t i = 0; i < COUNT; i++)
		assert_true(text_starts_with(
		    group_of(sleepers[i], "cpu"), top + strlen(mount_of("cpu"))));
	assert_nothing_left("cpu");
	for (size_t i = 0; i < COUNT; i++)
		end(sleepers[i]);
	for (size_t i = 0; i < COUNT; i++)
		assert_true(comes_true(&scene, is_gone, group[i]));
	assert_true(comes_true(&scene, is_gone, top));
}

static bool
newcomer_is_bound(void *context)
{
	return is_bound(*(pid_t *)context, "cpu");
}

static void
later_processes_are_bound(void **state)
{
	(void)state;
	pid_t first = start(ALICE, sleep_forever);
	assert_int_equal(
	    scene_throttle(&scene, OPERATION_APPLY, RESOURCE_CPU, TENTH)->status, 0);
	pid_t later = start(ALICE, sleep_forever);
	assert_true(comes_true(&scene, newcomer_is_bound, &later));
	pid_t subordinate = start(6110000 + 7, sleep_forever);
	assert_true(comes_true(&scene, newcomer_is_bound, &subordinate));
	end(first);
	end(later);
	end(subordinate);
}

static void
holds_survive_a_restart(void **state)
{
	(void)state;
	char here[256];
	if (!make_group(here, sizeof(here), "cpu", "hayward-here"))
		skip();
	pid_t pid = start(ALICE, sleep_forever);
	put_into(here, pid);
	assert_int_equal(
	    scene_throttle(&scene, OPERATION_APPLY, RESOURCE_CPU, TENTH)->status, 0);
	scene_restart(&scene);
	pid_t later = start(ALICE, sleep_forever);
	assert_true(comes_true(&scene, newcomer_is_bound, &later));
	assert_int_equal(scene_throttle(&scene, OPERATION_RELEASE, RESOURCE_CPU, 0)->status, 0);
	assert_string_equal(group_of(pid, "cpu"), here + strlen(mount_of("cpu")));
	assert_false(is_bound(later, "cpu"));
	end(pid);
	end(later);
	assert_true(comes_true(&scene, is_gone, here));
}

/* The record was lost, the groups are there: released all the same. */
static void
a_lost_record_keeps_nobody(void **state)
{
	(void)state;
	pid_t pid = start(ALICE, sleep_forever);
	assert_int_equal(
	    scene_throttle(&scene, OPERATION_APPLY, RESOURCE_CPU, TENTH)->status, 0);
	assert_int_equal(unlinkat(scene.state, "holds", 0), 0);
	scene_restart(&scene);
	assert_true(is_bound(pid, "cpu"));
	assert_int_equal(scene_throttle(&scene, OPERATION_RELEASE, RESOURCE_CPU, 0)->status, 0);
	assert_false(is_bound(pid, "cpu"));
	assert_nothing_left("cpu");
	end(pid);
}

static void
amounts_are_replaced(void **state)
{
	(void)state;
	pid_t pid = start(ALICE, sleep_forever);
	scene_throttle(&scene, OPERATION_APPLY, RESOURCE_CPU, 5000);
	scene_throttle(&scene, OPERATION_APPLY, RESOURCE_CPU, TENTH);
	scene_throttle(&scene, OPERATION_APPLY, RESOURCE_CPU, TENTH);
	const struct outcome *outcome =
	    scene_throttle(&scene, OPERATION_DESCRIBE, RESOURCE_CPU, 0);
	assert_non_null(strstr(outcome->text, "cpu limited to 10 % of this host"));
	assert_non_null(strstr(outcome->text, "1 processes bound, from '/"));
	outcome = scene_throttle(&scene, OPERATION_RELEASE, RESOURCE_MEMORY, 0);
	assert_string_equal(outcome->text, "already so: memory was not limited");
	assert_true(is_bound(pid, "cpu"));
	outcome = scene_throttle(&scene, OPERATION_RELEASE, RESOURCE_CPU, 0);
	outcome = scene_throttle(&scene, OPERATION_RELEASE, RESOURCE_CPU, 0);
	assert_string_equal(outcome->text, "already so: nothing was limited");
	end(pid);
}

static void
become_bob_on_signal(int signal)
{
	(void)signal;
	if (setresuid(BOB, BOB, BOB))
		_exit(1);
}

static void
wait_to_become_bob(void)
{
	signal(SIGUSR1, become_bob_on_signal);
	sleep_forever();
}

static bool
is_free(void *context)
{
	return !is_bound(*(pid_t *)context, "cpu");
}

/* Root bound by mistake would stay so; here a process of alice's takes another uid. */
static void
strangers_are_sent_back(void **state)
{
	(void)state;
	pid_t pid = start(0, wait_to_become_bob);
	pid_t alice = start(ALICE, sleep_forever);
	assert_int_equal(
	    scene_throttle(&scene, OPERATION_APPLY, RESOURCE_CPU, TENTH)->status, 0);
	char bound[512];
	snprintf(bound, sizeof(bound), "%s%s", mount_of("cpu"), group_of(alice, "cpu"));
	put_into(bound, pid);
	assert_true(is_bound(pid, "cpu"));
	kill(pid, SIGUSR1);
	assert_true(comes_true(&scene, is_free, &pid));
	assert_true(is_bound(alice, "cpu"));
	end(pid);
	end(alice);
}

static void
nobody_wrongly(void **state)
{
	(void)state;
	static const struct {
		uint32_t account, generation;
		const char *name;
		int64_t status;
	} tries[] = {{PROTECTED, 1, "paula", -EPERM}, {UNDER_FLOOR, 1, "daemon", -EPERM},
	    {0, 1, "root", -EPERM}, {ALICE, 2, "alice", -ENOENT}, {ALICE, 1, "bob", -ENOENT},
	    {61199, 1, "nobody", -ENOENT}};
	pid_t pid = start(PROTECTED, sleep_forever);
	for (size_t i = 0; i < array_length(tries); i++) {
		struct action action =
		    scene_action(&scene, OPERATION_APPLY, VERB_THROTTLE, tries[i].account);
		action.subject.generation = tries[i].generation;
		action.resource = RESOURCE_CPU;
		action.amount = TENTH;
		snprintf(action.account_name, sizeof(action.account_name), "%s", tries[i].name);
		const struct outcome *outcome = scene_act(&scene, &action);
		assert_int_equal(outcome->status, tries[i].status);
		assert_non_null(strstr(outcome->text, "refused to act on"));
		action.verb = VERB_STOP;
		assert_int_equal(scene_act(&scene, &action)->status, tries[i].status);
	}
	assert_false(is_bound(pid, "cpu"));
	assert_true(lives(pid));
	end(pid);
}

static void
what_is_not_here_says_so(void **state)
{
	(void)state;
	struct action action = scene_action(&scene, OPERATION_APPLY, VERB_REMOVE, ALICE);
	const struct outcome *outcome = scene_act(&scene, &action);
	assert_int_equal(outcome->status, -ENOTSUP);
	assert_string_equal(outcome->text, "remove is not available in this release");
	outcome = scene_throttle(&scene, OPERATION_APPLY, RESOURCE_BANDWIDTH, 1);
	assert_int_equal(outcome->status, -ENOTSUP);
	outcome = scene_throttle(&scene, OPERATION_APPLY, RESOURCE_CPU, 0);
	assert_int_equal(outcome->status, -EINVAL);
}

static void
touch_up_to_goal(void)
{
	size_t size = 1024UL * MEBIBYTE;
	char *memory =
	    mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		_exit(1);
	for (size_t at = 0; at < size; at += 4096) {
		while (at >= board->goal)
			usleep(1000);
		memory[at] = 1;
		board->touched = at + 4096;
	}
	sleep_forever();
}

static bool
goal_is_reached(void *context)
{
	(void)context;
	return board->touched >= board->goal;
}

/* About 120 MiB, in hundredths of a percent of this machine. */
static int64_t
handy_share(void)
{
	return 120 * (int64_t)MEBIBYTE / (int64_t)limit_memory_bytes(1) + 1;
}

/* Who wants more than the limit waits, and is not ended. */
static void
memory_limit_binds(void **state)
{
	(void)state;
	int64_t share = handy_share();
	uint64_t limit = limit_memory_bytes(share);
	board->goal = limit / 4;
	pid_t pid = start(ALICE, touch_up_to_goal);
	assert_true(comes_true(&scene, goal_is_reached, NULL));
	const struct outcome *outcome =
	    scene_throttle(&scene, OPERATION_APPLY, RESOURCE_MEMORY, share);
	print_message("# %s\n", outcome->text);
	assert_int_equal(outcome->status, 0);
	board->goal = limit * 2;
	scene_wait(&scene, 1500);
	print_message("# %llu bytes allowed, %llu touched\n", (unsigned long long)limit,
	    (unsigned long long)board->touched);
	assert_true(lives(pid));
	assert_true(board->touched <= limit + limit / 5);
	assert_true(board->touched >= limit / 2);
	outcome = scene_throttle(&scene, OPERATION_RELEASE, RESOURCE_MEMORY, 0);
	print_message("# %s\n", outcome->text);
	assert_int_equal(outcome->status, 0);
	assert_true(comes_true(&scene, goal_is_reached, NULL));
	assert_true(lives(pid));
	end(pid);
	assert_nothing_left("memory");
}

/* Who holds twice the limit already keeps it, and gets hardly more. */
static void
memory_brought_along_counts(void **state)
{
	(void)state;
	int64_t share = handy_share();
	uint64_t limit = limit_memory_bytes(share);
	board->goal = limit * 2;
	pid_t pid = start(ALICE, touch_up_to_goal);
	assert_true(comes_true(&scene, goal_is_reached, NULL));
	const struct outcome *outcome =
	    scene_throttle(&scene, OPERATION_APPLY, RESOURCE_MEMORY, share);
	print_message("# %s\n", outcome->text);
	assert_int_equal(outcome->status, 0);
	assert_non_null(strstr(outcome->text, "already that cannot be taken back"));
	board->goal = limit * 4;
	scene_wait(&scene, 1000);
	assert_true(lives(pid));
	assert_true(board->touched <= limit * 2 + limit / 5);
	scene_throttle(&scene, OPERATION_RELEASE, RESOURCE_MEMORY, 0);
	end(pid);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(cpu_limit_binds, begin, finish),
	    cmocka_unit_test_setup_teardown(everybody_goes_back, begin, finish),
	    cmocka_unit_test_setup_teardown(many_places_leave_nobody_out, begin, finish),
	    cmocka_unit_test_setup_teardown(later_processes_are_bound, begin, finish),
	    cmocka_unit_test_setup_teardown(holds_survive_a_restart, begin, finish),
	    cmocka_unit_test_setup_teardown(a_lost_record_keeps_nobody, begin, finish),
	    cmocka_unit_test_setup_teardown(amounts_are_replaced, begin, finish),
	    cmocka_unit_test_setup_teardown(strangers_are_sent_back, begin, finish),
	    cmocka_unit_test_setup_teardown(nobody_wrongly, begin, finish),
	    cmocka_unit_test_setup_teardown(what_is_not_here_says_so, begin, finish),
	    cmocka_unit_test_setup_teardown(memory_limit_binds, begin, finish),
	    cmocka_unit_test_setup_teardown(memory_brought_along_counts, begin, finish),
	};
	if (geteuid() != 0) {
		puts("1..0 # SKIP root is missing: processes of other uids are started");
		return 0;
	}
	board = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return board == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
