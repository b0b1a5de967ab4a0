/* SPDX-License-Identifier: Apache-2.0 */
/* How the services of this host do, as the engine knows it. */
#ifndef PROCS_ENGINE_SERVICES_H
#define PROCS_ENGINE_SERVICES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

struct engine_inside;

struct services_seen {
	uint32_t known, failing; /* those that the prober asks */
	char why[192];
	bool database_known, database_fails;
};

/* What the prober tells. 0 or -EBADMSG. */
int engine_accept_probed(
    struct engine_inside *inside, const void *bytes, size_t length) must_use;

/* Whether the steward could ask MariaDB. */
void engine_hear_database(struct engine_inside *inside, bool answers);

/* The prober is gone. */
void engine_services_unknown(struct engine_inside *inside);

#endif
