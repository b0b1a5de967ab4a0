/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is put aside of some mailboxes, for their owner and for the staff:
 *
 *     in:   owner UID               whose they are: what was put aside of others' is not told
 *           staff                   nor is, without this, that of which it is not known
 *           sign SIGN               only that mail
 *           mailbox USER            a line each, behind all others
 *     out:  an object a line, the latest first, or none:
 *           {"mail": USER, "box": GUID, "uid": N, "check": SIGN, "size": N, "in": NAME,
 *            "subject": TEXT, "aside": UNIX, "until": UNIX (0: not known), "rest": true,
 *            "again": true}
 *           {"more": N}             in the end, if there was no room for so many
 *
 * rest: only its files were taken out. again: it was put aside and brought back before.
 *
 * SECURITY: what is put aside lies under an address, and a domain changes hands: whose a mail
 * was is said by the uid in its facts.
 */
#ifndef STORED_KEPT_H
#define STORED_KEPT_H

#include "base/attributes.h"
#include "base/str.h"

enum {
	MOST_KEPT_LISTED = 50000,    /* mails */
	MOST_KEPT_READ = 2000,	     /* of those, the latest */
	MOST_KEPT_TOLD = 256 * 1024, /* bytes */
};

/* Waits for nobody. 0; -EINVAL: that is no order; else -errno. */
int stored_kept(const char *order, struct str *out) must_use;

/* The same in a folder of store_open(). */
int stored_kept_in(int store, const char *order, struct str *out) must_use;

#endif
