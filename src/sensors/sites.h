/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose site was asked: the account of a domain, and the one whose name a path
 * such as /~alice/ bears. Both texts may have been chosen by a visitor.
 */
#ifndef SENSORS_SITES_H
#define SENSORS_SITES_H

#include "model/account.h"
#include "sensors/access_line.h"

struct sites;

/* Borrows the table for as long as it lives. */
struct sites *sites_new(const struct accounts *accounts) must_use;
void sites_free(struct sites *sites);

/* By the virtual host, else by the path; NULL: nobody's. */
const struct account *sites_find(const struct sites *sites, const struct access_line *line);

#endif
