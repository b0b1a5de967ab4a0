/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The export of an account: its databases and its files in one archive.
 *
 *     databases/SCHEMA.sql     a dump of each of its schemas
 *     files/...                its home
 *     left-out.txt             what is not in here, and why
 *
 * It is written in the order of a walk, and told in points: at each of them
 * everything up to `position` is on disk for ever. Who writes may be killed at
 * any instant; the next one goes on from the last point that was told, and the
 * archive holds what an uninterrupted one would have held.
 *
 * SECURITY: export_run() reads what customers made. It is for a process that
 * has become the account's own user and keeps nothing else: it can read what
 * the owner can read, and write to the descriptors that it was given.
 */
#ifndef ACTIONS_EXPORT_H
#define ACTIONS_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/tour.h"
#include "base/digest.h"
#include "base/str.h"

struct export_point {
	int64_t kept;			       /* bytes of the archive */
	int64_t list_kept;		       /* bytes of the list of what is left out */
	int64_t raw;			       /* bytes of entries, before compression */
	uint64_t entries;		       /* in the archive */
	uint64_t left_out;		       /* not in it; the list names the first ones */
	bool cut;			       /* some of them because there was no room */
	char position[TOUR_LONGEST_PATH + 32]; /* the last entry; "": none yet */
};

/* A schema and its dump; fd -1: there is none, for this reason. Borrowed. */
struct export_schema {
	const char *name;
	int fd;
	const char *why;
};

struct export_job {
	int top;       /* the home (O_PATH); -1: it is not there */
	int archive;   /* for reading and writing */
	int list;      /* what is left out; for reading and writing */
	int64_t begun; /* wall, s: when this export began for the first time */
	int64_t most;  /* bytes of entries */
	const struct export_schema *schemas; /* in the order of their names */
	size_t schema_count;
	const struct export_point *from;
	/* Told each point. */
	void (*tell)(void *context, const struct export_point *point);
	void *context;
};

struct export_result {
	struct export_point end;
	struct digest digest; /* of the whole file */
};

/* 0 or -errno: what was told stays good, and can be gone on from. */
int export_run(const struct export_job *job, struct export_result *ret_result) must_use;

void export_point_encode(const struct export_point *point, struct str *out);
int export_point_decode(
    const void *bytes, size_t length, struct export_point *ret_point) must_use;

void export_result_encode(const struct export_result *result, struct str *out);
int export_result_decode(
    const void *bytes, size_t length, struct export_result *ret_result) must_use;

#endif
