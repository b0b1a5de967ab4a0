/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A tour of everything below a directory that belongs to somebody hostile:
 * each directory before what is in it, names in the order of their bytes, so
 * that two walks over one tree see the same and a broken one can be taken up.
 *
 * Neither stack, descriptors nor memory grow with what the owner can make: a
 * level of depth costs its name and nothing else; of a directory with a million
 * names only so many are held at a time, the rest is read again later.
 *
 * SECURITY: nothing is followed, no mount is entered (the owner may have
 * mounted a file system of his own, which can make anybody wait for ever), and
 * nothing is opened for reading: of each item there is a descriptor that only
 * names it (O_PATH). Who renames directories under the walk gets a tree with
 * gaps, which are told; the walk never leaves what it came into by name.
 */
#ifndef ACTIONS_TOUR_H
#define ACTIONS_TOUR_H

#include <stddef.h>
#include <sys/stat.h>

#include "base/attributes.h"

/* Longer paths, in bytes, are told and not entered. */
enum { TOUR_LONGEST_PATH = 16384 };

struct tour;

struct tour_item {
	const char *path; /* below the top, the owner's bytes; valid until the next call */
	int fd;	    /* names it (O_PATH), borrowed until the next call; -1 with a status */
	int status; /* 0, or -errno: why it, or what is in it, could not be seen */
	struct stat stat; /* of fd */
};

/* top is a descriptor of a directory, borrowed, that may be O_PATH. */
struct tour *tour_new(int top) must_use;
void tour_free(struct tour *walk);

/*
 * The next item; 0, or -ENODATA at the end. A directory that cannot be read is
 * given twice: as itself, and with the status. -ESTALE: it was moved away while
 * it was being read, -EXDEV: something is mounted there, -ENAMETOOLONG.
 */
int tour_next(struct tour *walk, struct tour_item *ret_item) must_use;

/* Which of two paths a walk sees first: negative, 0 or positive, as strcmp(). */
int tour_compare(const char *one, const char *other) must_use;

#endif
