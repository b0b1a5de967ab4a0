/* SPDX-License-Identifier: Apache-2.0 */
/* When a process is worth listening to, when it spins, and how that is said. Pure. */
#ifndef SENSORS_POLLING_JUDGE_H
#define SENSORS_POLLING_JUDGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "sensors/polling_counts.h"

/* What all tasks of a process used within a window, or since they began. */
struct polling_use {
	uint64_t cpu_ns;
	uint64_t wakes;
	uint64_t calls; /* that read or write */
	uint64_t bytes; /* that these moved */
};

/*
 * Whether what was used within so many ms may be waiting that costs something: much
 * processor time or many wakes, and hardly a byte by reads and writes. It costs nothing
 * to know and proves nothing: what is received and sent otherwise is not in it.
 */
bool polling_is_suspect(const struct polling_use *use, int64_t ms);

/*
 * Whether a process that was listened to for so many ms, and used so much processor time in
 * them, did little else than call in vain. Never true of who computes between the calls.
 */
bool polling_spins(const struct polling_counts *counts, uint64_t cpu_ns, int64_t ms);

/* What it does, how often, and what to do instead. */
void polling_say(const struct polling_counts *counts, int64_t ms, struct str *out);

/* Rows of polling_calls.def. */
unsigned polling_call_count(void);
const char *polling_call_name(unsigned row);
struct polling_call polling_call_at(unsigned row);

#endif
