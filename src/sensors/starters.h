/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which programs start others' runs: the table, and its key, which the kernel
 * programs make of a name at the exec of root's.
 */
#ifndef SENSORS_STARTERS_H
#define SENSORS_STARTERS_H

#include "model/starter.h"
#include "sensors/argv_scan.h"

enum { MOST_STARTER_PROGRAMS = 256 };

/* What a name is called in the table: its hash up to its last byte that is no version's. */
struct starter_key {
	__u64 hash;
	__u64 key;
};

static inlined struct starter_key
starter_key_start(void)
{
	return (struct starter_key){ARGV_HASH_START, ARGV_HASH_START};
}

static inlined void
starter_key_step(struct starter_key *name, unsigned char byte)
{
	name->hash = (name->hash ^ byte) * ARGV_HASH_FACTOR;
	if (byte != '.' && (byte < '0' || byte > '9'))
		name->key = name->hash;
}

/* A program of the table. */
struct starter_entry {
	__u64 key;
	enum starter starter;
};

__u64 starter_key_of(const char *program);

/*
 * Fills the table from starters.def and from the setting, of which words that
 * are none are passed over; at most MOST_STARTER_PROGRAMS. How many there are;
 * of two with one key the later counts.
 */
unsigned starter_entries(
    const char *setting, struct starter_entry entries[static MOST_STARTER_PROGRAMS]);

/* Whom the table names; STARTER_UNKNOWN: nobody. */
enum starter starter_of_program(
    const struct starter_entry *entries, unsigned count, const char *program);

#endif
