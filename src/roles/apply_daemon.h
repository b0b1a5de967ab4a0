/* SPDX-License-Identifier: Apache-2.0 */
/* One daemon, brought to heed its configuration. */
#ifndef ROLES_APPLY_DAEMON_H
#define ROLES_APPLY_DAEMON_H

#include <stdbool.h>

#include "base/str.h"
#include "roles/daemons.h"

/* Some of them. */
struct daemon_set {
	bool has[DAEMON_COUNT];
};

/* Which ones of a set run, by systemd's word: one question, for to ask for each takes longer
 * than to tell one. */
struct daemon_set daemons_running(const struct daemon_set *asked);

/* The same of one. */
bool daemon_runs(enum daemon daemon);

struct daemon_state {
	bool runs;
	bool has_changed; /* its files */
};

/*
 * Sees to it that the daemon runs, and, if its files changed, that it reads them.
 * What was done is added to said. -EINVAL: its configuration has a mistake, ret_why
 * says which, and it was left alone; else -errno.
 */
int daemon_serve(enum daemon daemon, struct daemon_state state, struct str *said,
    struct str *ret_why) must_use;

/* For one whose files changed. */
int daemon_renew(enum daemon daemon, struct str *said, struct str *ret_why) must_use;

#endif
