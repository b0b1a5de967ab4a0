/* SPDX-License-Identifier: Apache-2.0 */
/* A record of the journal as a line for people. */
#ifndef MAIN_HAYWARD_JOURNAL_VIEW_H
#define MAIN_HAYWARD_JOURNAL_VIEW_H

#include "main/hayward/view.h"
#include "model/record.h"

/* "    17  2027-01-31 14:03:07  opened  case 3 alice A10 cpu.share 14 % against 10 %", and a
 * newline. */
void record_view(const struct record *record, const struct look *look, struct str *out);

/* Whether it is of a mail at the gate that is called so: by its reference, its queue id, or its
 * Message-ID, with or without the angle brackets; or of somebody who was turned away there. */
bool record_has_name(const struct record *record, const char *name);

/*
 * A point in time as people give it, to wall ms: "2027-01-31" (its beginning,
 * UTC), "2027-01-31T14:03:07Z", or how long ago: "90s", "15m", "2h", "3d".
 * -EINVAL.
 */
int since_parse(const char *text, int64_t now, int64_t *ret_wall) must_use;

#endif
