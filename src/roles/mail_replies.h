/* SPDX-License-Identifier: Apache-2.0 */
/* What a sender is told besides Postfix's own words: what to do, and by what to find it again. */
#ifndef ROLES_MAIL_REPLIES_H
#define ROLES_MAIL_REPLIES_H

#include "roles/output.h"
#include "site/site.h"

/* The table of footers, and the settings of main.cf that name it. */
void mail_replies_render(const struct site *site, struct output *output, struct str *out);

#endif
