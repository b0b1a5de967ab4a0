/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/limit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	WHOLE = 10000,	       /* hundredths of a percent */
	USUAL_PERIOD = 100000, /* us */
	LONG_PERIOD = 1000000, /* the longest the kernel takes */
	SMALLEST_QUOTA = 1000, /* the shortest it takes */
	ROOM = 256 * 1024,     /* bytes beside what is in use, for a limit to be taken */
};

uint64_t
limit_memory_bytes(int64_t share)
{
	uint64_t pages = (uint64_t)sysconf(_SC_PHYS_PAGES);
	return pages * (uint64_t)share / WHOLE * (uint64_t)sysconf(_SC_PAGESIZE);
}

void
limit_cpu_quota(int64_t share, uint64_t *ret_quota_us, uint64_t *ret_period_us)
{
	uint64_t period = USUAL_PERIOD;
	uint64_t processors = (uint64_t)sysconf(_SC_NPROCESSORS_ONLN);
	uint64_t quota = period * processors * (uint64_t)share / WHOLE;
	if (quota < SMALLEST_QUOTA) {
		period = LONG_PERIOD;
		quota = period * processors * (uint64_t)share / WHOLE;
	}
	*ret_quota_us = quota < SMALLEST_QUOTA ? SMALLEST_QUOTA : quota;
	*ret_period_us = period;
}

static int
write_number(
    const struct hierarchy *hierarchy, const char *group, const char *file, uint64_t number)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, number);
	return cgroup_write(hierarchy, group, file, text);
}

static bool
reads(const struct hierarchy *hierarchy, const char *group, const char *file, const char *text)
{
	auto_str now = {0};
	return !cgroup_read(hierarchy, group, file, &now) && text_equal(str_text(&now), text);
}

static int
set_unless(
    const struct hierarchy *hierarchy, const char *group, const char *file, const char *text)
{
	return reads(hierarchy, group, file, text) ? 0
						   : cgroup_write(hierarchy, group, file, text);
}

int
limit_set_cpu(const struct hierarchy *hierarchy, const char *group, int64_t share)
{
	uint64_t quota, period;
	char text[48];
	limit_cpu_quota(share, &quota, &period);
	if (hierarchy->unified) {
		snprintf(text, sizeof(text), "%" PRIu64 " %" PRIu64, quota, period);
		return set_unless(hierarchy, group, "cpu.max", text);
	}
	snprintf(text, sizeof(text), "%" PRIu64, period);
	int status = set_unless(hierarchy, group, "cpu.cfs_period_us", text);
	if (status)
		return status;
	snprintf(text, sizeof(text), "%" PRIu64, quota);
	return set_unless(hierarchy, group, "cpu.cfs_quota_us", text);
}

int
limit_lift_cpu(const struct hierarchy *hierarchy, const char *group)
{
	return hierarchy->unified ? cgroup_write(hierarchy, group, "cpu.max", "max")
				  : cgroup_write(hierarchy, group, "cpu.cfs_quota_us", "-1");
}

/* A hard limit below what is in use, and cannot be taken back, is refused: then no more than
 * that. */
static int
set_hard_limit(
    const struct hierarchy *hierarchy, const char *group, uint64_t bytes, uint64_t *ret_set)
{
	auto_str text = {0};
	int status = write_number(hierarchy, group, "memory.limit_in_bytes", bytes);
	if (status != -EBUSY)
		return status;
	status = cgroup_read(hierarchy, group, "memory.usage_in_bytes", &text);
	if (status)
		return status;
	*ret_set = strtoull(str_text(&text), NULL, 10) + ROOM;
	status = write_number(hierarchy, group, "memory.limit_in_bytes", *ret_set);
	return status ? status : -EBUSY;
}

int
limit_set_memory(
    const struct hierarchy *hierarchy, const char *group, uint64_t bytes, uint64_t *ret_set)
{
	*ret_set = bytes;
	if (hierarchy->unified)
		return write_number(hierarchy, group, "memory.high", bytes);
	int status = cgroup_write(hierarchy, group, "memory.oom_control", "1");
	if (status)
		return status;
	status = write_number(hierarchy, group, "memory.soft_limit_in_bytes", bytes);
	if (status && status != -ENOENT && status != -EOPNOTSUPP) /* absent where RT is */
		return status;
	return set_hard_limit(hierarchy, group, bytes, ret_set);
}

int
limit_lift_memory(const struct hierarchy *hierarchy, const char *group)
{
	if (hierarchy->unified)
		return cgroup_write(hierarchy, group, "memory.high", "max");
	int status = cgroup_write(hierarchy, group, "memory.limit_in_bytes", "-1");
	return status ? status : cgroup_write(hierarchy, group, "memory.oom_control", "0");
}

static uint64_t
stat_of(const struct hierarchy *hierarchy, const char *group, const char *key)
{
	uint64_t value = 0;
	return cgroup_read_key(hierarchy, group, "memory.stat", key, &value) ? 0 : value;
}

uint64_t
limit_memory_charged(const struct hierarchy *hierarchy, const char *group)
{
	auto_str swap = {0};
	if (!hierarchy->unified)
		return stat_of(hierarchy, group, "total_rss") +
		       stat_of(hierarchy, group, "total_shmem") +
		       stat_of(hierarchy, group, "total_swap");
	int status = cgroup_read(hierarchy, group, "memory.swap.current", &swap);
	return stat_of(hierarchy, group, "anon") + stat_of(hierarchy, group, "shmem") +
	       (status ? 0 : strtoull(str_text(&swap), NULL, 10));
}
