/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An account on its way from one site to another: a folder, whole or not there.
 *
 *     entry.json        what the book says of it
 *     home.tar          its home, read and written with its owner's rights
 *     mail.tar          its mail store likewise
 *     NAME.sql          each of its databases
 *     left-out.txt      what its owner himself may not read, if there is such
 *
 * Homes and mail must lie on this host, as those of containers do. The account is
 * suspended where it leaves and where it comes, so that nothing changes meanwhile.
 */
#ifndef SITE_MOVE_H
#define SITE_MOVE_H

#include "site/up.h"

struct moving {
	const struct site *site;
	const struct site_paths *paths;
	const char *folder;
	site_say *say;
	void *context;
	struct str *why; /* what is wrong */
};

/* Writes the folder; what a former try has left of one is thrown away. 0 or -errno. */
int move_out(const struct moving *moving, const struct book_account *account) must_use;

/* What the book of the other site said. Into the arena. 0 or -errno. */
int move_read(const struct moving *moving, struct arena *arena,
    struct book_account *ret_account) must_use;

/* Lays home and mail where the file server takes them from when it is told of the account.
 * May be said again. 0 or -errno. */
int move_unpack(const struct moving *moving, const struct book_account *account) must_use;

/* Fills its databases, which the web server has made. May be said again. 0 or -errno. */
int move_load(const struct moving *moving, const struct book_account *account) must_use;

/* FOLDER/NAME.sql, for both ways. */
void move_add_dump(const struct moving *moving, const char *database, struct str *out);

#endif
