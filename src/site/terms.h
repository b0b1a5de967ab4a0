/* SPDX-License-Identifier: Apache-2.0 */
/* The policy files that hayward.conf names. */
#ifndef SITE_TERMS_H
#define SITE_TERMS_H

#include "base/diag.h"
#include "model/config.h"
#include "policy/load.h"

/*
 * Reads the files that the setting `policy` names, and what they include, into
 * the set, and checks them. 0 and the policy, or -EINVAL with diag saying why.
 */
int terms_read(const struct config *config, struct policy_set *set, struct diag *diag,
    struct policy **ret_policy) must_use;

#endif
