/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose mails are being scanned: so many at a time, for each holds a message in memory, and of
 * one sender no more than a part of them.
 *
 * SECURITY: a sender can make mails that take as long as a scan may. With all places his nobody
 * else's mail would get in.
 */
#ifndef GATES_SCAN_SHARES_H
#define GATES_SCAN_SHARES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

enum { MOST_SCANS = 64, MOST_SCANS_OF_ONE = 16 };

/* All zero: nothing is scanned. */
struct scan_shares {
	size_t count;
	uint64_t senders[MOST_SCANS];
};

/* One more of that sender's begins; false: it may not. */
bool scan_shares_take(struct scan_shares *shares, uint64_t sender) must_use;

/* One of his is over. */
void scan_shares_give_back(struct scan_shares *shares, uint64_t sender);

#endif
