/* SPDX-License-Identifier: Apache-2.0 */
/* A directory for one test, and records to put into journals. */
#ifndef TESTS_STORE_SCRATCH_H
#define TESTS_STORE_SCRATCH_H

#include <stdint.h>

#include "base/str.h"
#include "model/record.h"
#include "store/database.h"

struct scratch {
	char path[64];
	int directory;
};

/* Makes an empty directory, and removes it with all that is in it. */
struct scratch scratch_make(void);
void scratch_remove(struct scratch *scratch);

/* A file's bytes; the test fails if it cannot be read or written. */
void scratch_read(const struct scratch *scratch, const char *name, struct str *out);
void scratch_write(
    const struct scratch *scratch, const char *name, const void *bytes, size_t length);

/* All rows of all tables of the database, and all that defines them. */
void scratch_dump(const struct store_place *place, struct str *out);

/* The same record for the same number; neighbours differ in kind, case, account and text. */
struct record sample_record(uint64_t sequence);

/* Opens the journal in it, adds and commits sample records up to this sequence, closes it. */
void scratch_fill(const struct scratch *scratch, uint64_t segment_size, uint64_t last);

#endif
