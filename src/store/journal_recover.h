/* SPDX-License-Identifier: Apache-2.0 */
/* What journal_open() finds and mends before the first record is written. */
#ifndef STORE_JOURNAL_RECOVER_H
#define STORE_JOURNAL_RECOVER_H

#include <stdint.h>

#include "base/str.h"
#include "store/journal_head.h"

/*
 * Reads the last segment, puts a torn end aside, holds the rest against the
 * head, and begins a journal where there is none. The caller has the lock.
 * Errors and ret_said as journal_open().
 */
int journal_recover(int directory, struct str *ret_said, uint32_t *ret_segment,
    struct journal_anchor *ret_last) must_use;

#endif
