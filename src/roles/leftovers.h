/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kill leaves lying beside the files of a role: new contents, passwords among
 * them, under a passing name. The next view mostly writes the same file again and takes
 * it away; a view that has changed meanwhile would not. So an application is marked as
 * begun until it has ended, and who finds the mark looks beside every file of the manifest.
 */
#ifndef ROLES_LEFTOVERS_H
#define ROLES_LEFTOVERS_H

#include "roles/manifest.h"

/* Sweeps if whoever was here before was cut off, and leaves the mark. 0 or -errno. */
int leftovers_begin(int state, struct manifest *manifest) must_use;

/* All that was begun has its place, or was taken away. */
void leftovers_end(int state);

/* Adds the passing name of a path, under which its new content lies first. */
void leftovers_name(const char *path, struct str *out);

#endif
