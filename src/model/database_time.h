/* SPDX-License-Identifier: Apache-2.0 */
/* How long the database worked for accounts in one stretch of time: DATABASE_TIME. */
#ifndef MODEL_DATABASE_TIME_H
#define MODEL_DATABASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/wire.h"

struct database_use {
	uint32_t account;
	uint32_t generation;
	uint64_t cpu_ns;
};

struct database_time {
	bool works;	 /* whether it can be told at all */
	const char *why; /* why not, or what else is to be known; a line, or "" */
	int64_t from;	 /* boot clock, ms */
	int64_t until;	 /* likewise */
	uint32_t count;
	struct database_use *uses;
};

void database_time_encode(const struct database_time *time, struct str *out);

/* In the arena. 0 or -EBADMSG. */
int database_time_decode(const void *bytes, size_t length, struct arena *arena,
    struct database_time *ret_time) must_use;

#endif
