/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a file is a script, and in which language: by the ending of its name
 * and by its first line. Comparing the first bytes with fixed words is all that
 * is ever done with content; docs/decisions/0017 says why that is no parsing.
 */
#ifndef SCAN_RECOGNISE_H
#define SCAN_RECOGNISE_H

#include <stdbool.h>
#include <stddef.h>

enum { FIRST_BYTES = 256 }; /* of a file that are looked at, as the kernel does */

/*
 * The language (enum language) of a file of this name whose content begins
 * with these bytes, or -1: it is no script. ret_by_line: its first line told.
 */
int recognise(const char *name, const void *bytes, size_t length, bool *ret_by_line);

#endif
