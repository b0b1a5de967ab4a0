/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole files in and out. For files whose path the operator chose; what a
 * customer can name is opened through base/beneath.h.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/str.h"

/* Appends the file's bytes to out. -EFBIG if it has more than max, else -errno. */
int file_read(int directory, const char *path, size_t max, struct str *out) must_use;

/* As file_read, from an open descriptor's present offset on. */
int file_read_fd(int fd, size_t max, struct str *out) must_use;

/* Writes everything, resuming after short writes and EINTR. 0 or -errno. */
int file_write_all(int fd, const void *bytes, size_t length) must_use;

/* The secret of that many bytes in the file, made by chance if there is none: once there, it stays.
 * 0; -EBADMSG: what is there has another size; else -errno. */
int file_secret(int directory, const char *path, void *ret_secret, size_t size) must_use;

/*
 * Replaces the file by these bytes, all or nothing, durably: a temporary file
 * beside it, fsync, rename, fsync of the directory. Its mode is exactly that,
 * whatever the umask. 0 or -errno.
 */
int file_replace(
    int directory, const char *path, mode_t mode, const void *bytes, size_t length) must_use;

/* A sealed memory file of these bytes, to be passed to another process; -errno or the fd. */
int file_memory(const char *name, const void *bytes, size_t length) must_use;

#endif
