/* SPDX-License-Identifier: Apache-2.0 */
/*
 * throttle of single processes, with real ones of real uids, on the control groups this
 * machine has. Needs root.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "actions/process.h"
#include "base/file.h"
#include "base/wire.h"
#include "people.h"

enum { TENTH = 1000, LONGEST_PATH = 256 };

static struct scene scene;

/* Two of alice's, each in a group of his own. */
static struct {
	pid_t pids[2];
	char groups[2][LONGEST_PATH];
	struct action brake;
} two;

static struct target
target_of(pid_t pid)
{
	struct process_facts facts;
	int proc = process_open_proc();
	assert_int_equal(process_read(proc, (uint32_t)pid, &facts), 0);
	close(proc);
	return (struct target){.pid = facts.pid, .start = facts.start};
}

static int
begin(void **state)
{
	(void)state;
	scene_begin(&scene);
	two.brake = scene_action(&scene, OPERATION_APPLY, VERB_THROTTLE, ALICE);
	two.brake.subject.kind = KIND_PROCESS;
	two.brake.resource = RESOURCE_CPU;
	two.brake.amount = TENTH;
	two.brake.target_count = 2;
	for (int i = 0; i < 2; i++) {
		two.pids[i] = start(ALICE, sleep_forever);
		snprintf(two.groups[i], LONGEST_PATH, "%s/hayward-brake-%d-%d", mount_of("cpu"),
		    getpid(), i);
		if (mkdir(two.groups[i], 0755) && errno != EEXIST)
			return -1;
		put_into(two.groups[i], two.pids[i]);
		two.brake.targets[i] = target_of(two.pids[i]);
	}
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	char path[LONGEST_PATH];
	for (int i = 0; i < 2; i++)
		end(two.pids[i]);
	snprintf(path, sizeof(path), "%s/%s", mount_of("cpu"), scene.cgroup);
	bool all_gone = comes_true(&scene, is_gone, two.groups[0]) &&
			comes_true(&scene, is_gone, two.groups[1]) && access(path, F_OK);
	scene_end(&scene);
	return all_gone ? 0 : -1;
}

static const struct outcome *
act(enum operation operation)
{
	two.brake.operation = operation;
	const struct outcome *outcome = scene_act(&scene, &two.brake);
	print_message("# %s\n", outcome->text);
	return outcome;
}

static void
group_of_brake(char *path, size_t size)
{
	snprintf(path, size, "/%s/p%" PRIx64, scene.cgroup, two.brake.id);
}

static void
assert_braked(void)
{
	char path[LONGEST_PATH];
	group_of_brake(path, sizeof(path));
	for (int i = 0; i < 2; i++)
		assert_true(text_starts_with(group_of(two.pids[i], "cpu"), path));
}

static void
assert_back(void)
{
	for (int i = 0; i < 2; i++)
		assert_string_equal(
		    group_of(two.pids[i], "cpu"), two.groups[i] + strlen(mount_of("cpu")));
}

static void
each_goes_back_to_his_own(void **state)
{
	(void)state;
	assert_int_equal(act(OPERATION_APPLY)->status, 0);
	assert_braked();
	assert_non_null(strstr(act(OPERATION_DESCRIBE)->text, "2 processes bound, from '/"));
	const struct outcome *outcome = act(OPERATION_RELEASE);
	assert_string_equal(
	    outcome->text, "cpu limit lifted; 2 processes back where they were");
	assert_back();
	assert_string_equal(act(OPERATION_RELEASE)->text, "already so: nothing was limited");
}

static void
another_run_knows_the_way_back(void **state)
{
	(void)state;
	assert_int_equal(act(OPERATION_APPLY)->status, 0);
	scene_restart(&scene);
	assert_int_equal(act(OPERATION_RELEASE)->status, 0);
	assert_back();
}

static const struct outcome *
throttle_all(enum operation operation)
{
	const struct outcome *outcome =
	    scene_throttle(&scene, operation, RESOURCE_CPU, 2 * TENTH);
	print_message("# all: %s\n", outcome->text);
	return outcome;
}

static void
the_brake_goes_before_the_throttle_of_all(void **state)
{
	(void)state;
	assert_int_equal(act(OPERATION_APPLY)->status, 0);
	assert_int_equal(throttle_all(OPERATION_APPLY)->status, 0);
	assert_int_equal(act(OPERATION_RELEASE)->status, 0);
	scene_restart(&scene);
	assert_non_null(
	    strstr(throttle_all(OPERATION_RELEASE)->text, "2 processes back where they were"));
	assert_back();
}

static void
the_brake_outlives_the_throttle_of_all(void **state)
{
	(void)state;
	assert_int_equal(act(OPERATION_APPLY)->status, 0);
	assert_int_equal(throttle_all(OPERATION_APPLY)->status, 0);
	assert_int_equal(throttle_all(OPERATION_RELEASE)->status, 0);
	assert_braked();
	assert_int_equal(act(OPERATION_RELEASE)->status, 0);
	assert_back();
}

/* Two clauses about one script, and the one that came first ends first. */
static void
a_brake_on_a_brake_leads_back_past_it(void **state)
{
	(void)state;
	assert_int_equal(act(OPERATION_APPLY)->status, 0);
	struct action first = two.brake;
	two.brake.id = scene.next_action++;
	assert_int_equal(act(OPERATION_APPLY)->status, 0);
	assert_braked();
	first.operation = OPERATION_RELEASE;
	assert_int_equal(scene_act(&scene, &first)->status, 0);
	assert_braked();
	assert_int_equal(act(OPERATION_RELEASE)->status, 0);
	assert_back();
}

static void
a_lost_record_keeps_nobody(void **state)
{
	(void)state;
	assert_int_equal(act(OPERATION_APPLY)->status, 0);
	assert_int_equal(unlinkat(scene.state, "brakes", 0), 0);
	scene_restart(&scene);
	assert_braked();
	assert_int_equal(act(OPERATION_RELEASE)->status, 0);
	for (int i = 0; i < 2; i++)
		assert_false(text_starts_with(group_of(two.pids[i], "cpu") + 1, scene.cgroup));
}

/* In the version before, all were in the brake's group itself, and went back to one. */
static void
a_former_version_is_read(void **state)
{
	(void)state;
	auto_str bytes = {0};
	char path[2 * LONGEST_PATH], group[LONGEST_PATH];
	const char *origin = two.groups[0] + strlen(mount_of("cpu")) + 1;
	wire_put_u32(&bytes, 1);
	wire_put_u32(&bytes, 1);
	wire_put_u64(&bytes, two.brake.id);
	wire_put_u32(&bytes, ALICE);
	wire_put_u32(&bytes, 1);
	wire_put_i64(&bytes, TENTH);
	wire_put_text(&bytes, origin);
	assert_int_equal(
	    file_replace(scene.state, "brakes", 0600, bytes.data, bytes.length), 0);
	snprintf(path, sizeof(path), "%s/%s", mount_of("cpu"), scene.cgroup);
	assert_int_equal(mkdir(path, 0755), 0);
	group_of_brake(group, sizeof(group));
	snprintf(path, sizeof(path), "%s%s", mount_of("cpu"), group);
	assert_int_equal(mkdir(path, 0755), 0);
	for (int i = 0; i < 2; i++)
		put_into(path, two.pids[i]);
	scene_restart(&scene);
	assert_int_equal(act(OPERATION_RELEASE)->status, 0);
	for (int i = 0; i < 2; i++)
		assert_string_equal(group_of(two.pids[i], "cpu") + 1, origin);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(each_goes_back_to_his_own, begin, finish),
	    cmocka_unit_test_setup_teardown(another_run_knows_the_way_back, begin, finish),
	    cmocka_unit_test_setup_teardown(
		the_brake_goes_before_the_throttle_of_all, begin, finish),
	    cmocka_unit_test_setup_teardown(
		the_brake_outlives_the_throttle_of_all, begin, finish),
	    cmocka_unit_test_setup_teardown(
		a_brake_on_a_brake_leads_back_past_it, begin, finish),
	    cmocka_unit_test_setup_teardown(a_lost_record_keeps_nobody, begin, finish),
	    cmocka_unit_test_setup_teardown(a_former_version_is_read, begin, finish),
	};
	if (geteuid() != 0) {
		puts("1..0 # SKIP root is missing: processes of other uids are started");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
