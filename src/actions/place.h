/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folders and files below the host's root, reached without following a link:
 * a customer who can name a folder on the way can swap it for a link while we
 * look. A path is written without a leading slash.
 */
#ifndef ACTIONS_PLACE_H
#define ACTIONS_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/str.h"

/*
 * Opens with flags of open(2); close the descriptor. -ELOOP: there is a link
 * on the way, -ENOENT, or another -errno.
 */
int place_open(int root, const char *path, int flags) must_use;

/* Facts of what stands at the path itself, a link included. 0 or -errno. */
int place_stat(int root, const char *path, struct stat *ret_facts) must_use;

bool place_exists(int root, const char *path);

/* Appends a regular file's bytes; -EINVAL: it is something else, -EFBIG: more than max. */
int place_read(int root, const char *path, size_t max, struct str *out) must_use;

/*
 * Calls visit for each name in the folder, "." and ".." excepted, until it
 * gives something else than 0; gives that. -E2BIG: more names than we look at.
 */
int place_each(int root, const char *path, int (*visit)(void *context, const char *name),
    void *context) must_use;

#endif
