/* SPDX-License-Identifier: Apache-2.0 */
/* How the flow is kept. Only for flow/. */
#ifndef FLOW_INTERNAL_H
#define FLOW_INTERNAL_H

#include "base/map.h"
#include "cases/outbox.h"
#include "engine/engine.h"
#include "flow/flow.h"
#include "flow/handings.h"

/* One mail on its way: the orders that it tells of. */
struct mail {
	uint64_t id;
	int64_t
	    again; /* policy time at which it is offered again; 0: it is with the notifier */
	size_t count;
	uint64_t orders[];
};

struct flow {
	struct flow_rules rules;
	struct engine *engine;
	struct cases *cases;
	struct visitors *visitors;
	struct moment now;
	int64_t offset;	  /* engine time is the boot clock and this: continuous over reboots */
	uint64_t durable; /* sequence up to which the keeper has everything on disk */
	int64_t ahead;	  /* ms by which the wall clock leapt, while nobody believes it */
	int64_t believed_from; /* policy time from which it is taken as it is */
	bool emergency;
	bool paused; /* between restore and the next moment, whose clocks prove nothing */
	int64_t queue_seen;    /* boot: when it was last looked at what waits for staff */
	uint64_t actions_from; /* sequence of orders from which on none was looked at */
	uint64_t notices_from;
	int64_t look_due;  /* policy time at which notices that waited are looked at again */
	struct map *lists; /* account and clause -> its owner had a list lately; or NULL */
	struct map *mails; /* id -> mail */
	struct map *last_mail; /* account id -> int64_t: policy time of the last mail */
	struct handings *handings;
	struct senders *senders;
	struct forms *forms;
	struct acquaintances *writers; /* of mail to an account; in this life */
	struct logins *logins;
	struct map *crowds;   /* account -> struct crowd: whose stored mails have to wait */
	struct map *doers;    /* action id -> struct target: who it was last about */
	struct action *again; /* in force, and now about somebody else too */
	size_t again_count, again_capacity;
};

/* ---- flow.c ---- */
struct case_time case_time(const struct flow *flow);
void flow_at(struct flow *flow, struct moment now);
/* Weighed: what was found goes to the cases, which take their steps. */
void flow_decide(struct flow *flow);
void note_emergency(struct flow *flow);
void flow_forget(struct flow *flow);

/* ---- mail.c ---- */
void forgive_sender(void *context, const struct casefile *casefile);

/* ---- visits.c ---- */
bool sense_flood(void *context, const struct casefile *casefile, struct str *ret_words);

/* ---- scrutiny.c ---- */
int64_t flow_breaches(void *context, const struct account *account, int64_t span);

/* ---- send.c ---- */
bool is_for_hands(const struct outgoing *out);
struct action action_of(
    const struct casefile *casefile, const struct order *order, enum operation operation);
bool make_action(struct flow *flow, const struct outgoing *out, struct action *ret_action);
void send_again(struct flow *flow);
void look_anew(struct flow *flow);
void lists_forget(struct flow *flow);
void mails_free(struct flow *flow);

/* ---- stored.c ---- */
void crowds_free(struct flow *flow);

/* ---- doers.c ---- */
void doer_note(struct flow *flow, const struct action *action);
void doer_follow(struct flow *flow, const struct subject *doer, const struct deed *deed);
bool doer_next(struct flow *flow, struct action *ret_action);
void doers_free(struct flow *flow);

/* ---- notice.c ---- */

/* Fills in a notice about these orders, the first of which gives kind and words. */
void make_notice(const struct flow *flow, struct arena *arena, const struct outgoing *orders,
    size_t count, struct notice *ret_notice);

#endif
