/* SPDX-License-Identifier: Apache-2.0 */
/* The directories of haywardd, which the parent makes for its children. */
#ifndef PROCS_PLACES_H
#define PROCS_PLACES_H

#include "base/str.h"
#include "model/tables.h"
#include "procs/options.h"

/* Below the run directory. */
#define PID_FILE       "haywardd.pid"
#define CONTROL_SOCKET "control"
#define EMPTY_ROOT     "empty"
/* What the shell role's container sees of it; it stays when haywardd ends, for it is mounted.
 */
#define CONTAINED_FOLDER "site"

#define PLACES_NONE ((struct places){-1, -1, -1, -1, -1, -1, -1})

struct places {
	int state;    /* the keeper's */
	int run;      /* root's */
	int parent;   /* state/parent: root's */
	int enforcer; /* state/enforcer */
	int notifier; /* state/notifier */
	int gate;     /* state/gate: root's */
	int pid_file; /* locked as long as it is open */
};

/*
 * Makes what is missing, gives each directory to who works in it, and takes
 * the lock: one haywardd to a run directory. 0, or -errno with ret_error in
 * words; -EALREADY: another one runs.
 */
int places_open(
    const struct options *options, struct places *ret_places, struct str *ret_error) must_use;

/* Removes what only a running haywardd has, and the lock with it. */
void places_close(struct places *places);

/* The descriptor of a process's own directory, or -1; see role_directory(). */
int places_directory(const struct places *places, enum process process);

#endif
