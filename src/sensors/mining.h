/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Miners of coins, told by what only they have to say: a share, which is the proof of the
 * work itself, handed in to a pool. It is a line of JSON in one of the three dialects of
 * "stratum": mining.submit (Bitcoin and its kin), submit with job_id, nonce and result
 * (Monero and its kin), eth_submitWork. Who only asks a pool how it does hands in none, and
 * what a program is called, or how long it computes, is nobody's business here.
 * Within TLS nothing of it is seen.
 */
#ifndef SENSORS_MINING_H
#define SENSORS_MINING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sensors/attack_events.h"

/* So many shares over one connection are no test of somebody's. */
enum { MINING_SHARES = 3, MINING_CALLS = 64 };

/* How many of the text's lines are shares; a line that its end is missing of is not. */
unsigned mining_shares(const char *text, size_t length);

struct mining_call_heard {
	uint64_t call;	/* the socket's cookie; 0: none */
	uint64_t heard; /* the turn in which it last was */
	unsigned shares;
	bool told;
};

/* The connections that shares were handed in on; the one not heard for longest gives way. */
struct mining {
	uint64_t turn;
	struct mining_call_heard calls[MINING_CALLS];
};

/* Whether the bytes are such words; they come from the kernel, their text from a customer. */
bool mining_is_said(const void *bytes, size_t length);

/* Takes them in; whether it is now plain, for the first time, that the connection is a miner's. */
bool mining_hear(struct mining *mining, const struct mining_said *said);

#endif
