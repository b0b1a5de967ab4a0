/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the disks did: of whole disks only, and of what others lie upon only
 * (no dm, md or loop device), so that no byte is seen twice. How long a disk
 * was busy is its own time; of several it is the mean, each weighted by the
 * bytes it moved, so that idle disks excuse nobody and do not accuse.
 */
#ifndef SENSORS_DISKS_H
#define SENSORS_DISKS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct disks;

/* Below these two, which must live as long. Never NULL; what cannot be read says so when it is
 * looked at. */
struct disks *disks_new(const char *proc, const char *sys) must_use;
void disks_free(struct disks *disks);

/* Of all disks together, between two looks. */
struct disks_use {
	uint64_t busy_ns;
	uint64_t read_bytes;
	uint64_t written_bytes;
	uint64_t operations; /* requests that were finished */
};

/*
 * What was done since the last look; nothing at the first. interval_ns bounds what can be
 * believed. 0; -ENODEV if there is no disk whose work is counted, else -errno.
 */
int disks_look(struct disks *disks, uint64_t interval_ns, struct disks_use *ret_use) must_use;

/*
 * Whether something mounted here lies on another machine: what tasks move from and to it
 * is charged to them as if it were a disk's, and nothing tells the two apart.
 */
bool disks_have_strangers(const struct disks *disks, struct str *ret_where);

#endif
