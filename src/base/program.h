/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs a program of this host, for the few services that have no other door
 * than their own client. No shell: the arguments are given one by one.
 */
#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

/*
 * Runs arguments[0] (a path; the list ends with NULL) with that input, waits at
 * most that long and appends what it wrote, up to 1 MiB, to out. Gives its exit
 * status; -ETIMEDOUT: it was ended; -EIO: a signal ended it; or -errno.
 */
int program_run(const char *const *arguments, const struct str *input, int milliseconds,
    struct str *out) must_use;

#endif
