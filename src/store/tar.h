/* SPDX-License-Identifier: Apache-2.0 */
/* Archives in the format of POSIX (ustar), for what leaves hayward as one file. */
#ifndef STORE_TAR_H
#define STORE_TAR_H

#include <stdint.h>

#include "base/str.h"

enum { LONGEST_TAR_NAME = 99 };

/*
 * Appends a regular file, readable by its owner only. The name is ours, never
 * a customer's: relative, and no longer than LONGEST_TAR_NAME. modified: wall ms.
 */
void tar_add(
    struct str *out, const char *name, const void *bytes, size_t length, int64_t modified);

/* Ends the archive. */
void tar_end(struct str *out);

#endif
