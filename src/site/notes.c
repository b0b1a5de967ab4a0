/* SPDX-License-Identifier: Apache-2.0 */
#include "site/notes.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

enum { LARGEST_NOTE = 32 };

/* The folder of the notes; -errno. */
static int
open_notes(const struct site_paths *paths, const char *kind)
{
	auto_str path = {0};
	str_addf(&path, "%s/%s", paths->state, kind);
	if (mkdir(str_text(&path), 0700) && errno != EEXIST)
		return -errno;
	int fd = open(str_text(&path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static bool
is_of(int notes, const struct book_account *account)
{
	auto_str text = {0};
	return !file_read(notes, account->name, LARGEST_NOTE, &text) &&
	       strtoll(str_text(&text), NULL, 10) == account->uid;
}

int
note_make(const struct site_paths *paths, const char *kind, const struct book_account *account)
{
	auto_str text = {0};
	auto_fd int notes = open_notes(paths, kind);
	if (notes < 0)
		return notes;
	str_addf(&text, "%lld\n", (long long)account->uid);
	return file_replace(notes, account->name, 0600, str_text(&text), text.length);
}

bool
note_is_there(
    const struct site_paths *paths, const char *kind, const struct book_account *account)
{
	auto_fd int notes = open_notes(paths, kind);
	return notes >= 0 && is_of(notes, account);
}

void
note_forget(const struct site_paths *paths, const char *kind, const char *name)
{
	auto_fd int notes = open_notes(paths, kind);
	if (notes >= 0)
		unlinkat(notes, name, 0);
}

void
notes_sweep(const struct site_paths *paths, const char *kind, const struct book *book)
{
	int notes = open_notes(paths, kind);
	DIR *list = notes < 0 ? NULL : fdopendir(notes);
	for (const struct dirent *entry; list && (entry = readdir(list));) {
		const struct book_account *account = book_find(book, entry->d_name);
		if (entry->d_name[0] != '.' && (!account || !is_of(notes, account)))
			unlinkat(notes, entry->d_name, 0);
	}
	if (list)
		closedir(list);
}
