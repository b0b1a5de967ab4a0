/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <unistd.h>

int
host_processors_open(void)
{
	int fd = open("/sys/devices/system/cpu/online", O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* "0-3,5,8-11": how many these are. */
static unsigned
count_ranges(const char *text)
{
	unsigned count = 0;
	while (*text) {
		char *end;
		unsigned long first = strtoul(text, &end, 10);
		unsigned long last = first;
		if (end == text)
			break;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		count += last < first ? 0 : (unsigned)(last - first + 1);
		text = *end == ',' ? end + 1 : end;
	}
	return count;
}

unsigned
host_processors(int fd)
{
	char text[256];
	ssize_t got = fd < 0 ? -1 : pread(fd, text, sizeof(text) - 1, 0);
	text[got < 0 ? 0 : got] = '\0';
	unsigned count = count_ranges(text);
	if (!count)
		count = (unsigned)get_nprocs();
	return count ? count : 1;
}

uint64_t
host_memory(void)
{
	struct sysinfo info;
	if (sysinfo(&info))
		return 0;
	return (uint64_t)info.totalram * info.mem_unit;
}
