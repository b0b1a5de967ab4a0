/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finding the file that an action is about: from a label, which is what its
 * owner called it, to an open descriptor of a regular file beneath the
 * account's home that the account owns.
 */
#ifndef ACTIONS_SCRIPT_H
#define ACTIONS_SCRIPT_H

#include <sys/stat.h>

#include "actions/tools.h"
#include "base/digest.h"

/* What a file says. Of a very large one the first 16 MiB and its size are what it is known by.
 */
struct content {
	uint64_t size;
	struct digest digest;
	struct str bytes; /* at most 16 MiB; str_done() it */
};

/* The home of an account, opened for reading; links on the way there are the operator's. */
int script_open_home(const struct tools *tools, const char *home) must_use;

/* Where the descriptor's file is by now, as seen from the host's root. */
int script_path(const struct tools *tools, int fd, struct str *ret_path) must_use;

/*
 * The file of that path, opened with O_PATH. -EXDEV: not beneath the home;
 * -ELOOP: through a link; -ENOENT.
 */
int script_find(
    const struct tools *tools, int home, const char *home_path, const char *path) must_use;

/*
 * Whether it is a plain file of the account with one name; else -EPERM or
 * -EMLINK, and text says why not.
 */
int script_check(const struct tools *tools, const struct account *account,
    const struct stat *facts, struct str *text) must_use;

/*
 * Opens what was found for reading. -EBUSY: somebody has a lease on it that
 * the kernel has not broken within two seconds.
 */
int script_read_open(int found) must_use;

/* Reads it. fd keeps its offset. */
int script_read(int fd, struct content *ret_content) must_use;

#endif
