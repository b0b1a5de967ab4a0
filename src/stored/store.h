/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the mail role keeps about stored mail, root's alone:
 *
 *     /var/lib/hayward-stored/seen               what a look found, see stored/look.h
 *     /var/lib/hayward-stored/lock               a byte of it for each mailbox
 *     /var/lib/hayward-stored/removed/USER/BOX.UID.SIGN.{mail,rest,facts}   see stored/remove.h
 *     /var/lib/hayward-stored/back-…             a Maildir on its way back, its owner's
 *     /var/lib/hayward-stored/removed/.gone-…    one that was; see store_take_away()
 */
#ifndef STORED_STORE_H
#define STORED_STORE_H

#include <dirent.h>
#include <jansson.h>
#include <stdint.h>

#include "base/attributes.h"

#define STORED_FOLDER "/var/lib/hayward-stored"

/* As long as who is to do something with a mail waits for a look, and a look for him; ms. */
enum { STORE_PATIENCE = 60000, STORE_PATIENCE_OF_LOOK = 15000 };

/* Opens the folder; it is made if it is not there. Its descriptor, or -errno. */
int store_open(void) must_use;

/*
 * Keeps other agents away until it is closed: from that mailbox and from looks, or, user NULL,
 * from all; so who hangs in one mailbox makes nobody wait for another. A descriptor; -EBUSY:
 * somebody was there all that time, ms; or -errno.
 */
int store_lock(int folder, const char *user, int64_t patience) must_use;

/* What was seen: an object, new if there is none or it cannot be read. */
json_t *store_read(int folder);

/* 0 or -errno. */
int store_write(int folder, json_t *seen) must_use;

/* What lies in a folder below it, which is no link; NULL: there is none. The caller closes it. */
DIR *store_list(int folder, const char *name) must_use;

/*
 * What lies in the folder under that name, and may be in somebody's hands still, is put where
 * nobody but root comes, and from there thrown away, now or by store_purge(). 0, also if there
 * is none; or -errno: it is still in its place.
 */
int store_take_away(int folder, const char *name) must_use;

/* Throws away what was removed longer ago than that, s; once a day. */
void store_purge(int folder, json_t *seen, int64_t kept, int64_t now);

#endif
