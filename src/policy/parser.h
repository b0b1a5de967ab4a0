/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens to a tree. */
#ifndef POLICY_PARSER_H
#define POLICY_PARSER_H

#include "policy/tree.h"

/*
 * Parses a whole file; mistakes go to diag, and the tree holds what could be
 * understood. The tree lives in the arena and borrows the source.
 */
struct tree *parse_file(
    const struct source *source, struct arena *arena, struct diag *diag) must_use;

#endif
