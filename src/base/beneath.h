/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one way to open what a customer can name: beneath a directory, through
 * no link, by the kernel's own word. A path is looked at once; from then on the
 * descriptor is the file, whatever becomes of the path.
 *
 * Flags are those of open(2); O_CLOEXEC and O_NOCTTY are always added.
 */
#ifndef BASE_BENEATH_H
#define BASE_BENEATH_H

#include <stdint.h>

#include "base/str.h"

/*
 * Opens path, relative, beneath the directory: no symbolic link on the way, no
 * other mount, no way out. A descriptor, or -errno: -ELOOP a link, -EXDEV a
 * way out or another mount. With O_PATH a link at the end is opened itself.
 */
int beneath_open(int directory, const char *path, int flags) must_use;

/* The same where homes may be filesystems of their own: other mounts are entered. */
int beneath_open_mounts(int directory, const char *path, int flags) must_use;

/*
 * As beneath_open() in one try, and O_NOFOLLOW only if it is among the flags: without it a link
 * at the end is -ELOOP with O_PATH, too. -EAGAIN: somebody renames on a way through "..", or,
 * with O_NONBLOCK, holds a lease.
 */
int beneath_try(int directory, const char *path, int flags) must_use;

/* The same in one try where what is mounted is the operator's: other mounts are entered. */
int beneath_try_mounts(int directory, const char *path, int flags) must_use;

/*
 * For a path that the operator chose: links are followed, as if the directory were the root
 * of everything; other mounts are entered. But no magic link of /proc.
 */
int beneath_follow(int root, const char *path, int flags) must_use;

/* The file of a descriptor opened anew, as with O_PATH first and O_RDONLY when it proved fit.
 */
int beneath_reopen(int fd, int flags) must_use;

/* Where the kernel says that the file is by now, absolute; -ENOENT: it is unlinked. */
int beneath_path(int fd, struct str *ret_path) must_use;

#endif
