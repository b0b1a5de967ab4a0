/* SPDX-License-Identifier: Apache-2.0 */
/* What a site asks of mail from elsewhere, for people. */
#ifndef MAIN_HAYWARD_SITE_FILTERS_H
#define MAIN_HAYWARD_SITE_FILTERS_H

#include "policy/coverage.h"
#include "site/office.h"

/* A line for each filter: its clause and what it does, or why it is not at work. */
void site_filters_print(const struct site *site, struct str *out);

/* What a host can do by them; where there is no site nobody does. The texts live in the arena.
 */
void site_filters_abilities(
    const struct office_places *places, struct arena *arena, struct abilities *abilities);

#endif
