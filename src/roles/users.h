/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The customers as a role's system knows them: passwd, group and shadow below
 * /var/lib/extrausers, which libnss-extrausers reads behind the system's own,
 * so that no name of a customer can stand for a system user. The name server
 * has nothing of theirs and knows none of them.
 *
 * Who may not log in, and who may not upload, are members of two groups, as
 * docs/suspend.md says; who is cancelled is in a third one, too. Their numbers
 * are the three below the customers'.
 */
#ifndef ROLES_USERS_H
#define ROLES_USERS_H

#include <stdbool.h>

#include "roles/output.h"
#include "site/view.h"

enum { GID_SHADOW = 42 }; /* of Debian's base-passwd, on each of its systems */

/* The groups of who is kept out. */
enum kept_out { KEPT_OUT_LOGIN, KEPT_OUT_UPLOAD, KEPT_OUT_CANCELLED, KEPT_OUT_COUNT };

const char *users_kept_out_name(enum kept_out group);

/* Its number: one place says it, for lists of users that a daemon keeps by itself name it, too.
 */
int64_t users_kept_out_gid(const struct site *site, enum kept_out group);

void users_render(const struct view *view, struct output *output);

/* Whether the account can be written: its name is one, its uid a customer's. Others are left
 * out.
 */
bool users_is_sound(const struct site *site, const struct book_account *account);

/* Whether a former name may be written: it is one, and nobody's now. */
bool users_is_former(const struct book *book, const char *name);

/* Whether a text may stand in a field of such a file: no colon, no control character. */
bool users_is_field(const char *text);

#endif
