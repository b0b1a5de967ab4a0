/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose the disks' time was. The kernel tells what each task read and which
 * pages it made dirty; the disks tell how long they were busy, with how many
 * bytes and how many operations. Of that time an account has the part
 *
 *          its bytes + its operations x COST
 *          ----------------------------------       COST: 64 KiB
 *          all bytes + all operations x COST
 *
 * where all is what the disks did, by whomever. How many operations were its
 * own nobody counts; as its own count those that cannot have been others', had
 * theirs been as small as they can be. So who streams beside another who seeks
 * does not pay for the seeking, and who is alone pays for all of it.
 *
 * What was written is owed until the disks write: then it is served, each in
 * proportion to what he owes. What is not written within a minute (it was
 * thrown away, or went elsewhere) is forgotten.
 */
#ifndef SENSORS_DISK_TIME_H
#define SENSORS_DISK_TIME_H

#include "sensors/disks.h"
#include "sensors/rows.h"

struct disk_time;

struct disk_time *disk_time_new(void) must_use;
void disk_time_free(struct disk_time *time);

/* Gives each row its part of the time, by what its bytes say and what it owed before. */
void disk_time_charge(struct disk_time *time, struct rows *rows, const struct disks_use *use,
    uint64_t interval_ns);

#endif
