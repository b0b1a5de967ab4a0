/* SPDX-License-Identifier: Apache-2.0 */
/* stop with real process trees. Needs root. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "actions/process.h"
#include "people.h"

enum { MOST_CHILDREN = 8 };

static struct scene scene;

static volatile struct {
	pid_t children[MOST_CHILDREN];
	volatile int count;
} * board;

static int
begin(void **state)
{
	(void)state;
	memset((void *)(uintptr_t)board, 0, sizeof(*board));
	scene_begin(&scene);
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	static const char *const mounts[] = {"", "/freezer", "/unified"};
	for (size_t i = 0; i < array_length(mounts); i++) {
		char pens[256];
		snprintf(pens, sizeof(pens), "/sys/fs/cgroup%s/%s", mounts[i], scene.cgroup);
		assert_int_equal(access(pens, F_OK), -1);
	}
	scene_end(&scene);
	return 0;
}

static struct target
target_of(pid_t pid)
{
	struct process_facts facts;
	int proc = process_open_proc();
	assert_true(proc >= 0);
	assert_int_equal(process_read(proc, (uint32_t)pid, &facts), 0);
	close(proc);
	return (struct target){facts.pid, facts.start};
}

static struct action
stop_of(pid_t pid)
{
	struct action action = scene_action(&scene, OPERATION_APPLY, VERB_STOP, ALICE);
	action.subject.kind = KIND_PROCESS;
	action.subject.key = 7;
	action.target_count = 1;
	action.targets[0] = target_of(pid);
	return action;
}

static void
note_child(pid_t pid)
{
	board->children[board->count++] = pid;
}

/* A child that ignores SIGTERM, its child, and one that was orphaned by a double fork. */
static void
grow_a_tree(void)
{
	if (fork() == 0) {
		signal(SIGTERM, SIG_IGN);
		note_child(getpid());
		if (fork() == 0)
			note_child(getpid());
		sleep_forever();
	}
	if (fork() == 0) {
		if (fork() == 0) {
			note_child(getpid());
			sleep_forever();
		}
		_exit(0);
	}
	sleep_forever();
}

static bool
tree_has_grown(void *context)
{
	(void)context;
	return board->count == 3;
}

static void
a_tree_ends(void **state)
{
	(void)state;
	pid_t root = start(ALICE, grow_a_tree), bystander = start(ALICE, sleep_forever);
	assert_true(comes_true(&scene, tree_has_grown, NULL));
	struct action action = stop_of(root);
	int64_t began = boot_ms();
	const struct outcome *outcome = scene_act(&scene, &action);
	print_message("# %s, after %lld ms\n", outcome->text, (long long)(boot_ms() - began));
	assert_int_equal(outcome->status, 0);
	assert_false(lives(root));
	for (int i = 0; i < board->count; i++)
		assert_false(lives(board->children[i]));
	assert_true(boot_ms() - began >= 2000);
	assert_true(lives(bystander));
	assert_string_equal(
	    scene_act(&scene, &action)->text, "already so: nothing of it was running");
	end(root);
	end(bystander);
}

static void
who_listens_is_not_forced(void **state)
{
	(void)state;
	pid_t root = start(ALICE, sleep_forever);
	struct action action = stop_of(root);
	int64_t began = boot_ms();
	const struct outcome *outcome = scene_act(&scene, &action);
	assert_string_equal(outcome->text, "1 processes ended, 0 of them by force");
	assert_true(boot_ms() - began < 2000);
	int how = 0;
	assert_int_equal(waitpid(root, &how, 0), root);
	assert_true(WIFSIGNALED(how) && WTERMSIG(how) == SIGTERM);
}

/* The pid is right, the start is not: another process has it by now. */
static void
a_reused_pid_is_left_alone(void **state)
{
	(void)state;
	pid_t pid = start(ALICE, sleep_forever);
	struct action action = stop_of(pid);
	action.targets[0].start -= 50000000;
	assert_string_equal(
	    scene_act(&scene, &action)->text, "already so: nothing of it was running");
	assert_true(lives(pid));
	end(pid);
}

static void
anothers_process_is_left_alone(void **state)
{
	(void)state;
	pid_t pid = start(BOB, sleep_forever), root = start(0, sleep_forever);
	struct action action = stop_of(pid);
	assert_string_equal(
	    scene_act(&scene, &action)->text, "already so: nothing of it was running");
	action = stop_of(root);
	scene_act(&scene, &action);
	action = stop_of(getpid());
	scene_act(&scene, &action);
	assert_true(lives(pid) && lives(root));
	end(pid);
	end(root);
}

/* Each of them forks as long as the limit of its uid lets it, and ignores what it is asked. */
static void
bomb(void)
{
	struct rlimit most = {300, 300};
	setrlimit(RLIMIT_NPROC, &most);
	signal(SIGTERM, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	for (;;)
		if (fork() < 0)
			usleep(100);
}

static void
a_fork_bomb_ends(void **state)
{
	(void)state;
	pid_t root = start(ALICE, bomb);
	struct action action = scene_action(&scene, OPERATION_APPLY, VERB_STOP, ALICE);
	scene_wait(&scene, 300);
	int64_t began = boot_ms();
	const struct outcome *outcome = scene_act(&scene, &action);
	print_message("# %s, after %lld ms\n", outcome->text, (long long)(boot_ms() - began));
	assert_int_equal(outcome->status, 0);
	end(root);
	action = scene_action(&scene, OPERATION_APPLY, VERB_STOP, ALICE);
	assert_string_equal(
	    scene_act(&scene, &action)->text, "already so: nothing of it was running");
}

/* An enforcer that dies in the middle leaves nobody frozen; told again, it goes on. */
static void
a_restart_in_the_middle(void **state)
{
	(void)state;
	pid_t root = start(ALICE, grow_a_tree);
	assert_true(comes_true(&scene, tree_has_grown, NULL));
	struct action action = stop_of(root);
	hands_act(scene.hands, &action, boot_ms());
	scene_restart(&scene);
	/* The one that does not ignore SIGTERM may have ended of it, whichever it is. */
	scene_wait(&scene, 100);
	action.target_count = 0;
	for (int i = 0; i < 3; i++)
		if (lives(board->children[i]))
			action.targets[action.target_count++] = target_of(board->children[i]);
	assert_true(action.target_count >= 2);
	assert_int_equal(scene_act(&scene, &action)->status, 0);
	for (int i = 0; i < board->count; i++)
		assert_false(lives(board->children[i]));
	end(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(a_tree_ends, begin, finish),
	    cmocka_unit_test_setup_teardown(who_listens_is_not_forced, begin, finish),
	    cmocka_unit_test_setup_teardown(a_reused_pid_is_left_alone, begin, finish),
	    cmocka_unit_test_setup_teardown(anothers_process_is_left_alone, begin, finish),
	    cmocka_unit_test_setup_teardown(a_fork_bomb_ends, begin, finish),
	    cmocka_unit_test_setup_teardown(a_restart_in_the_middle, begin, finish),
	};
	if (geteuid() != 0) {
		puts("1..0 # SKIP root is missing: processes of other uids are started");
		return 0;
	}
	board = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	return board == MAP_FAILED ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
