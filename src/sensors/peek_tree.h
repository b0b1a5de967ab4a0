/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All processes of an account at one moment, for evidence and for who asks; part of the
 * peeker's closed list.
 */
#ifndef SENSORS_PEEK_TREE_H
#define SENSORS_PEEK_TREE_H

#include "base/arena.h"
#include "model/account.h"
#include "model/evidence.h"

/*
 * Who runs: everything but command lines, which are "". Texts live in the
 * arena. status is that of the whole; a process that ends meanwhile is left out.
 * The account is one of accounts.
 */
void peek_tree(const struct accounts *accounts, const struct account *account, int64_t now,
    struct arena *arena, struct evidence_tree *ret_tree);

/*
 * Adds the command lines of those that still run. The kernel reads them out of
 * the process's own memory, which it locks; the owner can arrange that somebody
 * has it locked for ever: this may not return. Say first what is known without them.
 */
void peek_commands(struct arena *arena, struct evidence_tree *tree);

#endif
