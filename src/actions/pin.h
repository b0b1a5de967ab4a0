/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pinning a file: it stays where it is and whose it is, and nobody but root can
 * open, run, rename, link, replace or remove it. Three things of it change:
 *
 *     mode    none at all     its owner's interpreters cannot open it either
 *     group   root's          or else `unshare -r` gives its owner, as root of a user
 *                             namespace of his own, the right to read any file whose
 *                             owner and group he maps
 *     flag    immutable       so that nobody takes these two back, or the name away
 *
 * The owner stays, and with it whose quota is charged; so do content, times
 * (but ctime), ACL and other extended attributes. A change of group drops file
 * capabilities, so they are remembered and put back.
 */
#ifndef ACTIONS_PIN_H
#define ACTIONS_PIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { MOST_CAPABILITY = 64 };

/* How a file was before it was pinned. */
struct pin {
	uint32_t mode; /* the twelve bits of chmod */
	uint32_t gid;
	bool immutable; /* already: it stays so */
	uint32_t capability_length;
	uint8_t capability[MOST_CAPABILITY]; /* the attribute security.capability */
};

/* fd is open for reading throughout: the inode, never the path, is what is acted on. */

/* -EOPNOTSUPP: this file system cannot make a file immutable. */
int pin_look(int fd, struct pin *ret_was) must_use;

bool pin_holds(int fd);

/* Idempotent. 0 or -errno; -EAGAIN: somebody changes it faster than we do. */
int pin_set(int fd) must_use;

/*
 * Puts back what is still as pin_set() made it, and tells each item: undone,
 * already so, or changed meanwhile and left. 0 or -errno of what failed.
 */
int pin_undo(int fd, const struct pin *was, struct str *text) must_use;

#endif
