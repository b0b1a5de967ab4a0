/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A view: what one role has to know of the site and of its customers, and no
 * more; the name server sees no passwords, the shell server no mailboxes. It
 * travels to the role's machine as JSON, and is all that the machine goes by.
 */
#ifndef SITE_VIEW_H
#define SITE_VIEW_H

#include "site/book.h"
#include "site/site.h"

struct view {
	enum role role;
	struct site site;
	struct book book; /* what is none of the role's business is "" or of no length */
	/* What passes between the gates of the site's machines are sealed with, as hexadecimal digits; "": it has no
	 * gate of its own. SECURITY: whoever has it can send mail in anybody's name. */
	const char *pass_key;
};

/* What the role may see of the book; it borrows from both and lives in the arena. Without the key. */
struct view view_for(
    enum role role, const struct site *site, const struct book *book, struct arena *arena);

void view_encode(const struct view *view, struct str *out);

/* Into the arena. -EINVAL: no view; ret_wrong says in words where. */
int view_decode(const void *bytes, size_t length, struct arena *arena, struct view *ret_view,
    struct str *ret_wrong) must_use;

#endif
