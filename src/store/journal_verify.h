/* SPDX-License-Identifier: Apache-2.0 */
/* Holds the whole journal against itself, and against what others know of it. */
#ifndef STORE_JOURNAL_VERIFY_H
#define STORE_JOURNAL_VERIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "store/journal_head.h"

/* Who knows of a record, and what: `name` is used in words, "the database". */
struct journal_witness {
	const char *name;
	struct journal_anchor anchor;
};

struct journal_verdict {
	uint64_t records;
	uint64_t first; /* sequence of the first record; 0: none */
	struct journal_anchor last;
	bool unfinished; /* behind the last record stands part of a line */
};

/*
 * Reads all of it, beginning with the first segment that is there; may run
 * while the keeper writes. 0: every line follows from the one before and reads
 * as a record, and head and witnesses agree. -EUCLEAN: not so; ret_words says
 * where and what. Else -errno. ret_verdict is set with 0 and -EUCLEAN, and
 * counts what is good before the first bad place.
 */
int journal_verify(int directory, const struct journal_witness *witnesses, size_t count,
    struct str *ret_words, struct journal_verdict *ret_verdict) must_use;

#endif
