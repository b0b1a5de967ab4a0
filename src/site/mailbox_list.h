/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All mailboxes of the mail server and the uid that each is of, a line each, as the role's
 * agent writes them and hayward-deliver holds an address against them.
 */
#ifndef SITE_MAILBOX_LIST_H
#define SITE_MAILBOX_LIST_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/str.h"

#define MAILBOX_LIST "/etc/postfix/hayward/mailboxes"

void mailbox_list_add(struct str *list, uid_t uid, const char *local, const char *domain);

/* Whether that mailbox is in it, and of that uid. */
bool mailbox_list_has(const char *list, uid_t uid, const char *local, const char *domain);

#endif
