/* SPDX-License-Identifier: Apache-2.0 */
/* Who was refused connections outwards by the port rules, as the roles counted. */
#ifndef MAIN_HAYWARD_SITE_REFUSED_H
#define MAIN_HAYWARD_SITE_REFUSED_H

#include "base/str.h"
#include "main/hayward/table.h"
#include "site/push.h"

/* A table of them, most first, behind an empty line; nothing if there is nobody. */
void site_refused_print(const struct book *book, const struct pushed answers[ROLE_COUNT],
    const struct look *look, struct str *out);

#endif
