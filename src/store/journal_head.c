/* SPDX-License-Identifier: Apache-2.0 */
#include "store/journal_head.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "store/segment.h"

static const char head_name[] = "journal.head";

/* Always as many bytes, fewer than a disk's sector: the write in place is all or nothing. */
static void
head_print(const struct journal_anchor *anchor, struct str *out)
{
	str_addf(out, "%020" PRIu64 " %s\n", anchor->sequence, anchor->hash.text);
}

int
journal_head_read(int directory, struct journal_anchor *ret_anchor)
{
	auto_str text = {0}, again = {0};
	struct journal_anchor anchor = {0};
	int status = file_read(directory, head_name, 256, &text);
	if (status)
		return status;
	sscanf(
	    str_text(&text), "%20" SCNu64 " %64[0-9a-f]", &anchor.sequence, anchor.hash.text);
	head_print(&anchor, &again);
	if (!text_equal(str_text(&text), str_text(&again)) ||
	    !is_digest(anchor.hash.text, DIGEST_TEXT_SIZE - 1))
		return -EBADMSG;
	*ret_anchor = anchor;
	return 0;
}

int
journal_head_create(int directory, const struct journal_anchor *anchor)
{
	auto_str text = {0};
	head_print(anchor, &text);
	return file_replace(directory, head_name, 0640, text.data, text.length);
}

int
journal_head_open(int directory)
{
	int fd = openat(directory, head_name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}

int
journal_head_write(int fd, const struct journal_anchor *anchor)
{
	auto_str text = {0};
	head_print(anchor, &text);
	ssize_t wrote = pwrite(fd, text.data, text.length, 0);
	if (wrote < 0)
		return -errno;
	return (size_t)wrote == text.length ? 0 : -EIO;
}
