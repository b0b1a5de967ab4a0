/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/reading.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/escape.h"
#include "base/file.h"

enum { MOST_SHOWN = 1024 * 1024 };

/*
 * The first lines are ours: an interpreter that looks there for its name, an
 * encoding or options finds none of the owner's making.
 */
static const char head[] =
    "# This is for reading: what a script says that is disabled on this server.\n"
    "# The script itself can neither be run nor opened until that is lifted.\n"
    "# Its lines stand behind \"# \"; what cannot be shown stands as \\xNN, and \\ as \\\\.\n"
    "# The notice that was sent to you says why it is disabled, and what to do.\n";

/* "<?", "<%", "<script", "<!--#": where text ends and a program begins. */
static bool
begins_program(const char *at, const char *end)
{
	return *at == '<' && at + 1 < end && strchr("?%sS!", at[1]);
}

static void
add_quietly(struct str *out, const char *text, size_t length)
{
	auto_str escaped = {0};
	escape_bytes(&escaped, text, length);
	const char *at = str_text(&escaped), *end = at + escaped.length;
	for (; at < end; at++)
		if (begins_program(at, end))
			str_add(out, "\\x3c");
		else
			str_add_char(out, *at);
}

static void
add_line(struct str *out, const char *line, size_t length)
{
	str_add(out, "# ");
	while (length) {
		const char *tab = memchr(line, '\t', length);
		size_t part = tab ? (size_t)(tab - line) : length;
		add_quietly(out, line, part);
		if (tab)
			str_add_char(out, '\t');
		part += tab != NULL;
		line += part;
		length -= part;
	}
	str_add_char(out, '\n');
}

void
reading_render(const char *path, const struct str *content, struct str *out)
{
	size_t length = content->length < MOST_SHOWN ? content->length : MOST_SHOWN;
	const char *at = str_text(content), *end = at + length;
	str_add(out, head);
	add_line(out, path, strlen(path));
	str_add(out, "#\n");
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t line = newline ? (size_t)(newline - at) : (size_t)(end - at);
		add_line(out, at, line);
		at += line + 1;
	}
	if (length < content->length)
		str_add(out, "#\n# What follows is left out here; staff can give it to you.\n");
}

void
reading_name(uint64_t id, struct str *out)
{
	str_addf(out, "hayward-disabled-%016" PRIx64 ".txt", id);
}

/* An access list (acl(5)) as the kernel keeps it: root writes, one user reads. */
static int
let_read(int fd, uint32_t uid)
{
	struct entry {
		uint16_t tag;
		uint16_t permission;
		uint32_t id;
	};
	struct {
		uint32_t version;
		struct entry entries[5];
	} list = {2, {{0x01, 6, UINT32_MAX}, {0x02, 4, uid}, {0x04, 0, UINT32_MAX},
			 {0x10, 4, UINT32_MAX}, {0x20, 0, UINT32_MAX}}};
	return fsetxattr(fd, "system.posix_acl_access", &list, sizeof(list), 0) ? -errno : 0;
}

static int
fill(int fd, const struct reading *reading, const struct str *content)
{
	auto_str text = {0};
	struct stat facts;
	reading_render(reading->path, content, &text);
	int status = file_write_all(fd, text.data, text.length);
	/* A home with the group bit hands its group on; the account's own group may have
	 * others in it. */
	if (!status && (fchown(fd, 0, 0) || fchmod(fd, 0600) || fstat(fd, &facts)))
		status = -errno;
	return status ? status : let_read(fd, reading->owner);
}

int
reading_write(const struct reading *reading, const struct str *content, uint64_t *ret_inode)
{
	auto_str name = {0};
	struct stat facts;
	reading_name(reading->id, &name);
	/* What is root's under this name was begun by a run that did not end. */
	if (!fstatat(reading->home, str_text(&name), &facts, AT_SYMLINK_NOFOLLOW) &&
	    S_ISREG(facts.st_mode) && facts.st_uid == 0)
		unlinkat(reading->home, str_text(&name), 0);
	auto_fd int fd = openat(reading->home, str_text(&name),
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	int status = fill(fd, reading, content);
	if (!status && fstat(fd, &facts))
		status = -errno;
	if (status)
		unlinkat(reading->home, str_text(&name), 0);
	else
		*ret_inode = facts.st_ino;
	return status;
}

int
reading_remove(int home, uint64_t id, uint64_t inode)
{
	auto_str name = {0};
	struct stat facts;
	reading_name(id, &name);
	if (fstatat(home, str_text(&name), &facts, AT_SYMLINK_NOFOLLOW))
		return -errno;
	if (facts.st_ino != inode || facts.st_uid != 0)
		return -ENOENT;
	return unlinkat(home, str_text(&name), 0) ? -errno : 0;
}
