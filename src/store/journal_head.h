/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head: a small file beside the journal that knows its last durable
 * record, so that a journal whose end was cut off is found out. It is written
 * after each sync, in place and without a sync of its own: after a loss of
 * power it may know of an earlier record than the last, never of a later one.
 */
#ifndef STORE_JOURNAL_HEAD_H
#define STORE_JOURNAL_HEAD_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/digest.h"

/* What somebody knows of the journal: the record of this sequence had this hash. */
struct journal_anchor {
	uint64_t sequence; /* 0: of no record */
	struct digest hash;
};

/* Reads the head; -ENOENT: there is none; -EBADMSG: it is unreadable; -errno. */
int journal_head_read(int directory, struct journal_anchor *ret_anchor) must_use;

/* Makes or replaces the head, durably. */
int journal_head_create(int directory, const struct journal_anchor *anchor) must_use;

/* The head opened for journal_head_write(); the fd or -errno. */
int journal_head_open(int directory) must_use;
int journal_head_write(int fd, const struct journal_anchor *anchor) must_use;

#endif
