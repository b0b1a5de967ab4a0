/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's state as of some record, saved so that a restart need not
 * replay the journal from its beginning. It is never the truth: a checkpoint
 * that is missing or damaged costs time, nothing else. The last two are kept.
 */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include <stdint.h>

#include "base/str.h"

enum { LARGEST_CHECKPOINT = 64 * 1024 * 1024 };

struct checkpoint {
	uint64_t sequence; /* of the last record that is in it */
	struct str bytes;
};

/*
 * Replaces the last checkpoint, all or nothing, durably; the one before it
 * becomes the older of the two if it is sound. -EFBIG, else -errno.
 */
int checkpoint_save(
    int directory, uint64_t sequence, const void *bytes, size_t length) must_use;

/*
 * The newest sound checkpoint of a record not after `last`: one of a later
 * record belongs to a journal that is not there any more. -ENOENT: there is
 * none. ret_said gets a line for each that could not be used. The caller ends
 * it with checkpoint_done().
 */
int checkpoint_load(int directory, uint64_t last, struct str *ret_said,
    struct checkpoint *ret_checkpoint) must_use;

void checkpoint_done(struct checkpoint *checkpoint);

#endif
