/* SPDX-License-Identifier: Apache-2.0 */
/*
 * atop beside us: once a second it looks at /proc, and at the kernel's process
 * accounting for who has ended since, where processor time is in hundredths of
 * a second (acct(5)).
 */
#ifndef BENCH_ATOP_H
#define BENCH_ATOP_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct atop {
	pid_t pid;
	char report[64];
};

/* Starts it, a report a second; false if it is not there. */
bool atop_start(struct atop *ret_atop);

/*
 * Ends it, whose last report is up to a second old: whoever wants all waits
 * that long. What it saw of a user's programs, and what it used itself, in ns.
 */
void atop_end(struct atop *atop, uid_t uid, uint64_t *ret_seen_ns, uint64_t *ret_cost_ns);

#endif
