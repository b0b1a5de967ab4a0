/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/script.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "actions/guard.h"
#include "base/beneath.h"

enum {
	MOST_READ = 16 * 1024 * 1024,
	CHUNK = 64 * 1024,
	LEASE_LOOKS = 40,
	LEASE_WAIT = 50, /* ms */
};

int
script_open_home(const struct tools *tools, const char *home)
{
	if (*home != '/')
		return -ENOENT;
	return beneath_follow(tools->root, home, O_RDONLY | O_DIRECTORY);
}

int
script_path(const struct tools *tools, int fd, struct str *ret_path)
{
	auto_str path = {0}, root = {0};
	int status = beneath_path(fd, &path);
	status = status ? status : beneath_path(tools->root, &root);
	if (status)
		return status;
	const char *text = str_text(&path);
	if (!text_equal(str_text(&root), "/")) {
		if (!text_starts_with(text, str_text(&root)))
			return -EXDEV;
		text += root.length;
	}
	str_add(ret_path, text);
	return 0;
}

/* What stands behind the folder in the path; NULL: the path is not below it. */
static const char *
below(const char *path, const char *folder)
{
	size_t length = strlen(folder);
	while (length > 1 && folder[length - 1] == '/')
		length--;
	if (strncmp(path, folder, length) != 0 || path[length] != '/')
		return NULL;
	path += length + strspn(path + length, "/");
	return *path ? path : NULL;
}

int
script_find(const struct tools *tools, int home, const char *home_path, const char *path)
{
	auto_str real = {0};
	const char *inner = below(path, home_path);
	/* Where homes lie behind a link, the kernel tells another path than the accounts do. */
	if (!inner && !script_path(tools, home, &real))
		inner = below(path, str_text(&real));
	return inner ? beneath_open(home, inner, O_PATH) : -EXDEV;
}

int
script_check(const struct tools *tools, const struct account *account, const struct stat *facts,
    struct str *text)
{
	if (!S_ISREG(facts->st_mode)) {
		str_add(text, "it is no plain file");
		return -EPERM;
	}
	if (!guard_owns(tools->accounts, account, facts->st_uid)) {
		str_addf(
		    text, "it belongs to uid %u, which is not the account's", facts->st_uid);
		return -EPERM;
	}
	if (facts->st_nlink != 1) {
		str_addf(text, "it has %llu names: another may be in use elsewhere",
		    (unsigned long long)facts->st_nlink);
		return -EMLINK;
	}
	return 0;
}

int
script_read_open(int found)
{
	for (int i = 0; i < LEASE_LOOKS; i++) {
		int fd = beneath_reopen(found, O_RDONLY | O_NONBLOCK);
		if (fd != -EAGAIN)
			return fd;
		struct timespec wait = {0, LEASE_WAIT * 1000000L};
		nanosleep(&wait, NULL);
	}
	return -EBUSY;
}

int
script_read(int fd, struct content *ret_content)
{
	char chunk[CHUNK];
	struct stat facts;
	auto_str bytes = {0};
	ssize_t got = 1;
	if (fstat(fd, &facts))
		return -errno;
	while (got > 0 && bytes.length < MOST_READ) {
		got = pread(fd, chunk, sizeof(chunk), (off_t)bytes.length);
		if (got < 0)
			return -errno;
		str_add_bytes(&bytes, chunk, (size_t)got);
	}
	*ret_content = (struct content){.size = (uint64_t)facts.st_size};
	ret_content->digest = digest_of(bytes.data, bytes.length, NULL, 0);
	ret_content->bytes = bytes;
	bytes = (struct str){0};
	return 0;
}
