/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data's way through hayward, on one page. Something is seen; the engine
 * weighs it; the casefiles take their steps; the steps are handed over to be
 * made durable; and only what is durable is released to be acted on.
 *
 *      frame, observation, deed, outcome, request, tick
 *                        |
 *                        v
 *        engine (windows, conditions) -> findings
 *                        |
 *                        v
 *        cases (ladders, ends) -> records  --> flow_records()   to the keeper
 *                                                   |
 *                          flow_durable(sequence) <-+
 *                                    |
 *                                    v
 *                 flow_next_action(), flow_next_notice()        to the hands
 *
 * Pure: no clock, no I/O. The daemon and `hayward rehearse` run these very
 * functions. Casefiles are the fold of their records: flow_replay() after a
 * crash comes to the same state, and what was ordered but has no outcome is
 * ordered again under the same id.
 */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "cases/people.h"
#include "model/account.h"
#include "model/action.h"
#include "model/config.h"
#include "model/database_time.h"
#include "model/frame.h"
#include "model/notice.h"
#include "model/deed.h"
#include "model/observation.h"
#include "model/record.h"
#include "model/stewardship.h"
#include "model/visits.h"
#include "policy/rules.h"

struct flow;

/* The three times, in ms. They are never mixed; see docs/architecture.md, Time. */
struct moment {
	int64_t boot;	/* measuring: the boot clock, as in frames */
	int64_t policy; /* delays: never goes backwards, not even over a restart */
	int64_t wall;	/* what people read */
};

/* What is borrowed for as long as the flow lives or until flow_reload(). */
struct flow_rules {
	const struct policy *policy;
	const struct accounts *accounts;
	const struct config *config;
};

struct flow *flow_new(const struct flow_rules *rules) must_use;
void flow_free(struct flow *flow);

/*
 * New rules come into force, all at once: windows of conditions that did not
 * change are kept, open cases keep the ladder that their notice announced and
 * follow the new condition, cases of dropped clauses are lifted.
 */
void flow_reload(struct flow *flow, const struct flow_rules *rules, struct moment now);

/* Something was seen. Rows of uids that no account owns are shown, never judged. */
void flow_frame(struct flow *flow, const struct frame *frame, struct moment now);
void flow_script_name(struct flow *flow, const struct script_name *name);
void flow_observe(struct flow *flow, const struct observation *observation, struct moment now);
void flow_deed(struct flow *flow, const struct deed *deed, struct moment now);

/* How long the database worked for accounts: part of their processor time. */
void flow_database(struct flow *flow, const struct database_time *time, struct moment now);

/* Which scripts workers of PHP-FPM ran, by their pools' logs; see engine/pools.h. */
void flow_pool_runs(struct flow *flow, const struct frame *runs);

/* What visitors asked of an account's sites: who floods one is named, see visits.c. */
void flow_visits(struct flow *flow, const struct visits *visits, struct moment now);

/*
 * Whether a sensor feeds its measures on this host; without it they take part
 * in no decision. To be said of every sensor at the start: until then its
 * measures are unknown, which opens no case but cures none either. A sensor
 * that works here and has died is not said to be missing: its silence is seen.
 */
void flow_set_sensor(struct flow *flow, enum sensor sensor, bool works);

/* Time passes: windows move on, steps come due, cases end, exceptions expire. */
void flow_tick(struct flow *flow, struct moment now);

/* Policy time at which flow_tick() has something to do at the earliest; INT64_MAX: nothing. */
int64_t flow_next_due(const struct flow *flow);

/*
 * Accounts of which the memory has to be counted by proportion before anything
 * follows from it (engine/proof.c): to be asked after each input, and answered
 * when it is known. What is never answered stays unknown.
 */
bool flow_next_doubt(struct flow *flow, struct subject *ret_account) must_use;
void flow_prove_memory(
    struct flow *flow, const struct subject *account, uint64_t held, uint64_t counted);

/* What became of an action, and of a notice. Unknown ids are ignored. */
void flow_outcome(struct flow *flow, const struct outcome *outcome, struct moment now);
void flow_delivery(struct flow *flow, const struct delivery *delivery, struct moment now);

/*
 * 0; -ENOENT: no such case, clause or account; -EPERM: not theirs to ask (an
 * owner may declare a case mended once in 30 d for a clause); -EINVAL: it makes
 * no sense now. ret_text says what was done, or why not.
 */
int flow_request(struct flow *flow, const struct case_request *request, struct moment now,
    struct str *ret_text) must_use;

/*
 * The records that are not yet handed over, in order; the caller hands them to
 * the keeper and says flow_handed_over(). Sequence numbers are continuous.
 */
const struct record *flow_records(const struct flow *flow, size_t *ret_count);
void flow_handed_over(struct flow *flow);

/* Everything up to this sequence is on disk: what it orders is released. */
void flow_durable(struct flow *flow, uint64_t sequence);

/* The next released action or notice; false if there is none. Memory is the arena's. */
bool flow_next_action(struct flow *flow, struct action *ret_action);
bool flow_next_notice(struct flow *flow, struct arena *arena, struct notice *ret_notice);

/*
 * The next port that is to be opened or shut, of those whose order is durable; false if
 * there is none. All that have no outcome are handed out again after the second call.
 */
bool flow_next_opening(struct flow *flow, struct opening *ret_opening) must_use;
void flow_openings_again(struct flow *flow);

/* Something that an account has on the site was changed; it may be one of those ports. */
void flow_changed(struct flow *flow, const struct changed *changed, struct moment now);

/* A hold that stands, is being made or being taken back; the flow's until its next input. */
struct casefile;
struct order;
struct hold_of {
	const struct casefile *casefile;
	const struct order *order;
};

/* All holds of an account, in the order of their cases; free() them. */
size_t flow_holds(
    const struct flow *flow, const struct account *account, struct hold_of **ret_holds);

/* The action by which the hands say item by item how it stands. */
struct action flow_describing(const struct hold_of *hold);

/*
 * State for a restart. A checkpoint holds windows and casefiles as of the last
 * record handed over; after flow_restore() the records since are replayed.
 * Afterwards flow_resume() orders again what has no outcome. -EBADMSG: the
 * checkpoint is not one of this version; begin empty and replay everything.
 */
void flow_checkpoint(const struct flow *flow, struct str *out);
int flow_restore(
    struct flow *flow, const void *bytes, size_t length, struct moment now) must_use;
void flow_replay(struct flow *flow, const struct record *record);
void flow_resume(struct flow *flow, struct moment now);

/* Sequence of the last record made. */
uint64_t flow_sequence(const struct flow *flow);

/* For showing. */
struct engine;
struct cases;
const struct engine *flow_engine(const struct flow *flow);
const struct cases *flow_cases(const struct flow *flow);

#endif
