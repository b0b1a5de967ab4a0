/* SPDX-License-Identifier: Apache-2.0 */
/* What this host can do, as its running hayward says. */
#ifndef MAIN_HAYWARD_POLICY_ABILITIES_H
#define MAIN_HAYWARD_POLICY_ABILITIES_H

#include <jansson.h>

#include "main/hayward/arguments.h"
#include "policy/coverage.h"

/*
 * Asks the daemon. ANSWER_OK, or another answer_status after a complaint on
 * standard error.
 */
int policy_abilities(
    const struct arguments *arguments, struct abilities *ret_abilities) must_use;

/* The same from the data of the daemon's status. */
void policy_abilities_read(const json_t *status, struct abilities *ret_abilities);

#endif
