/* SPDX-License-Identifier: Apache-2.0 */
/* What the guard asks of the running host, by /proc and /sys alone. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/attributes.h"
#include "sensors/guard_words.h"

static bool
is_block_device(const char *name)
{
	auto_str path = {0};
	str_addf(&path, "/sys/class/block/%s", name);
	return strlen(name) < GUARD_TEXT && !access(str_text(&path), F_OK);
}

static int64_t
uid_of(uint32_t pid)
{
	char status[2048];
	snprintf(status, sizeof(status), "/proc/%u/status", pid);
	auto_fd int fd = open(status, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, status, sizeof(status) - 1);
	if (got <= 0)
		return -1;
	status[got] = '\0';
	const char *line = strstr(status, "\nUid:");
	unsigned uid;
	return line && sscanf(line, "\nUid: %u", &uid) == 1 ? (int64_t)uid : -1;
}

static void
name_device(struct str *out, bool block, uint32_t number)
{
	char link[512];
	auto_str path = {0};
	unsigned device_major = number >> 20, device_minor = number & 0xfffff;
	str_addf(
	    &path, "/sys/dev/%s/%u:%u", block ? "block" : "char", device_major, device_minor);
	ssize_t length = readlink(str_text(&path), link, sizeof(link) - 1);
	if (length <= 0) {
		str_addf(out, "%s/%u:%u", block ? "block" : "char", device_major, device_minor);
		return;
	}
	link[length] = '\0';
	const char *leaf = strrchr(link, '/');
	str_add(out, leaf ? leaf + 1 : link);
}

const struct guard_knowledge guard_this_host = {
    .is_block_device = is_block_device,
    .uid_of = uid_of,
    .name_device = name_device,
};
