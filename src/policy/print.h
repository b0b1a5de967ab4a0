/* SPDX-License-Identifier: Apache-2.0 */
/* A tree in the one layout of the language. */
#ifndef POLICY_PRINT_H
#define POLICY_PRINT_H

#include "base/str.h"
#include "policy/tree.h"

/* Appends the file. Parsing it gives the same tree, and printing that the same text. */
void print_tree(const struct tree *tree, struct str *out);

#endif
