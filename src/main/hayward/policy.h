/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs of `hayward policy`, and what they share. Each gives an enum answer_status. */
#ifndef MAIN_HAYWARD_POLICY_H
#define MAIN_HAYWARD_POLICY_H

#include "base/str.h"
#include "main/hayward/arguments.h"

int policy_check(int argc, char **argv);
int policy_fmt(int argc, char **argv);
int policy_explain(int argc, char **argv);
int policy_render(int argc, char **argv);
int policy_coverage(int argc, char **argv);

/* Writes to standard output. ANSWER_OK, or ANSWER_INVALID if it cannot take it. */
int policy_put(const struct str *text) must_use;

#endif
