/* SPDX-License-Identifier: Apache-2.0 */
#include "site/book_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

enum { LARGEST_BOOK = 256 << 20, BETWEEN_TRIES_US = 20000 };

static const char file_name[] = "book.json";

static int
lock(int folder, int64_t patience)
{
	int64_t end = clock_boot() + patience;
	while (flock(folder, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return -errno;
		if (clock_boot() >= end)
			return -EBUSY;
		usleep(BETWEEN_TRIES_US);
	}
	return 0;
}

/* Others than root may go through it, to what haywardd reads; the book itself is root's alone.
 */
static int
open_folder(const char *path)
{
	auto_free char *parent = memory_copy_text(path);
	char *slash = strrchr(parent, '/');
	if (slash && slash > parent) {
		*slash = '\0';
		if (mkdir(parent, 0755) && errno != EEXIST)
			return -errno;
	}
	if (mkdir(path, 0711) && errno != EEXIST)
		return -errno;
	int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -errno : folder;
}

/* Of a generation that no role is at: one that was never told is at none, 0. */
static struct book
empty_book(int64_t first_uid)
{
	return (struct book){.generation = 1, .next_uid = first_uid};
}

static int
read_book(int folder, int64_t first_uid, struct arena *arena, struct book *ret_book,
    struct str *ret_why)
{
	auto_str text = {0};
	int status = file_read(folder, file_name, LARGEST_BOOK, &text);
	*ret_book = empty_book(first_uid);
	if (status == -ENOENT)
		return 0;
	return status ? status
		      : book_decode(str_text(&text), text.length, arena, ret_book, ret_why);
}

int
book_look(const char *path, int64_t first_uid, struct arena *arena, struct book *ret_book,
    struct str *ret_why)
{
	auto_fd int folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*ret_book = empty_book(first_uid);
	int status = folder >= 0       ? read_book(folder, first_uid, arena, ret_book, ret_why)
		     : errno == ENOENT ? 0
				       : -errno;
	if (status && !ret_why->length)
		str_add(ret_why, strerror(-status));
	return status;
}

int
book_open(const char *path, int64_t first_uid, int64_t patience, struct arena *arena,
    struct book_file *ret_file, struct str *ret_why)
{
	auto_fd int folder = open_folder(path);
	int status = folder < 0 ? folder : lock(folder, patience);
	if (!status)
		status = read_book(folder, first_uid, arena, &ret_file->book, ret_why);
	if (!status) {
		ret_file->folder = take_fd(folder);
		return 0;
	}
	if (status == -EBUSY)
		str_add(ret_why, "somebody else is changing the book");
	else if (!ret_why->length)
		str_add(ret_why, strerror(-status));
	return status;
}

int
book_save(struct book_file *file)
{
	auto_str text = {0};
	file->book.generation++;
	book_encode(&file->book, &text);
	return file_replace(file->folder, file_name, 0600, str_text(&text), text.length);
}

void
book_close(struct book_file *file)
{
	if (file->folder >= 0)
		close(file->folder);
	file->folder = -1;
}
