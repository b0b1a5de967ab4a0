/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening what a customer names or made: never through a link, never onto
 * another file system, never waiting for anybody, and only what is his.
 */
#ifndef SCAN_OPENING_H
#define SCAN_OPENING_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/attributes.h"
#include "model/account.h"

/*
 * The account's home, which the operator chose; it may be root's, as SFTP
 * wants it. -errno, -EPERM: it is somebody else's.
 */
int scan_open_home(const struct account *account) must_use;

/*
 * Opens a path beneath a directory for reading. -ELOOP: a link is in the way;
 * -EXDEV: it leads out, or to another file system (which may be one whose
 * owner lets everybody wait); -EWOULDBLOCK: somebody holds a lease.
 */
int scan_open(int directory, const char *path, int flags) must_use;

/* Whether the account itself owns it; what its subordinate uids own it does not. */
bool scan_owns(const struct account *account, const struct stat *status);

/* Last change of content, and of anything, in ms. */
int64_t scan_modified(const struct stat *status);
int64_t scan_changed(const struct stat *status);

#endif
