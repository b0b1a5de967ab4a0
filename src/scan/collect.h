/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of the files that a case names, for evidence. */
#ifndef SCAN_COLLECT_H
#define SCAN_COLLECT_H

#include "base/arena.h"
#include "model/account.h"
#include "model/evidence.h"

/*
 * Fills in the files of which only the paths are known: absolute beneath the
 * account's home, or relative to it. What goes wrong with one is its status:
 * -EXDEV it is not beneath the home, -EPERM not the account's, -EINVAL no
 * regular file. Copies live in the arena and are cut at MOST_EVIDENCE_COPY.
 */
void collect_files(
    const struct account *account, struct arena *arena, struct evidence_package *package);

#endif
