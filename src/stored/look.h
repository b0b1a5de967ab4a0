/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at the stored mail of some mailboxes, for the terms that are about it:
 *
 *     in:   size N              what has more bytes than that, by RFC822.SIZE
 *           age S               and was put there so many seconds ago
 *           kept S              what was removed is thrown away after so many seconds
 *           catch-all DOMAIN USER    who takes all else of the domain
 *           mailbox USER        whom to look at, a line each
 *     out:  an object a line:
 *           {"mail": USER, "box": GUID, "uid": N, "check": "…", "size": N, "saved": UNIX,
 *            "folder": N, "in": NAME, "subject": TEXT, "attachments": N}
 *           {"catch-all": DOMAIN, "bytes": N}
 *           {"mailbox": USER, "bytes": N, "whole": true, "silent": true}
 *
 * It is cheap: two commands for all mailboxes together tell what is large and which folders
 * of sent mail have something new; only new mails there are read, each once. What was found is
 * kept beside what was removed, see stored/store.h. A look ends in time and says what it had
 * no time for by "whole": false. One that keeps Dovecot from answering is "silent", which is
 * said once; from then on it is asked about alone (stored/asking.c).
 */
#ifndef STORED_LOOK_H
#define STORED_LOOK_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"

enum {
	MOST_LOOKED_AT = 2000,	/* mailboxes */
	MOST_OF_MAILBOX = 200,	/* mails told of one mailbox */
	MOST_TOLD = 384 * 1024, /* bytes */
};

/* 0; -EINVAL: that is no order; -ENODEV: no Dovecot is here; -EBUSY: another look goes on;
 * -EIO: it does not answer; else -errno. why: in words. */
int stored_look(const char *order, struct str *out, struct str *why) must_use;

/*
 * The sign by which a mail is known again: of its folder's GUID and its UID, its own GUID, its
 * size and when it was put there. UIDs are given anew when an index is lost.
 */
struct mail_sign {
	char text[17];
};
struct mail_sign mail_sign_of(
    const char *box, uint32_t uid, const char *guid, int64_t size, int64_t saved);

#endif
