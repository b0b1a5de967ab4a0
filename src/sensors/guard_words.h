/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the guard's kernel programs saw, judged and put into words. The paths
 * are the customer's bytes, and may lie: what was refused by a lying path was
 * refused all the same, and what was done is known by its inode.
 */
#ifndef SENSORS_GUARD_WORDS_H
#define SENSORS_GUARD_WORDS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "model/guarded.h"
#include "model/tables.h"
#include "sensors/guard_events.h"

/* What is known besides the event; the functions ask the host and may be replaced in tests. */
struct guard_knowledge {
	const struct guarded *paths;
	const struct guarded *devices;
	/* Whether a path directly below /dev is that of a block device. */
	bool (*is_block_device)(const char *name);
	/* Who the process of that pid belongs to; -1: nobody knows. */
	int64_t (*uid_of)(uint32_t pid);
	/* Appends the device's name below /dev. */
	void (*name_device)(struct str *out, bool block, uint32_t number);
};

/* What is asked of the running host. */
extern const struct guard_knowledge guard_this_host;

/* Whether the event is an attempt at all; then its measure, its value if it is a name, and
 * words. */
bool guard_judge(const struct guard_knowledge *knowledge, const struct guard_event *event,
    enum measure *ret_measure, int64_t *ret_value, struct str *out);

/* Whether what was refused only looks at what is guarded, or leaves all as it was: honest
 * programs do much of it at a time. */
bool guard_only_looks(const struct guard_knowledge *knowledge, const struct guard_event *event);

/* Whether so many bytes are an event as the kernel programs make them. */
bool guard_is_event(const void *bytes, size_t length);

/* The row of guard_calls.def: its name, and how the kernel programs know it. */
unsigned guard_call_count(void);
const char *guard_call_name(unsigned row);
struct guard_call guard_call_at(unsigned row);

#endif
