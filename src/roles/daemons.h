/* SPDX-License-Identifier: Apache-2.0 */
/* The daemons of all roles; see daemons.def. */
#ifndef ROLES_DAEMONS_H
#define ROLES_DAEMONS_H

enum daemon {
#define DAEMON(symbol, unit, check, tell) DAEMON_##symbol,
#include "roles/daemons.def"
#undef DAEMON
	DAEMON_COUNT
};

struct daemon_info {
	const char *name; /* of the symbol, in the agent's own files */
	const char *unit;
	const char *check;
	const char *tell;
};

const struct daemon_info *daemon_info(enum daemon daemon);
const char *daemon_name(enum daemon daemon);

#endif
