/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is disabled, and how it was before: one record for each script, written
 * durably before its file is changed. A script is known by its content and by
 * the handles of the files that hold it, for paths are its owner's to choose:
 *
 *     claims   actions that want it disabled; the last one to go takes it down
 *     files    the one that was measured, and every copy that turned up since
 */
#ifndef ACTIONS_DISABLED_H
#define ACTIONS_DISABLED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/pin.h"
#include "base/digest.h"

enum {
	MOST_HANDLE = 128,
	MOST_CLAIMS = 64,
	MOST_DISABLED = 4096,
	MOST_FILES = 256, /* of one script */
};

/* What the kernel calls a file, whatever its name is. */
struct handle {
	uint64_t file_system; /* statfs's f_fsid: the same after a restart */
	int32_t type;
	uint32_t length;
	uint8_t bytes[MOST_HANDLE];
};

struct disabled_file {
	struct handle handle;
	struct pin was;
	char *path; /* absolute, as it was last seen; its owner's bytes */
	bool is_copy;
	bool gone; /* its handle leads nowhere any more */
};

struct disabled {
	uint32_t account;
	uint32_t generation;
	uint64_t front; /* under which action the web server was told */
	int64_t since;	/* wall, ms: copies are what changed after that */
	char *name;	/* of the account */
	char *asked;	/* path under which it was measured */
	char *home;	/* from where the files are found by their handles */
	uint64_t size;
	struct digest digest;
	uint64_t reading; /* inode of the reading copy; 0: none */
	uint32_t copies;  /* that turned up since */
	uint32_t renames;
	uint32_t claim_count;
	uint64_t claims[MOST_CLAIMS];
	size_t file_count;
	size_t file_capacity;
	struct disabled_file *files;
};

struct disabled_list {
	size_t count;
	size_t capacity;
	struct disabled **items;
};

/* -ENOENT is no error: nothing is disabled. folder: tools->state. */
int disabled_load(int folder, struct disabled_list *ret_list) must_use;
int disabled_save(const struct disabled_list *list, int folder) must_use;
void disabled_done(struct disabled_list *list);

/* Zeroed, at the end of the list. */
struct disabled *disabled_add(struct disabled_list *list) must_use;
void disabled_remove(struct disabled_list *list, struct disabled *disabled);

/* A file at the end of the record; the path is copied. */
struct disabled_file *disabled_add_file(
    struct disabled *disabled, const struct handle *handle, const char *path) must_use;

/* The record that the action has a claim on; NULL: none. */
struct disabled *disabled_find(const struct disabled_list *list, uint64_t action);

/* The record of the account that holds this very file; NULL: none. */
struct disabled *disabled_find_file(
    const struct disabled_list *list, uint32_t account, const struct handle *handle);

bool disabled_claims(const struct disabled *disabled, uint64_t action);

/* The handle of an open file. 0 or -errno (-EOPNOTSUPP: its file system has none). */
int handle_of(int fd, struct handle *ret_handle) must_use;
bool handle_equal(const struct handle *one, const struct handle *other);

/*
 * The file, opened for reading, found from any directory of the same file
 * system. -ESTALE: there is none any more.
 */
int handle_open(int directory, const struct handle *handle) must_use;

#endif
