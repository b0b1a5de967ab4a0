/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All processes that come from this one, also those who left their session: it
 * is their subreaper, so who loses its parent becomes its child. It must be
 * allowed to end them, and they must not be able to end it.
 */
#ifndef MAIN_DELIVER_TREE_H
#define MAIN_DELIVER_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tree_use {
	size_t processes;
	int64_t memory;	 /* bytes resident, summed up */
	int64_t seconds; /* of processor time, of the living and of those waited for */
};

/* This process becomes the root of the tree. 0 or -errno. */
int tree_plant(void);

/* What the tree uses now, without its root. */
struct tree_use tree_measure(void);

/* Ends all of them, and waits for each. Whether nobody is left after some seconds. */
bool tree_fell(void);

#endif
