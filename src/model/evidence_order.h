/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order in which the processes of an account are shown as a tree. A process
 * follows its parent; children, and the topmost, are in the order of their begin.
 *
 * The processes were looked at one after the other, so that what they say of
 * each other need not fit: a number may have gone to another process meanwhile.
 * Nobody's parent began after him; where it says so, the process is a topmost
 * one. Whatever is said, each process has exactly one place.
 */
#ifndef MODEL_EVIDENCE_ORDER_H
#define MODEL_EVIDENCE_ORDER_H

#include "model/evidence.h"

struct evidence_place {
	uint32_t index; /* of the process in the tree */
	uint32_t depth; /* 0: topmost, or of a parent that is not in the tree */
};

/* As many places as the tree has processes, in the arena. */
const struct evidence_place *evidence_order(
    const struct evidence_tree *tree, struct arena *arena) must_use;

#endif
