/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of a frame while it is being made: who lives and what was counted
 * come from two sides and meet here, by uid and script.
 */
#ifndef SENSORS_ROWS_H
#define SENSORS_ROWS_H

#include "base/arena.h"
#include "model/frame.h"

struct rows;

/* An empty set; rows_free() it. */
struct rows *rows_new(void) must_use;
void rows_free(struct rows *rows);

/* The row of that uid and script (0: its total), all zero if new. Valid until the next call. */
struct frame_row *rows_get(struct rows *rows, uint32_t uid, uint64_t script);

/* Every row so far, in the order in which they came up; i is below the count. */
size_t rows_count(const struct rows *rows);
struct frame_row *rows_at(struct rows *rows, size_t i);

/* Adds processor time to the row, used by runs that the starter began. */
void rows_add_cpu(
    struct rows *rows, uint32_t uid, uint64_t script, enum starter starter, uint64_t cpu_ns);

/* Adds runs that ended on that step of model/run_scale.h to the row of the script. */
void rows_add_ended(
    struct rows *rows, uint32_t uid, uint64_t script, uint32_t step, uint32_t count);

/* A living process; the one that used most of the processor stands for its row. */
struct process_use {
	uint32_t pid;
	uint32_t uid;
	uint64_t start;	 /* ns of the boot clock */
	uint64_t script; /* 0: none */
	uint64_t cpu_ns; /* in the interval */
	uint64_t memory;
	uint64_t own_memory; /* without what is shared with others */
};

/* Adds the process to its uid's total and to its script's row; not its CPU time, which is
 * counted. */
void rows_add_process(struct rows *rows, const struct process_use *process);

/* Moves what is in the script's row to that of the uid's other scripts. */
void rows_fold(struct rows *rows, uint32_t uid, uint64_t script);

/* Puts all rows that say anything into the frame, in the order in which they came up. */
void rows_give(const struct rows *rows, struct arena *arena, struct frame *frame);

#endif
