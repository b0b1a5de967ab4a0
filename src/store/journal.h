/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The journal: what hayward did and why, one line a record, only ever
 * appended to, each line's hash over the line before and itself. It is the
 * truth; the database can be made again from it. One writer at a time.
 *
 * Records are added, then committed together: one write, one sync. What is
 * not committed is not durable, and nothing may be done because of it. A
 * commit that fails leaves the journal as it was, cut back to the last whole
 * line, and may be tried again.
 */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "model/record.h"
#include "store/journal_head.h"

enum { SEGMENT_SIZE = 64 * 1024 * 1024 };

struct journal;

/*
 * Opens the journal in this directory (borrowed), or begins one. A segment
 * that has reached segment_size bytes is followed by the next.
 *
 * A last line that was torn by a crash is put aside into a file journal.torn-…
 * -EUCLEAN: the journal is broken, or shorter than it was, and must not be
 * written to. -EWOULDBLOCK: another keeper has it. Else -errno. ret_said gets
 * what the operator must be told, in words, also on success; "" if nothing.
 */
int journal_open(int directory, uint64_t segment_size, struct str *ret_said,
    struct journal **ret_journal) must_use;

/* What was added but not committed is lost. NULL is fine. */
void journal_free(struct journal *journal);

/* Sequence that the next record added must have. */
uint64_t journal_next(const struct journal *journal);

/* 0; -EINVAL: another sequence than the next. */
int journal_add(struct journal *journal, const struct record *record) must_use;

/* Bytes that are added and not committed. */
size_t journal_pending(const struct journal *journal);

/* Forgets what was added but not committed. */
void journal_discard(struct journal *journal);

/* Makes what was added durable. 0 or -errno: nothing of it counts as durable. */
int journal_commit(struct journal *journal) must_use;

/* The last durable record, sequence 0 if there is none. */
struct journal_anchor journal_durable(const struct journal *journal);

#define auto_journal __attribute__((cleanup(journal_cleanup)))
void journal_cleanup(struct journal **journal);

#endif
