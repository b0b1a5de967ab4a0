/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The entrance: where processes become a customer's. suexec, cron, sshd, the master of
 * PHP-FPM and the like begin as root and change their uid; the kernel tells of each such
 * change, and everything else is born bound. A CGI that lives for 2 ms is so met before
 * it is over, which no sweep can do. There are two who tell:
 *
 *     kernel programs   see sensors/newcomers.bpf.c; in any namespace; of held accounts
 *                       only, and of what ran unbound
 *     the connector     a socket; only in the first network and PID namespace and to
 *                       CAP_NET_ADMIN; of everybody
 *
 * Without either, sweeps find who stays.
 */
#ifndef ACTIONS_ENTRANCE_H
#define ACTIONS_ENTRANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "model/account.h"

struct entrance;

/* By the connector. 0; -EOPNOTSUPP and others: not here. */
int entrance_connect(struct entrance **ret_entrance) must_use;

/* What the loader loaded of the kernel programs; descriptors stay the caller's. */
struct entrance_objects {
	int told;
	int board;
	int sweep;
	int changes; /* -1: a change of uid is not heard, and must be looked for */
};

/* By the kernel programs. 0 or -errno. */
int entrance_attach(
    const struct entrance_objects *objects, struct entrance **ret_entrance) must_use;

/* NULL is fine. */
void entrance_free(struct entrance *entrance);

/* Readable when there is somebody to meet. */
int entrance_descriptor(const struct entrance *entrance);

/* Who tells, in words. */
const char *entrance_words(const struct entrance *entrance);

/* Whose newcomers belong where. */
struct entrance_place {
	struct uid_range uids;
	uint64_t group; /* inode of the group in the hierarchy of processors */
};

/*
 * From now on hears of these, and of no others; count 0: of nobody, at no cost.
 * 0; -E2BIG: of the first ones only; or -errno.
 */
int entrance_listen(
    struct entrance *entrance, const struct entrance_place *places, size_t count) must_use;

/* Calls meet for who came, some at a time; never waits. What was lost is found by sweeps. */
void entrance_hear(
    struct entrance *entrance, void (*meet)(void *context, uint32_t pid), void *context);

/*
 * Calls meet for who came unheard, if it is time to look; now is of the boot clock. Gives
 * when to call again; INT64_MAX: no need.
 */
int64_t entrance_look(struct entrance *entrance, void (*meet)(void *context, uint32_t pid),
    void *context, int64_t now);

/*
 * Processor time, in ns, that newcomers have used outside of the group since it
 * is listened to. -ENOTSUP: the connector does not tell.
 */
int entrance_unbound(
    const struct entrance *entrance, uint64_t group, uint64_t *ret_ns) must_use;

#endif
