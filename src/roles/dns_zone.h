/* SPDX-License-Identifier: Apache-2.0 */
/* Zone files, RFC 1035 section 5: of a customer's domain, and of the site itself. */
#ifndef ROLES_DNS_ZONE_H
#define ROLES_DNS_ZONE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "site/site.h"

/* Whether the site can have zones at all: it has a name server with a name, and an operator. */
bool dns_zone_is_possible(const struct site *site);

/* The zone of a domain whose pages and mail are served by the site's roles. */
void dns_zone_of_domain(
    const struct site *site, const char *domain, int64_t serial, struct str *out);

/* The zone of the site's own name: the same, and the names of its roles. */
void dns_zone_of_site(const struct site *site, int64_t serial, struct str *out);

#endif
