/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the terms share: policies from files, and golden texts. */
#ifndef TESTS_TERMS_SUPPORT_H
#define TESTS_TERMS_SUPPORT_H

#include "base/str.h"
#include "policy/load.h"

/* The bytes of a file; the test fails if it cannot be read. str_done() it. */
struct str file_text(const char *path);

/* A checked policy of these files (NULL at the end); the test fails with the mistakes.
 * policy_free() it. */
struct policy *policy_of(const char *const *paths);

/*
 * The text has to be what tests/unit/terms/golden/NAME holds. With
 * GOLDEN=write in the environment it is written there instead: look at the
 * diff before you commit it.
 */
void assert_golden(const char *name, const struct str *text);

/* A clause that must be there. */
const struct clause *clause_of(const struct policy *policy, const char *id);

#endif
