/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What interpreters need to start on this host, now: the quickest tenth of all
 * runs of the last while tells, and one that is disturbed needs twice as long. On a
 * machine that is slow or busy, processor time grows for the same work, and no script
 * is to blame for that.
 *
 * SECURITY: whoever ends his runs at once makes starts look quick, and others'
 * scripts slower than they are; the table's own value is therefore the least. Nothing
 * is learned from files that a customer made (run.bpf.h).
 * If all scripts of an interpreter are slow their quickest tenth is, too; a
 * start is therefore believed up to a number of times the table's value, and
 * so much is believed while few runs were seen.
 */
#ifndef SENSORS_STARTS_H
#define SENSORS_STARTS_H

#include <stdint.h>

#include "model/run_scale.h"

enum {
	PROGRAM_START_MS = 1, /* of a program that is no interpreter */
	STARTS_FEWEST = 20,   /* runs, before they tell anything */
	STARTS_TIMES = 20,    /* the table's value, at most */
};

/* The runs of one interpreter lately; begin with zeros. */
struct starts {
	uint64_t runs[RUN_STEPS]; /* by what each used */
	uint64_t total;
	int64_t halved_at; /* ms of the boot clock */
};

/* Adds runs that ended on that step. */
void starts_add(struct starts *starts, uint32_t step, uint32_t count);

/* Lets old runs count less and less: by half in ten minutes; now in ms of the boot clock. */
void starts_age(struct starts *starts, int64_t now);

/* What a start is believed to need, in ns; table_ms is what it needs on a quick machine. */
uint64_t starts_believed(const struct starts *starts, uint32_t table_ms);

#endif
