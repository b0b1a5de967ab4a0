/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is put aside of some mailboxes, for their owner and for the staff:
 *
 *     in:   mailbox USER            a line each
 *     out:  an object a line, the latest first, or none:
 *           {"mail": USER, "box": GUID, "uid": N, "check": SIGN, "size": N, "in": NAME,
 *            "subject": TEXT, "aside": UNIX, "until": UNIX (0: not known), "rest": true,
 *            "again": true}
 *
 * rest: only its files were taken out. again: it was put aside and brought back before.
 */
#ifndef STORED_KEPT_H
#define STORED_KEPT_H

#include "base/attributes.h"
#include "base/str.h"

enum {
	MOST_KEPT_READ = 2000,	     /* mails; of more, those that the folder has first */
	MOST_KEPT_TOLD = 256 * 1024, /* bytes */
};

/* Waits for nobody. 0; -EINVAL: that is no order; else -errno. */
int stored_kept(const char *order, struct str *out) must_use;

#endif
