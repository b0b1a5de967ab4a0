/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a text of a view may stand in a daemon's configuration. The book and
 * the description were checked when they were written; here they are not trusted
 * to have been, for a line break in a name would be a line of somebody's
 * configuration. Names are judged by site/names.h; this is the rest.
 */
#ifndef ROLES_SAFE_H
#define ROLES_SAFE_H

#include <stdbool.h>

#include "site/site.h"

/* A name of the DNS, with a dot. */
bool safe_domain(const char *text);

/* Whether the role is somewhere, and has such a name. */
bool safe_role(const struct site_role *role);

/* LOCAL@DOMAIN of letters, digits, . - and _ only. */
bool safe_address(const char *text);

/* What crypt(5) makes. */
bool safe_password(const char *text);

/* An absolute path of [A-Za-z0-9._/-] without "..". */
bool safe_path(const char *text);

/* As inet_pton(3) reads it. */
bool safe_ipv4(const char *text);
bool safe_ipv6(const char *text);

/* ADDRESS/BITS of IPv4 with no bit set behind them. */
bool safe_network(const char *text);

#endif
