/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long MariaDB has worked for each of its users, in the server's own words
 * (user_statistics). It is asked by its own client over the local socket, by
 * root; there is no other door that needs no password. What the server says is
 * a line an object, and names are hexadecimal digits on the way:
 *
 *     userstat  0|1
 *     HEX(user)  microseconds of processor time  uid
 *
 * The uid is that of whom hayward has made the user for; 0: somebody else has.
 */
#ifndef SITE_DATABASE_TIME_H
#define SITE_DATABASE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum { LONGEST_DATABASE_USER = 128, MOST_DATABASE_USERS = 4000 };

/* Whether there is a MariaDB on this machine. */
bool database_time_is_here(void);

/*
 * Asks it, ten seconds at most. has_made: hayward has made its users and keeps whose they
 * are in a table there, which only root may write. 0; -EIO: it refuses, else -errno.
 */
int database_time_ask(bool has_made, struct str *out) must_use;

struct database_user {
	char name[LONGEST_DATABASE_USER + 1]; /* bytes that somebody chose */
	uint32_t uid;
	uint64_t cpu_us; /* since its counting began, which is when the server did, or later */
};

/*
 * Takes the next user off the text (start with its beginning); false at the end. Lines that
 * are none are passed over. *is_counting becomes whether the server counts, if it says so.
 */
bool database_time_next(
    const char **text, struct database_user *ret_user, bool *is_counting) must_use;

#endif
