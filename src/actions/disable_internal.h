/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of disable share: apply and release, a record's files, the watch kept on them.
 */
#ifndef ACTIONS_DISABLE_INTERNAL_H
#define ACTIONS_DISABLE_INTERNAL_H

#include "actions/copies.h"
#include "actions/disable.h"
#include "actions/disabled.h"
#include "actions/script.h"

struct disable {
	const struct tools *tools;
	struct front *front;
	struct copies *copies;
	struct disabled_list list;
	size_t next_walk; /* index in the list */
	int64_t walked_at;
	int64_t reviewed_at;
};

/* Makes the list durable. */
int disable_save(const struct disable *disable) must_use;

/* The record's account, if it may be acted on still; else NULL. */
const struct account *disable_holder(
    const struct disable *disable, const struct disabled *disabled);

/* The record's file of that handle; NULL: none. */
struct disabled_file *disable_find_file(struct disabled *disabled, const struct handle *handle);

/* Opens a file by its handle, wherever it is by now. -ESTALE: it is gone. */
int disable_open(
    const struct disable *disable, const char *home, const struct handle *handle) must_use;

/* Watches the folder of the path, and the home. Best effort. */
void disable_watch_parent(
    struct disable *disable, const struct disabled *disabled, const char *path);

/* Notes it, pins it, and reads what it says by then: it cannot be rewritten any more. */
int disable_pin(struct disable *disable, struct disabled *disabled, int fd, const char *path,
    struct content *ret_content) must_use;

bool disable_is_content(const struct disabled *disabled, const struct content *content);

/* What the path leads to under which the script was measured. */
enum at_path { AT_PATH_NOTHING, AT_PATH_HELD, AT_PATH_LOOSE };

/*
 * Holds what lies at that path now, if it is a file of the account that is not
 * held. first: what was held first, opened; -1: not at hand. Gives an enum
 * at_path, as it was found, or -errno.
 */
int disable_follow(struct disable *disable, struct disabled *disabled, int first) must_use;

/* Whether the file was removed, or replaced by another. */
bool disable_has_no_name(int fd);

/* The eyes of the search for copies. */
bool disable_wants_file(void *context, uint32_t account, const struct stat *facts, bool told);
uint64_t disable_meet_file(void *context, uint32_t account, int file);

#endif
