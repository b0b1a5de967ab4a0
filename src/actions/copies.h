/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking for copies of what is disabled, at a bounded price:
 *
 *     watched    the folders where a disabled file lies, and the top of the home:
 *                what is written or moved there is met at the next tick
 *     walked     the whole home, some thousand names a tick, again and again
 *
 * Only names, sizes and times are looked at here; what may be a copy is handed
 * to who asked. Everything is opened beneath what was opened before.
 */
#ifndef ACTIONS_COPIES_H
#define ACTIONS_COPIES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/attributes.h"

struct copies;

struct copies_eyes {
	/* Whether the file is worth opening. told: it was written or moved just now. */
	bool (*wants)(void *context, uint32_t account, const struct stat *facts, bool told);
	/* Looks at a file, opened with O_PATH; gives how many bytes of it were read. */
	uint64_t (*meet)(void *context, uint32_t account, int file);
	void *context;
};

struct copies *copies_new(const struct copies_eyes *eyes) must_use;
void copies_free(struct copies *copies);

/* Watches a folder of the account; watching one twice is fine. Best effort: there is the walk.
 */
void copies_watch(struct copies *copies, uint32_t account, int folder);

/* The account is looked at no more. */
void copies_forget(struct copies *copies, uint32_t account);

/* Begins a walk, unless one is under way; home is borrowed. */
void copies_walk(struct copies *copies, uint32_t account, int home);
bool copies_walks(const struct copies *copies);

/* Hears what the watched folders tell, and goes on with the walk. true: something was missed,
 * so that a walk should begin at once. */
bool copies_tick(struct copies *copies);

#endif
