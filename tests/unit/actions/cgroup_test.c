/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Version 2 of control groups as it looks to us, acted by plain files: what is
 * found, what is written where. What the kernel does with it is shown by
 * tests/actions on the hierarchies that a machine has.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "actions/cgroup.h"
#include "actions/limit.h"
#include "base/file.h"

static char mount[64];

static void
put(const char *path, const char *text)
{
	auto_str full = {0};
	str_addf(&full, "%s/%s", mount, path);
	auto_fd int fd = open(str_text(&full), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
}

static void
assert_holds(const char *path, const char *text)
{
	auto_str full = {0}, found = {0};
	str_addf(&full, "%s/%s", mount, path);
	assert_int_equal(file_read(AT_FDCWD, str_text(&full), 4096, &found), 0);
	assert_string_equal(str_text(&found), text);
}

static int
remove_one(const char *path, const struct stat *facts, int flag, struct FTW *walk)
{
	(void)facts;
	(void)flag;
	(void)walk;
	return remove(path);
}

static int
begin(void **state)
{
	(void)state;
	auto_str group = {0};
	snprintf(mount, sizeof(mount), "/tmp/hayward-cgroup-XXXXXX");
	if (!mkdtemp(mount))
		return -1;
	put("cgroup.controllers", "cpuset cpu io memory hugetlb pids\n");
	put("cgroup.subtree_control", "");
	str_addf(&group, "%s/hayward", mount);
	mkdir(str_text(&group), 0755);
	put("hayward/cgroup.subtree_control", "");
	str_add(&group, "/u1001");
	mkdir(str_text(&group), 0755);
	put("hayward/u1001/cpu.max", "max 100000\n");
	put("hayward/u1001/memory.high", "max\n");
	put("hayward/u1001/cgroup.procs", "12\n0\n345\n");
	put("hayward/u1001/memory.stat", "anon 4096\nfile 9\nshmem 100\n");
	put("hayward/u1001/memory.swap.current", "50\n");
	put("hayward/u1001/cgroup.freeze", "0\n");
	put("hayward/u1001/cgroup.events", "populated 1\nfrozen 1\n");
	return 0;
}

static int
finish(void **state)
{
	(void)state;
	return nftw(mount, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static struct cgroups
find(const char *root)
{
	auto_str mountinfo = {0};
	str_addf(&mountinfo,
	    "22 1 0:21 / /proc rw - proc proc rw\n"
	    "30 23 0:26 %s %s rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
	    "nonsense\n31 23 0:27 / /nowhere rw - cgroup cgroup rw,memory\n",
	    root, mount);
	return cgroups_find(str_text(&mountinfo));
}

static void
version_2_is_found(void **state)
{
	(void)state;
	struct cgroups cgroups = find("/");
	assert_int_equal(cgroups.count, 1);
	const struct hierarchy *cpu = cgroups_for(&cgroups, RESOURCE_CPU);
	assert_non_null(cpu);
	assert_true(cpu->unified);
	assert_ptr_equal(cgroups_for(&cgroups, RESOURCE_MEMORY), cpu);
	assert_ptr_equal(cgroups_freezer(&cgroups), cpu);
	assert_null(cgroups_for(&cgroups, RESOURCE_MAIL));
	cgroups_done(&cgroups);
}

static void
limits_are_written(void **state)
{
	(void)state;
	struct cgroups cgroups = find("/");
	const struct hierarchy *cpu = cgroups_for(&cgroups, RESOURCE_CPU);
	char expected[64];
	uint64_t set = 0, quota = 0, period = 0;
	limit_cpu_quota(1000, &quota, &period);
	assert_int_equal(quota,
	    10000 * (uint64_t)sysconf(_SC_NPROCESSORS_ONLN)); /* a tenth of 100 ms each */
	assert_int_equal(cgroup_make_limiting(cpu, "hayward/u1001"), 0);
	assert_holds("cgroup.subtree_control", "+memory");
	assert_holds("hayward/cgroup.subtree_control", "+memory");
	assert_int_equal(limit_set_cpu(cpu, "hayward/u1001", 1000), 0);
	snprintf(expected, sizeof(expected), "%llu 100000", (unsigned long long)quota);
	assert_holds("hayward/u1001/cpu.max", expected);
	assert_int_equal(limit_set_memory(cpu, "hayward/u1001", 1 << 20, &set), 0);
	assert_holds("hayward/u1001/memory.high", "1048576");
	assert_int_equal(limit_memory_charged(cpu, "hayward/u1001"), 4246);
	assert_int_equal(limit_lift_cpu(cpu, "hayward/u1001"), 0);
	assert_holds("hayward/u1001/cpu.max", "max");
	assert_int_equal(limit_lift_memory(cpu, "hayward/u1001"), 0);
	assert_holds("hayward/u1001/memory.high", "max");
	assert_int_equal(cgroup_freeze(cpu, "hayward/u1001", true), 0);
	assert_holds("hayward/u1001/cgroup.freeze", "1");
	assert_true(cgroup_is_frozen(cpu, "hayward/u1001"));
	cgroups_done(&cgroups);
}

static void
small_shares_use_a_longer_period(void **state)
{
	(void)state;
	uint64_t quota = 0, period = 0;
	limit_cpu_quota(1, &quota, &period);
	assert_int_equal(period, 1000000);
	assert_true(quota >= 1000);
	limit_cpu_quota(10000, &quota, &period);
	assert_int_equal(quota, 100000 * (uint64_t)sysconf(_SC_NPROCESSORS_ONLN));
}

static int
sum_up(void *context, uint32_t pid)
{
	*(uint32_t *)context += pid;
	return 0;
}

static void
nobody_leads_us_out(void **state)
{
	(void)state;
	struct cgroups cgroups = find("/");
	const struct hierarchy *cpu = cgroups_for(&cgroups, RESOURCE_CPU);
	auto_str link = {0};
	uint32_t sum = 0;
	str_addf(&link, "%s/out", mount);
	assert_int_equal(symlink("/tmp", str_text(&link)), 0);
	assert_int_equal(cgroup_write(cpu, "out", "x", "y"), -ELOOP);
	assert_int_equal(cgroup_write(cpu, "hayward/../..", "x", "y"), -EXDEV);
	assert_int_equal(cgroup_make(cpu, "../evil"), -EXDEV);
	assert_int_equal(cgroup_each(cpu, "hayward/u1001", sum_up, &sum), 0);
	assert_int_equal(sum, 357); /* 0 is somebody in a PID namespace that we do not see */
	assert_int_equal(cgroup_remove(cpu, "hayward/never"), 0);
	cgroups_done(&cgroups);
}

/* /proc/PID/cgroup of a pretend process 7. */
static void
put_process(const char *text)
{
	auto_str folder = {0};
	str_addf(&folder, "%s/7", mount);
	mkdir(str_text(&folder), 0755);
	put("7/cgroup", text);
}

static void
assert_is_in(const char *root, const char *text, int status, const char *path)
{
	struct cgroups cgroups = find(root);
	auto_str found = {0};
	auto_fd int proc = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	put_process(text);
	assert_int_equal(cgroup_of(&cgroups.hierarchies[0], proc, 7, &found), status);
	assert_string_equal(str_text(&found), path);
	assert_int_equal(cgroup_of(&cgroups.hierarchies[0], proc, 8, &found), -ESRCH);
	cgroups_done(&cgroups);
}

static void
a_process_is_found(void **state)
{
	(void)state;
	assert_is_in("/", "4:memory:/x\n0::/user.slice/a:b\n", 0, "user.slice/a:b");
	assert_is_in("/", "0::/\n", 0, "");
	assert_is_in("/lxc/one", "0::/lxc/one/system.slice\n", 0, "system.slice");
	assert_is_in("/lxc/one", "0::/lxc/ones\n", -EXDEV, "");
	assert_is_in("/", "0::/../other\n", -EXDEV, "");
	assert_is_in("/", "4:memory:/x\n", -EXDEV, "");
	assert_is_in("/", "", -ESRCH, "");
}

static void
within_means_below(void **state)
{
	(void)state;
	assert_true(cgroup_within("hayward/u1", "hayward/u1"));
	assert_true(cgroup_within("hayward/u1/o0", "hayward/u1"));
	assert_false(cgroup_within("hayward/u10", "hayward/u1"));
	assert_false(cgroup_within("hayward", "hayward/u1"));
	assert_true(cgroup_within("/a", "/"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(version_2_is_found, begin, finish),
	    cmocka_unit_test_setup_teardown(limits_are_written, begin, finish),
	    cmocka_unit_test(small_shares_use_a_longer_period),
	    cmocka_unit_test_setup_teardown(nobody_leads_us_out, begin, finish),
	    cmocka_unit_test_setup_teardown(a_process_is_found, begin, finish),
	    cmocka_unit_test(within_means_below),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
