/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What /proc/PID/stat, status and smaps_rollup say, as numbers. Pure: text in,
 * numbers out. The second field of stat is a name that the process chose, with
 * any bytes in it, so everything is counted from its last closing parenthesis.
 */
#ifndef SENSORS_STAT_H
#define SENSORS_STAT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

enum { PROCESS_NAME = 16 };

struct process_stat {
	char name[PROCESS_NAME]; /* as it calls itself, which it may change */
	char state;
	uint32_t parent;
	bool kernel_thread;
	uint64_t cpu_ticks;   /* user and system, of all its threads that live or lived */
	uint64_t start_ticks; /* since boot */
};

/* 0 or -EBADMSG. */
int process_stat_parse(const char *text, struct process_stat *ret_stat) must_use;

struct process_status {
	uint32_t uid;	 /* real */
	uint64_t memory; /* bytes of anon, shmem and swap; 0 if it has no address space */
};

/* 0 or -EBADMSG. */
int process_status_parse(const char *text, struct process_status *ret_status) must_use;

/* Bytes of anon, shmem and swap by the share of each holder, from smaps_rollup. */
uint64_t smaps_rollup_memory(const char *text);

#endif
