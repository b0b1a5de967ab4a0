/* SPDX-License-Identifier: Apache-2.0 */
/* Plain text for terminals and printers: wrapped paragraphs with an indent. */
#ifndef POLICY_PROSE_H
#define POLICY_PROSE_H

#include "base/str.h"

enum { PROSE_WIDTH = 78 };

/*
 * Adds text as one paragraph, escaped for a terminal, and a line end. Its first
 * line begins with lead (a label or a bullet), filled up with blanks to the
 * indent; the others are indented to the same column. Nothing for empty text.
 */
void prose_add(struct str *out, size_t indent, const char *lead, const char *text);

/* A heading of its own line, with an empty line before it. */
void prose_heading(struct str *out, const char *text);

#endif
