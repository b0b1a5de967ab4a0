/* SPDX-License-Identifier: Apache-2.0 */
/* What must fit together in a description whose every word is sound. */
#ifndef SITE_DESCRIPTION_CHECK_H
#define SITE_DESCRIPTION_CHECK_H

#include "base/diag.h"
#include "site/site.h"

/* Where things were said; without a file: not at all. */
struct site_places {
	struct place site;
	struct place uids;
	struct place roles[ROLE_COUNT];
};

void site_check(const struct site *site, const struct site_places *places, struct diag *diag);

#endif
