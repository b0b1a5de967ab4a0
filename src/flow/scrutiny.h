/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scrutiny and evidence, the flow's side: which accounts are looked through,
 * what was listed of them, and what evidence of a case is to be about.
 */
#ifndef FLOW_SCRUTINY_H
#define FLOW_SCRUTINY_H

#include "base/arena.h"
#include "cases/review.h"
#include "flow/flow.h"
#include "model/evidence.h"

/* Whether the scrutiny condition of the policy holds for the account. */
bool flow_watched(const struct flow *flow, const struct account *account);

/* An account's scripts were listed; unknown accounts are ignored. */
void flow_listed(struct flow *flow, const struct listing *listing, struct moment now);

/* What staff do; as the functions of cases/review.h. */
int flow_sign_off(struct flow *flow, const struct review_request *request, struct moment now,
    struct str *ret_text) must_use;
int flow_report_sent(struct flow *flow, const struct review_request *request, struct moment now,
    struct str *ret_text) must_use;
int flow_legal_hold(struct flow *flow, const struct review_request *request, struct moment now,
    struct str *ret_text) must_use;

/*
 * What a `report` that was released asks for: case, account, and the paths of
 * the scripts that the case names, each once. Texts live in the arena.
 */
struct evidence_package flow_evidence(
    const struct flow *flow, const struct action *action, struct arena *arena);

#endif
