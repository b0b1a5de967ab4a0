/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored mail through Dovecot's own administrator, doveadm(1), and by no other way: it becomes
 * the mailbox's user before it opens anything, takes Dovecot's locks and keeps Dovecot's
 * indexes, so no path that a customer made is followed by us.
 *
 * Its answers are JSON, in which nothing that somebody wrote can be taken for something else.
 */
#ifndef STORED_DOVEADM_H
#define STORED_DOVEADM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"

enum {
	LARGEST_ANSWER = 32 << 20,
	LARGEST_MESSAGE = 64 << 20, /* larger ones are not read */
	MOST_DOVEADM_WORDS = 24,
};

/*
 * Runs doveadm with these words (ended by NULL) and gives its rows, an array that is the
 * caller's. users: for -F /dev/stdin, a line each; NULL. errors gets its other words, a
 * stranger's. 0; -ENODEV: there is none here; -ETIMEDOUT; -EFBIG; -EIO: it failed.
 */
int doveadm_rows(const char *const *words, const struct str *users, int milliseconds,
    json_t **ret_rows, struct str *errors) must_use;

/* Runs it for what it does. 0, or as above; words: what it says. */
int doveadm_do(const char *const *words, int milliseconds, struct str *errors) must_use;

/*
 * The bytes of one message as they are stored, into the open file behind where it stands. Which
 * one is said by user, folder's GUID and UID. *ret_length: how many; 0: there is no such
 * message. 0 or as above.
 */
int doveadm_message(
    const char *user, const char *box, uint32_t uid, int file, int64_t *ret_length) must_use;

/* A member of a row: "" or 0 where there is none, or it is no number. */
const char *row_text(const json_t *row, const char *name);
int64_t row_number(const json_t *row, const char *name);

/* At most so many bytes of what somebody wrote, cut between letters; the caller's. */
json_t *row_cut(const char *text, size_t most) must_use;

/* Whether that is a folder's GUID: 32 hexadecimal digits. */
bool is_box(const char *text);

#endif
