/* SPDX-License-Identifier: Apache-2.0 */
/* A loaded policy as text: every field of every rule, so that two can be compared. */
#ifndef TESTS_UNIT_POLICY_DUMP_H
#define TESTS_UNIT_POLICY_DUMP_H

#include "base/str.h"
#include "policy/rules.h"

void policy_dump(const struct policy *policy, struct str *out);

#endif
