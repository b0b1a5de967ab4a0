/* SPDX-License-Identifier: Apache-2.0 */
/* Which files a process may reach at all, by Landlock (Linux 5.13); without it file modes must
 * do. */
#ifndef PROCS_LANDLOCK_H
#define PROCS_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

struct reach {
	const char *path; /* with everything below it; one that does not exist is passed over */
	bool write;
};

/*
 * From now on only what lies below these paths can be opened. 0; -EOPNOTSUPP:
 * this kernel has no Landlock; else -errno. Needs no_new_privs.
 */
int landlock_confine(const struct reach *reaches, size_t count) must_use;

#endif
