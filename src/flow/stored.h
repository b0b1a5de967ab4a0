/* SPDX-License-Identifier: Apache-2.0 */
/* What the flow has to do with stored mail. */
#ifndef FLOW_STORED_H
#define FLOW_STORED_H

#include "flow/flow.h"
#include "model/stored.h"

/* What the clauses want to know: of mails that could break one. */
struct stored_wanted flow_stored_wanted(const struct flow *flow);

/* What is stored in the mailboxes of some accounts, at the boot time that it says. */
void flow_stored(struct flow *flow, const struct stored *stored, struct moment now);

/* Whose mails wait, since so many cases about mails are kept of him already; lines. */
void flow_stored_waiting(const struct flow *flow, struct str *out);

#endif
