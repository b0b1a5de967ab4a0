/* SPDX-License-Identifier: Apache-2.0 */
/* A clause as JSON: what explain_clause() says, for programs. */
#ifndef MAIN_HAYWARD_POLICY_JSON_H
#define MAIN_HAYWARD_POLICY_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "policy/rules.h"

/* A new reference. Exceptions that have ended at now (wall ms) are left out. */
json_t *policy_json_clause(
    const struct policy *policy, const struct clause *clause, int64_t now);

/* A JSON string of text; what is no valid UTF-8 is escaped. A new reference. */
json_t *policy_json_text(const char *text);

#endif
