/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tests of mail from elsewhere that the site switched on: what is about the other server is
 * Postfix's, what is about the mail rspamd's. Each leaves alone whom its `allow` names, who has
 * logged in, and the site's own servers.
 */
#ifndef ROLES_MAIL_FILTERS_H
#define ROLES_MAIL_FILTERS_H

#include "roles/output.h"
#include "site/site.h"

/* Files of Postfix and rspamd; out gets the settings of main.cf. */
void mail_filters_render(const struct site *site, struct output *output, struct str *out);

/* Who serves port 25, for master.cf. */
void mail_filters_services(const struct site *site, struct str *out);

#endif
