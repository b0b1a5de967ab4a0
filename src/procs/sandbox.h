/* SPDX-License-Identifier: Apache-2.0 */
/* What each process of haywardd is allowed, all of it on the page sandbox.c. */
#ifndef PROCS_SANDBOX_H
#define PROCS_SANDBOX_H

#include <stdint.h>
#include <sys/types.h>

#include "model/tables.h"
#include "procs/options.h"

/* The user and group that a process runs as. */
struct identity {
	uid_t uid;
	gid_t gid;
};

/*
 * _hayward-NAME of /etc/passwd, or else 65200 plus the process's number; root
 * for parent and enforcer. When haywardd is not run by root: who runs it.
 */
struct identity sandbox_identity(enum process process);

/*
 * Gives up, for ever, all that the process does not need. What cannot be given
 * up although it must be, is fatal.
 */
void sandbox_enter(enum process process, const struct options *options);

/* The gid of who may read logs on this host: adm; 0 if there is no such group. */
uint32_t sandbox_log_group(void);

/* The uid that the enforcer's reaper has for itself, and nobody else has. */
uint32_t sandbox_reaper_uid(void);

/* As sandbox_enter(), for the reaper (actions/reaper.h). */
void sandbox_enter_reaper(uint32_t own_uid);

#endif
