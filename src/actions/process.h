/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Processes as /proc shows them, and the one safe way to take hold of one: a
 * pid is only a number that the next process may be given, so facts are read
 * between opening a pidfd and finding it still alive.
 */
#ifndef ACTIONS_PROCESS_H
#define ACTIONS_PROCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

struct process_facts {
	uint32_t pid;
	uint32_t parent;
	uint32_t group; /* process group */
	uint32_t session;
	uint32_t uid;	/* real, as seen from our user namespace */
	uint64_t start; /* ns since boot (boot clock), cut to clock ticks */
	uint64_t
	    memory; /* bytes of anon + shmem resident and swap; shared pages counted whole */
	char state; /* 'R', 'S', 'Z', ... */
};

/* /proc itself, opened for the functions below; -errno if it is not there. */
int process_open_proc(void) must_use;

/* The facts of a pid, whoever has it at this moment. -ESRCH: nobody. */
int process_read(int proc, uint32_t pid, struct process_facts *ret_process) must_use;

/* Only uid, memory and state, at half the price; the other facts are zero. */
int process_peek(int proc, uint32_t pid, struct process_facts *ret_process) must_use;

/*
 * A pidfd and the facts of the very process it stands for; close the
 * descriptor. -ESRCH: there is no such process, or it ended meanwhile.
 */
int process_open(
    int proc, uint32_t pid, struct process_facts *ret_process, int *ret_fd) must_use;

/* Whether the process behind a pidfd still has its pid to itself: alive, or not yet waited for.
 */
bool process_lives(int fd);

/* 0 or -errno; -ESRCH: it has ended. */
int process_signal(int fd, int signal) must_use;

/* Whether it is the process that was seen to start then, within a clock tick. */
bool process_started_at(const struct process_facts *process, uint64_t start);

/* Whether it still runs: a zombie only waits to be noticed. */
bool process_runs(const struct process_facts *process);

/*
 * Uid that owns /proc/PID: the effective uid, or 0 for a process that changed
 * its credentials and did not execute since. Costs a tenth of process_read().
 */
int process_owner(int proc, uint32_t pid, uint32_t *ret_uid) must_use;

/* Bytes of anonymous, shared and swapped memory, shared pages by proportion; 0 if unknown. */
uint64_t process_memory(int proc, uint32_t pid);

/*
 * Calls visit for every pid, in order, reading few names ahead, so that
 * processes that live for milliseconds are met alive. Stops early when visit
 * gives something else than 0, and gives that; else 0 or -errno.
 */
int process_walk(int proc, int (*visit)(void *context, uint32_t pid), void *context) must_use;

#endif
