/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates of notices: the operator's words around the facts of a case.
 *
 *     {field}                   the fact; nothing if it does not apply
 *     {?field}...{/field}       this part only if the fact is there
 *     {!field}...{/field}       this part only if it is not
 *     {?evidence}...{/evidence} this part only if there is any
 *     {#evidence}...{/evidence} this part for each line of evidence, in which
 *                               {subject} {when} {value} {of_limit} are the line's
 *     {{                        a brace
 *
 * A brace that no letter, ?, !, # or / follows stands for itself, so that
 * styles in HTML need no doubling. A line that holds nothing but marks of parts
 * leaves no empty line behind.
 *
 * The template is the operator's; each fact may hold what a customer chose, and
 * is escaped for where it goes. The facts are listed in template_fields.def.
 */
#ifndef ACTIONS_TEMPLATE_H
#define ACTIONS_TEMPLATE_H

#include "base/diag.h"
#include "model/notice.h"

struct template;

/* Where a text goes. */
enum template_form { TEMPLATE_TEXT, TEMPLATE_HTML };

/*
 * Reads a template; file is its name for messages. NULL: it cannot be used,
 * and diag says why; warnings leave it usable. template_free() it.
 */
struct template *template_parse(const char *file, const char *text, struct diag *diag) must_use;
void template_free(struct template *template);

/* Appends the template with the notice's facts in it. */
void template_render(const struct template *template, const struct notice *notice,
    enum template_form form, struct str *out);

#endif
