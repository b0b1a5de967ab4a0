/* SPDX-License-Identifier: Apache-2.0 */
/* The bridge that the containers hang on, and what may pass over it. */
#ifndef SITE_NETWORK_H
#define SITE_NETWORK_H

#include "site/book.h"

/* Whether the bridge is there and has the gateway's address. */
bool network_is_up(const struct site *site);

/*
 * Makes the bridge and loads the port rules of the host's side; what is there
 * already is left. 0 or -errno; ret_why says what failed.
 */
int network_up(const struct site *site, const struct book *book, struct str *ret_why) must_use;

/* Loads the port rules alone, in one go. */
int network_rules(
    const struct site *site, const struct book *book, struct str *ret_why) must_use;

/* A container's interface, that has just come: it reaches the host and nobody else. */
int network_join(enum role role, struct str *ret_why) must_use;

/* Takes the bridge away, and then the rules. */
int network_down(const struct site *site, struct str *ret_why) must_use;

#endif
