/* SPDX-License-Identifier: Apache-2.0 */
/* What the flow has to do with the gates, at which somebody waits: for mail, and for logins. */
#ifndef FLOW_GATES_H
#define FLOW_GATES_H

#include "flow/flow.h"
#include "model/handing.h"
#include "model/mailed.h"
#include "model/session.h"
#include "model/standing.h"

/* A mail begins to be handed in; which it is flow_mailed() will tell. */
void flow_handing(struct flow *flow, const struct handing *handing, struct moment now);

/* A mail is at the gate. Whether it is to be held: a case says that its sender is one of spam.
 */
bool flow_mailed(struct flow *flow, const struct mailed *mailed, struct moment now);

/*
 * What the gate of logins needs to answer alone; it is the arena's, its words the policy's. To
 * be asked again when rules, exceptions or the time may have changed it.
 */
struct standing_rules flow_standing(const struct flow *flow, struct arena *arena);

/* Somebody has logged in; who has lately, for a gate that begins anew. */
void flow_login(struct flow *flow, const struct login_seen *login, struct moment now);
struct logins_seen flow_logins(const struct flow *flow, struct moment now, struct arena *arena);

/* Somebody was not let in, or would not have been. */
void flow_turned_away(struct flow *flow, const struct turned_away *away, struct moment now);

#endif
