/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random policies that are right: made from the tables of measures and verbs
 * by the rules of the language, and laid out as badly as it allows.
 */
#ifndef TESTS_UNIT_POLICY_GENERATE_H
#define TESTS_UNIT_POLICY_GENERATE_H

#include <stdint.h>

#include "base/str.h"

/* The same seed makes the same text. */
void generate_policy(uint64_t seed, struct str *out);

#endif
