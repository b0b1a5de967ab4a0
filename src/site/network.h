/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge between the containers, and what may pass over it. */
#ifndef SITE_NETWORK_H
#define SITE_NETWORK_H

#include "site/site.h"

/* Whether the bridge is there and has the gateway's address. */
bool network_is_up(const struct site *site);

/* Makes the bridge with the gateway's address and loads the port rules of the host's side;
 * what is there already is left. 0 or -errno; ret_why says what failed. */
int network_up(const struct site *site, struct str *ret_why) must_use;

/* Loads the port rules alone, in one go. */
int network_rules(const struct site *site, struct str *ret_why) must_use;

/* Takes both away. */
int network_down(const struct site *site, struct str *ret_why) must_use;

#endif
