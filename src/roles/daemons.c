/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/daemons.h"

static const struct daemon_info daemons[DAEMON_COUNT] = {
#define DAEMON(symbol, unit, check, tell) {#symbol, unit, check, tell},
#include "roles/daemons.def"
#undef DAEMON
};

const struct daemon_info *
daemon_info(enum daemon daemon)
{
	return &daemons[daemon];
}

const char *
daemon_name(enum daemon daemon)
{
	return daemons[daemon].name;
}
