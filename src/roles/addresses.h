/* SPDX-License-Identifier: Apache-2.0 */
/* The addresses of the site's own servers, as daemons list them; see roles/safe.h. */
#ifndef ROLES_ADDRESSES_H
#define ROLES_ADDRESSES_H

#include "site/site.h"

enum { MOST_ADDRESSES = 2 };

/* Those of one server, IPv4 first, borrowed; how many: 0 if it is nowhere. */
size_t addresses_of(
    const struct site_role *role, const char *ret_addresses[static MOST_ADDRESSES]);

/* Those of all of them, each between two texts. */
void addresses_add_all(
    const struct site *site, const char *before, const char *behind, struct str *out);

#endif
