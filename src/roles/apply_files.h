/* SPDX-License-Identifier: Apache-2.0 */
/* What differs between an output and the machine, being changed, and back. */
#ifndef ROLES_APPLY_FILES_H
#define ROLES_APPLY_FILES_H

#include "roles/output.h"

struct changes;

struct changes *changes_new(void) must_use;
void changes_free(struct changes *changes);

/* Finds what differs from the output, which must outlive the changes. */
void changes_find(struct changes *changes, const struct output *output);

/* A file is to go. */
void changes_remove(struct changes *changes, const char *path, enum daemon daemon);

/* Whether a file that this daemon reads changes. */
bool changes_touch(const struct changes *changes, enum daemon daemon);

/* Makes all of them, keeping what was before. Goes on after a failure; the first one's -errno.
 */
int changes_make(struct changes *changes, struct str *said, struct str *ret_why) must_use;

/* Puts back what was before for that daemon, as far as possible. */
void changes_revert(struct changes *changes, enum daemon daemon);

/*
 * Puts one file or folder where it belongs, with the folders above it. A file
 * takes the place of the old one whole; a password in it is never readable for
 * others in between. 0 or -errno.
 */
int file_put(const struct output_file *file) must_use;

#endif
