/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two other ways in which Linux tells of every process: taskstats, a
 * record for each exit, and the proc connector, a message for each fork, exec
 * and exit. Each is read in a process of its own, whose processor time is the
 * cost of listening; what the kernel spends on sending is not even in it.
 */
#ifndef BENCH_PROCESS_LIFE_PEERS_H
#define BENCH_PROCESS_LIFE_PEERS_H

#include <stdint.h>
#include <sys/types.h>

typedef void peer_listener(int ready);

/* Both listen until they are killed; they write a byte to ready when they are subscribed. */
void peer_taskstats(int ready);
void peer_connector(int ready);

/* Starts a listener; its pid, or -1 if this kernel does not offer it. */
pid_t peer_start(peer_listener *listener);

/* Ends it; the processor time that it used, in ns. */
uint64_t peer_end(pid_t pid);

#endif
