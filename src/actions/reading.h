/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reading copy: what a disabled script says, for its owner to read and for
 * nothing to run. A text at the top of the home, each line behind a "# ", which
 * every interpreter of scripts takes for a comment, and no "<?" left in it,
 * which is what PHP begins at. What cannot be shown as it is stands as \xNN, so
 * the very bytes can be had back; a file of them is a copy, and is disabled.
 *
 * It is root's, so that nobody's quota is charged, and readable for the owner
 * alone, for scripts hold passwords. The owner may remove it.
 */
#ifndef ACTIONS_READING_H
#define ACTIONS_READING_H

#include <stdint.h>

#include "base/str.h"

struct reading {
	int home;	/* opened */
	uint32_t owner; /* uid that may read it */
	uint64_t id;	/* for its name */
	const char *path;
};

/* The text alone. */
void reading_render(const char *path, const struct str *content, struct str *out);

/* "hayward-disabled-0123456789abcdef.txt". */
void reading_name(uint64_t id, struct str *out);

/* Writes it; gives its inode. -EEXIST: the owner has something else of that name. */
int reading_write(
    const struct reading *reading, const struct str *content, uint64_t *ret_inode) must_use;

/* Removes it if it is still that very file. -ENOENT: it is not there, or is another. */
int reading_remove(int home, uint64_t id, uint64_t inode) must_use;

#endif
