/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reaper ends everything that runs as a uid, in one step and without a
 * pid: it takes the uid for its effective one and says kill(-1, SIGKILL). The
 * kernel does that under the lock that fork() needs, so a fork bomb loses, and
 * no number can be given anew in between. It can stop them in the same way.
 *
 * It is a process of its own, forked before the enforcer's sandbox closes, and
 * never has to fork again: when nothing can be forked, it still works.
 *
 * SECURITY: its real and saved uid are one that nobody else has, so whom it
 * ends cannot signal or trace it meanwhile. It has no capability but that to
 * change its uid: with CAP_KILL, or with root for one of its three uids, the
 * same kill(-1) would end the host. It looks at uid floor and accounts by
 * itself, whatever it is told.
 */
#ifndef ACTIONS_REAPER_H
#define ACTIONS_REAPER_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

enum { MOST_REAPED_UIDS = 256 };

struct reaper;

/*
 * Forks it; confine(own uid) gives up everything else there, for ever. Call it
 * with full privilege and no threads. 0 or -errno.
 */
int reaper_start(
    uint32_t own_uid, void (*confine)(uint32_t own_uid), struct reaper **ret_reaper) must_use;

/* It ends with its channel; NULL is fine. */
void reaper_free(struct reaper *reaper);

/* Gives it the encoded table of accounts, in place of the last one. 0 or -errno. */
int reaper_set_accounts(struct reaper *reaper, const void *bytes, size_t length) must_use;

/*
 * Stops every process of these uids of the account (SIGSTOP), until they are ended: for
 * those who must look at them first. As reaper_end().
 */
int reaper_halt(struct reaper *reaper, uint32_t account, uint32_t generation,
    const uint32_t *uids, uint32_t count) must_use;

/* Lets them run on (SIGCONT). As reaper_end(). */
int reaper_wake(struct reaper *reaper, uint32_t account, uint32_t generation,
    const uint32_t *uids, uint32_t count) must_use;

/*
 * Ends every process of these uids of the account. 0: nothing can run on, -EPERM:
 * it will not touch one of them, -EPIPE: it is not there any more; or -errno.
 */
int reaper_end(struct reaper *reaper, uint32_t account, uint32_t generation,
    const uint32_t *uids, uint32_t count) must_use;

#endif
