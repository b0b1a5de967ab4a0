/* SPDX-License-Identifier: Apache-2.0 */
#include "base/crash.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct {
	const char *name;
	const char *process;
	const char *what;
} points[] = {
#define CRASH(symbol, name_, process_, what_) [CRASH_##symbol] = {name_, process_, what_},
#include "base/crash_points.def"
#undef CRASH
};

static enum crash_point armed = CRASH_POINT_COUNT;
static uint64_t turn;
static uint64_t own_count;
static uint64_t *passed = &own_count;

/* NAME or NAME:N with N from 1. */
static int
arm(const char *wanted)
{
	const char *colon = strchrnul(wanted, ':');
	char *end;
	errno = 0;
	unsigned long long number = *colon ? strtoull(colon + 1, &end, 10) : 1;
	if (errno || !number || (*colon && (*end || colon[1] == '-')))
		return -EINVAL;
	for (enum crash_point point = 0; point < CRASH_POINT_COUNT; point++)
		if (strlen(points[point].name) == (size_t)(colon - wanted) &&
		    strncmp(points[point].name, wanted, (size_t)(colon - wanted)) == 0) {
			armed = point;
			turn = number;
			return 0;
		}
	return -EINVAL;
}

static int
share_count(const char *path)
{
	auto_fd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*passed)))
		return -errno;
	void *memory = mmap(NULL, sizeof(*passed), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	passed = memory;
	return 0;
}

int
crash_allow(void)
{
	const char *wanted = getenv("HAYWARD_CRASH");
	const char *count_file = getenv("HAYWARD_CRASH_COUNT");
	if (!wanted)
		return 0;
	int status = arm(wanted);
	if (!status && count_file)
		status = share_count(count_file);
	return status;
}

void
crash_point(enum crash_point point)
{
	if (point != armed)
		return;
	if (__atomic_add_fetch(passed, 1, __ATOMIC_SEQ_CST) == turn)
		raise(SIGKILL);
}

void
crash_list(struct str *out)
{
	for (enum crash_point point = 0; point < CRASH_POINT_COUNT; point++)
		str_addf(out, "%s\t%s\t%s\n", points[point].name, points[point].process,
		    points[point].what);
}
