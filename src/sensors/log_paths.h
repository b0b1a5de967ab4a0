/* SPDX-License-Identifier: Apache-2.0 */
/* Which logs the setting "access-logs" stands for, and whose each of them is. */
#ifndef SENSORS_LOG_PATHS_H
#define SENSORS_LOG_PATHS_H

#include "base/arena.h"
#include "model/account.h"

enum { MOST_LOGS = 8192 };

struct log_path {
	const char *path;
	size_t trusted;		       /* bytes that are the operator's own, see follow_new() */
	const struct account *account; /* the table's; NULL: its lines say whose they are */
};

struct log_paths {
	struct log_path *paths; /* each path once; the arena's, as the texts are */
	size_t count;
	size_t named; /* how many it would be without a bound */
};

/*
 * {account} and {domain} stand for each account and each of its domains. Names
 * that would lead elsewhere, with a slash or a dot at the front, are left out.
 */
struct log_paths log_paths_of(
    const char *setting, const struct accounts *accounts, struct arena *arena);

#endif
