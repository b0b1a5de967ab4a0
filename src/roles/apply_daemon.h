/* SPDX-License-Identifier: Apache-2.0 */
/* One daemon, brought to heed its configuration. */
#ifndef ROLES_APPLY_DAEMON_H
#define ROLES_APPLY_DAEMON_H

#include "base/str.h"
#include "roles/daemons.h"

/*
 * Sees to it that the daemon runs, and, if its files changed, that it reads them.
 * What was done is added to said. -EINVAL: its configuration has a mistake, ret_why
 * says which, and it was left alone; else -errno.
 */
int daemon_serve(
    enum daemon daemon, bool changed, struct str *said, struct str *ret_why) must_use;

/* Whether systemd says that its unit runs. */
bool daemon_runs(enum daemon daemon);

#endif
