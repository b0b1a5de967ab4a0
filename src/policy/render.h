/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The page that customers read, made from the rules that the machine runs.
 * Exceptions are not on it: they concern one customer each.
 */
#ifndef POLICY_RENDER_H
#define POLICY_RENDER_H

#include "base/str.h"
#include "policy/rules.h"

/* One HTML document that needs nothing else: no script, no font, no picture. */
void render_html(const struct policy *policy, const char *title, struct str *out);

/* The same as plain text, lines of at most 78 characters. */
void render_text(const struct policy *policy, const char *title, struct str *out);

/* The paragraphs with which both begin; NULL beyond the last. */
const char *render_intro(size_t index);

#endif
