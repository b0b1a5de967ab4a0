/* SPDX-License-Identifier: Apache-2.0 */
/* What happened at a gate, put on record; it is about no case. */
#ifndef CASES_GATES_H
#define CASES_GATES_H

#include "cases/cases.h"
#include "model/mailed.h"
#include "model/session.h"

/* Notes a mail at the gate. script: which handed it in; "": none is known. */
void note_mailed(struct cases *, const struct mailed *, const char *script, struct case_time);

/* Notes to which addresses of accounts it came. */
void note_receptions(struct cases *, const struct mailed *, struct case_time);

/* Notes that somebody was not let in at a gate, or would not have been. */
void note_turned_away(
    struct cases *cases, const struct turned_away *away, struct case_time now);

#endif
