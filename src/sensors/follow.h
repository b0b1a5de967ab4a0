/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows one log as it grows, over rotations, and gives each line once.
 *
 *     met for the first time    from its end on: what is old is not news
 *     appeared later            from its beginning
 *     renamed, and a new one    the old one to its end, for as long as it still
 *                               grows; the new one from its beginning
 *     cut (copytruncate)        from the beginning
 *
 * What was written between the last look and the cut is gone with it.
 *
 * SECURITY: a customer who could write such a log would invent a flood of his
 * own site, and be excused. So it is opened through no symbolic link below what
 * the operator wrote himself, and it and its folder must belong to the system
 * and be writable by nobody else.
 */
#ifndef SENSORS_FOLLOW_H
#define SENSORS_FOLLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "sensors/access_line.h"

struct follow_rules {
	uint32_t floor;	    /* uids below are the system's */
	uint32_t log_group; /* may write, as root's group may; 0: there is none */
};

struct follow;

/*
 * The first `trusted` bytes of the absolute path, up to a slash, are the
 * operator's own words; links in there are his. Opens nothing yet.
 */
struct follow *follow_new(const char *path, size_t trusted) must_use;
void follow_free(struct follow *follow);

const char *follow_path(const struct follow *follow);

/* A line without its newline, of at most LONGEST_ACCESS_LINE bytes: longer ones are passed
 * over. */
typedef void follow_give(void *context, const char *line, size_t length);

struct follow_sink {
	follow_give *give;
	void *context;
};

/*
 * Gives what was written since, at most about `most` bytes of it, the rest the
 * next time. now: boot ms. Gives how many bytes were read. Why a log cannot be
 * followed is said in the log, once.
 */
size_t follow_read(struct follow *follow, const struct follow_rules *rules, int64_t now,
    size_t most, const struct follow_sink *sink);

/* Whether there is a file. */
bool follow_is_open(const struct follow *follow);

/* Lines that were too long, so far. */
uint64_t follow_overlong(const struct follow *follow);

#endif
