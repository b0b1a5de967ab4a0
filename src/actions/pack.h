/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An archive that can be taken up where a killed writer left it: pax entries,
 * compressed by zstd in frames that follow one another, each of which ends
 * where an entry ends. A tar file is its entries one after the other, and a
 * zstd file its frames; so what stands before a frame's end is good for ever,
 * whatever became of what stood behind it. Any tar and zstd read the whole.
 */
#ifndef ACTIONS_PACK_H
#define ACTIONS_PACK_H

#include <archive_entry.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/digest.h"

struct pack;

/*
 * Goes on behind the first `kept` bytes of the file (0: anew), of which raw
 * bytes of entries are in there; what stands behind them is cut off. fd is
 * borrowed, opened for reading and writing. -errno; -EBADMSG: it is shorter.
 */
int pack_open(int fd, int64_t kept, int64_t raw, struct pack **ret_pack) must_use;
void pack_free(struct pack *pack);

/*
 * An entry, and its bytes: as many as its size says, less is filled with
 * zeroes, more is left out. pack_skip() stands for bytes of a hole. 0 or -errno;
 * of pack_entry(), -EINVAL: such an entry cannot be stored, others can.
 */
int pack_entry(struct pack *pack, struct archive_entry *entry) must_use;
int pack_bytes(struct pack *pack, const void *bytes, size_t length) must_use;
int pack_skip(struct pack *pack, int64_t length) must_use;
int pack_entry_end(struct pack *pack) must_use;

/* Bytes of entries so far, before compression, and since the last frame. */
int64_t pack_raw(const struct pack *pack);
int64_t pack_raw_in_frame(const struct pack *pack);

/* Ends the frame, durably; gives the length of the file, which can be kept from now on. */
int pack_frame(struct pack *pack, int64_t *ret_kept) must_use;

/* The end of the archive; gives its length and its digest. */
int pack_end(struct pack *pack, int64_t *ret_length, struct digest *ret_digest) must_use;

#endif
