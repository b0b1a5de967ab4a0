/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The book on disk: one file, replaced whole, under a lock that whoever changes
 * it holds from reading to writing. A second operator waits.
 */
#ifndef SITE_BOOK_FILE_H
#define SITE_BOOK_FILE_H

#include "base/arena.h"
#include "site/book.h"

struct book_file {
	int folder; /* locked; -1: closed */
	struct book book;
};

/*
 * Opens the folder, which is made if it is missing, waits at most that long (ms)
 * for the lock, and reads the book into the arena; no file is an empty book whose
 * first uid is given. 0; -EBUSY: another holds it; -EINVAL: it is no book;
 * -errno; ret_why says it in words.
 */
int book_open(const char *folder, int64_t first_uid, int64_t patience, struct arena *arena,
    struct book_file *ret_file, struct str *ret_why) must_use;

/* As book_open(), without the lock: the book as it is at this moment, for looking. */
int book_look(const char *folder, int64_t first_uid, struct arena *arena, struct book *ret_book,
    struct str *ret_why) must_use;

/* Makes the book, with its generation grown by one, the one on disk, durably. */
int book_save(struct book_file *file) must_use;

/* Gives the lock back; a change that was not saved has not happened. */
void book_close(struct book_file *file);

#endif
