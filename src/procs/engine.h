/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine process, for its own files: engine.c hears, engine_rules.c knows
 * the rules in force, engine_restore.c begins where the last life ended,
 * engine_release.c hands over and keeps what is not answered.
 */
#ifndef PROCS_ENGINE_H
#define PROCS_ENGINE_H

#include <stdint.h>

#include "base/map.h"
#include "flow/flow.h"
#include "procs/answers.h"
#include "procs/engine_services.h"
#include "procs/policy_clock.h"
#include "procs/process.h"

struct asked;
struct collecting;
struct doubt;
struct event;
struct look;

/* Everything that flow borrows, of one reading. */
struct rule_set {
	struct arena *arena; /* of config */
	struct config config;
	bool has_config;
	struct policy *policy;
	struct accounts *accounts;
};

/* A message that must be sent again when its receiver is there again. */
struct pending {
	struct pending *next;
	enum message message;
	uint64_t key; /* RECORDS: the batch's last sequence */
	struct str bytes;
};

/* In the order in which they were first sent. */
struct pending_list {
	struct pending *first;
	struct pending *last;
	size_t count;
};

struct engine_inside {
	struct process_frame *frame;
	struct rule_set *rules; /* in force */
	struct rule_set *next;	/* being received */
	struct flow *flow;
	struct policy_anchor anchor; /* of this life */
	struct policy_anchor last;   /* of the one before, as far as is known yet */
	char boot_id[BOOT_ID_SIZE];
	uint64_t replayed; /* the last record that the flow knows of, until it is restored */
	bool restored;	   /* the last life's end is reached: inputs count */
	struct pending_list early;	 /* what came before that and must not be lost */
	struct pending_list unwritten;	 /* RECORDS without ACK */
	struct pending_list undone;	 /* ACTIONs without OUTCOME */
	struct pending_list undone_at_desk; /* DESKs likewise */
	struct pending_list unsent;	 /* NOTICEs without DELIVERED */
	struct pending_list unsaid;	 /* REPLYs of which the records are not durable yet */
	struct pending_list uncollected; /* COLLECTs without KEPT */
	struct pending_list unnoted;	 /* NOTEDs of which the records are not durable yet */
	struct pending_list unnoted_mails; /* MAIL_NOTEDs likewise */
	struct pending_list behind;	 /* ACTIONs that wait for evidence; key: the account */
	struct collecting *collecting;	 /* evidence whose processes are being looked at */
	struct asked *asked;		 /* questions that wait for others to say something */
	struct doubt *doubts;		 /* accounts whose memory the peeker counts */
	struct look *looks;		 /* accounts that the peeker looks at for them */
	uint64_t questions;		 /* that the peeker was asked about processes */
	struct map *looked; /* account id -> what was asked of the scanner; NULL: nothing */
	int64_t swept_at;   /* boot ms */
	size_t swept;	    /* index of the account that was weighed last for scrutiny */
	struct event *tick;
	int64_t ticked, checkpointed, cost_asked; /* boot ms: the last of each */
	struct answer_seal seal;
	struct services_seen services;
	bool has_mail, has_requests; /* a mail server, a web server has told of some */
	struct str standing; /* what the gate was told last; empty: nothing */
	struct answers_context facts;
};

struct moment engine_moment(const struct engine_inside *inside);

/* engine_rules.c */

/* Takes in one blob; with the accounts, which come last, the set comes into force. */
int engine_accept_blob(
    struct engine_inside *inside, enum blob kind, const void *bytes, size_t length) must_use;

/* Before it is restored: whatever the flow was told of the last life is forgotten. */
void engine_forget(struct engine_inside *inside);

/* At the end: frees the flow, and the rules that it borrowed. */
void engine_let_go(struct engine_inside *inside);

/* engine_restore.c */

/* One part of RESTORE; with the last one the engine begins to work. */
int engine_accept_restore(
    struct engine_inside *inside, const void *bytes, size_t length) must_use;

/* Sends the keeper the state as of now. */
void engine_checkpoint(struct engine_inside *inside);

/* engine_facts.c */

/* What the parent tells of its children. */
int engine_accept_processes(
    struct engine_inside *inside, const void *bytes, size_t length) must_use;

/* Asks the peeker now and then what hayward costs; its answer. */
void engine_ask_cost(struct engine_inside *inside);
int engine_accept_answer(
    struct engine_inside *inside, const void *bytes, size_t length) must_use;

/* engine_doubts.c */

/* Asks the peeker about the memory of accounts for which it matters; its answer. */
void engine_ask_doubts(struct engine_inside *inside);
struct answer;
void engine_hear_memory(struct engine_inside *inside, const struct answer *answer);

/* Who waits too long is given up, and the peeker with him; with a new one all begins anew. */
void engine_doubts_late(struct engine_inside *inside);
void engine_doubts_anew(struct engine_inside *inside);
void engine_doubts_done(struct engine_inside *inside);

/* engine_release.c */

/* Hands new records to the keeper, and what is released to the hands. */
void engine_release(struct engine_inside *inside);

/* Sends what waited for evidence of the account. */
void engine_release_behind(struct engine_inside *inside, uint32_t account);

/* Answers who asked, when the records up to that sequence are on disk. */
void engine_answer(struct engine_inside *inside, uint64_t sequence, struct str *reply);

/* The keeper's word, and the hands'. */
int engine_accept_ack(struct engine_inside *inside, const void *bytes, size_t length) must_use;
int engine_accept_outcome(
    struct engine_inside *inside, const void *bytes, size_t length) must_use;
int engine_accept_delivery(
    struct engine_inside *inside, const void *bytes, size_t length) must_use;

/* A sibling is there again: what it has not answered is sent again. */
void engine_send_again(struct engine_inside *inside, enum process peer);

void pending_add(
    struct pending_list *list, enum message message, uint64_t key, struct str *bytes);
void pending_free(struct pending_list *list);

/* Takes out those with this key. */
void pending_answered(struct pending_list *list, uint64_t key);
void pending_answered_up_to(struct pending_list *list, uint64_t key);

/* engine_steward.c: ports that are to be opened and shut, and what was changed. */
void engine_release_openings(struct engine_inside *inside);
void engine_steward_again(struct engine_inside *inside);
void engine_tell_wanted(struct engine_inside *inside);
int engine_accept_stored(struct engine_inside *inside, const void *bytes, size_t length);
int engine_accept_changed(
    struct engine_inside *inside, const void *bytes, size_t length) must_use;
void engine_tell_noted(struct engine_inside *inside, uint64_t sequence);

/* engine_scan.c */
/* Weighs some accounts, and has the scripts of those listed that are looked through. */
void engine_look_through(struct engine_inside *inside);

/* For answers_context: lists an account's scripts now; when they were last. */
void engine_list_again(void *inside, const struct account *account);
int64_t engine_listed_when(void *inside, const struct account *account);

int engine_accept_listed(
    struct engine_inside *inside, const void *bytes, size_t length) must_use;

/* Scanner or keeper began anew: what was asked and is not answered is to be asked again. */
void engine_scan_anew(struct engine_inside *inside);
void engine_scan_done(struct engine_inside *inside);

/* engine_evidence.c */
/* Begins to take the evidence that a released `report` asks for. */
void engine_collect(struct engine_inside *inside, const struct action *action);

int engine_accept_tree(struct engine_inside *inside, const void *bytes, size_t length) must_use;
int engine_accept_kept(struct engine_inside *inside, const void *bytes, size_t length) must_use;

/* Whether evidence is being taken of the account: what else is done to it waits. */
bool engine_takes_evidence(const struct engine_inside *inside, uint32_t account);

/* Goes on without a peeker that does not answer. */
void engine_collect_late(struct engine_inside *inside);
void engine_collect_again(struct engine_inside *inside);
void engine_collect_done(struct engine_inside *inside);

#endif
