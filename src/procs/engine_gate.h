/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine and the gate say to each other. */
#ifndef PROCS_ENGINE_GATE_H
#define PROCS_ENGINE_GATE_H

#include "model/mailed.h"
#include "procs/engine.h"

/* engine_mail.c */

/* What is known of mail servers, for staff; mailed: one has asked, or NULL. */
void engine_remark_mail(struct engine_inside *inside, const struct mailed *mailed);
int engine_accept_mailed(struct engine_inside *inside, const void *bytes, size_t length);
void engine_tell_mail_noted(struct engine_inside *inside, uint64_t sequence);

/* engine_sessions.c: the gate of logins, which answers alone. */
void engine_tell_standing(struct engine_inside *inside);
void engine_gate_again(struct engine_inside *inside);
int engine_accept_login(struct engine_inside *inside, const void *bytes, size_t length);
int engine_accept_turned_away(struct engine_inside *inside, const void *bytes, size_t length);

#endif
