/* SPDX-License-Identifier: Apache-2.0 */
/* How the cases are kept. Only for cases/. */
#ifndef CASES_INTERNAL_H
#define CASES_INTERNAL_H

#include "base/map.h"
#include "cases/cases.h"
#include "cases/people.h"
#include "cases/review.h"

enum {
	MOST_EXHIBITS = 16, /* the first, the largest, the last ones */
	MOST_HISTORY = 100,
	MINUTE = 60 * 1000,
	HOUR = 60 * MINUTE,
	DAY = 24 * HOUR,
};

#define MONTH (INT64_C(30) * DAY)
#define NEVER INT64_MAX

struct cases {
	struct case_rules rules;
	struct case_senses senses;
	struct casefile **files; /* in order of their numbers */
	size_t file_count, file_capacity;
	struct map *latest; /* clause and subject -> its newest casefile */
	uint64_t last_number;
	struct case_exception *exceptions; /* granted by staff */
	size_t exception_count, exception_capacity;
	struct approach **approaches;
	size_t approach_count, approach_capacity;
	struct review *reviews; /* of accounts whose scripts were listed */
	size_t review_count, review_capacity;

	uint64_t sequence;
	struct record *records; /* not yet handed over */
	size_t record_count, record_capacity;
	struct map *orders;    /* id of an order -> its casefile */
	struct queued *outbox; /* in order of their sequences; see outbox.c */
	size_t outbox_count, outbox_capacity;
	size_t outbox_gone;

	struct breaker breaker;
	struct maintenance maintenance;
	struct petition *petitions; /* in order of their numbers */
	size_t petition_count, petition_capacity;
	uint64_t last_petition;

	int64_t ticked; /* policy time of the last tick */
	int64_t forgot; /* policy time at which old cases were last looked for */
	int64_t hit;	/* policy time of the last emergency branch; INT64_MIN: never */
};

/* ---- cases.c ---- */
const struct clause *clause_of(const struct cases *cases, const struct casefile *casefile);
const struct account *account_of(const struct cases *cases, const struct casefile *casefile);
struct casefile *latest_of(
    const struct cases *cases, const char *clause, const struct subject *subject);
struct casefile *file_of(const struct cases *cases, uint64_t number);
enum mode mode_of_host(const struct cases *cases);
enum mode mode_for(const struct cases *cases, const struct clause *clause);
int64_t clock_rate(const struct cases *cases);
void casefile_free(struct casefile *casefile);
void add_file(struct cases *cases, struct casefile *casefile);
void forget_file(struct cases *cases, struct casefile *casefile);

/* ---- apply.c ---- */
struct record draft(
    enum record_kind kind, const struct casefile *casefile, struct case_time now);
void emit(struct cases *cases, struct record *record);
bool warns(const struct order *order);
struct order *find_order(const struct casefile *casefile, uint64_t id);
enum case_state state_of(const struct casefile *casefile);
int measure_of(const struct record *record);
void delivered(
    struct casefile *casefile, const struct order *order, const struct record *record);
void apply_opened(struct cases *cases, const struct record *record);

/* ---- apply_elsewhere.c ---- */
void apply_elsewhere(struct cases *cases, const struct record *record);
struct approach *add_approach(struct cases *cases);
struct approach *find_approach_of(const struct cases *cases, const char *clause,
    const struct subject *subject, enum notice_kind kind);

/* ---- apply_history.c ---- */
void add_history(struct casefile *casefile, const struct record *record);

/* ---- apply_people.c ---- */
void apply_people(struct casefile *casefile, const struct record *record);
void apply_petition(struct cases *cases, const struct record *record);
void apply_petition_decided(struct cases *cases, const struct record *record);
void apply_changed(struct cases *cases, const struct record *record);

/* ---- incidents.c ---- */
uint64_t cause_of(struct cases *cases, const struct finding *finding);
uint64_t incident_for(const struct cases *cases, const struct subject *subject, uint64_t cause);
bool told_with_incident(
    struct cases *cases, const struct casefile *casefile, struct case_time now);

/* ---- flood.c ---- */
void apply_flooded(struct casefile *casefile, const struct record *record);
void watch_flood(struct cases *cases, struct casefile *casefile, const struct finding *finding,
    struct case_time now);
bool only_eases(const struct case_step *step); /* touches nobody, or makes him slower */
bool waits_for_calm(const struct casefile *casefile, const struct case_step *step);

/* ---- throttled.c ---- */
bool waits_for_throttle(struct cases *cases, struct casefile *casefile,
    const struct finding *finding, struct case_time now);

/* ---- maintenance.c ---- */
void postpone(struct casefile *casefile, int64_t span);
bool is_paused(const struct cases *cases);
void apply_maintenance(struct cases *cases, const struct record *record);
void end_maintenance(struct cases *cases, struct case_time now);
int request_maintenance(struct cases *cases, const struct case_request *request,
    struct case_time now, struct str *ret_text);

/* ---- petitions.c ---- */
struct petition *petition_get(const struct cases *cases, uint64_t number);
void forget_petitions(struct cases *cases, struct case_time now);
int ask_staff(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text);
int decide_petition(struct cases *cases, const struct case_request *request,
    struct case_time now, struct str *ret_text);

/* ---- people.c ---- */
bool clause_is_known(const struct cases *cases, const char *clause);
int grant_except(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text);

/* ---- review.c ---- */
void apply_inventory(struct cases *cases, const struct record *record);
void apply_reviewed(struct cases *cases, const struct record *record);
void apply_sent(struct casefile *casefile, const struct record *record);
void apply_legal_hold(struct casefile *casefile, const struct record *record);
void found_case(
    struct casefile *casefile, const struct record *record, const struct order *order);
void reviews_encode(const struct cases *cases, struct str *out);
void reviews_decode(struct cases *cases, struct wire_reader *reader);

/* ---- check.c ---- */
bool life_allows(enum case_state from, enum record_kind record, enum case_state to);
bool case_is_sound(const struct casefile *casefile);

/* ---- open.c ---- */
bool is_exempt(const struct cases *cases, const struct clause *clause,
    const struct account *account, const char *label, int64_t wall);
void resolve_ladder(const struct cases *cases, const struct ladder *ladder,
    const struct account *account, struct case_ladder *ret_ladder);
void reopen(
    struct cases *cases, struct casefile *casefile, const char *reason, struct case_time now);
void impose(struct cases *cases, struct casefile *casefile, const char *reason,
    const char *actor, struct case_time now);

/* ---- step.c ---- */
void take_steps(struct cases *cases, struct casefile *casefile, const struct finding *finding,
    struct case_time now);
void order_again(struct cases *cases, struct casefile *casefile, const struct order *order,
    struct case_time now);
void raise_alarm(struct cases *cases, const struct casefile *casefile, const char *text,
    struct case_time now);
uint64_t order_id(const struct casefile *casefile, uint32_t step, uint32_t verb);

/* ---- ends.c ---- */
struct closing {
	const char *reason; /* one word */
	const char *actor;
	const char *note;
};
void close_case(struct cases *cases, struct casefile *casefile, const struct closing *closing,
    struct case_time now);
void tell_reply(struct cases *cases, const struct casefile *casefile, const char *text,
    struct case_time now);
bool has_ended(struct cases *cases, struct casefile *casefile, struct case_time now,
    const char **ret_reason);
bool ends_when_kept(const struct clause *clause, const struct casefile *casefile);

/* ---- breaker.c ---- */
bool breaker_halts(struct cases *cases, const struct casefile *casefile, struct case_time now);
void apply_breaker(struct cases *cases, const struct record *record);
int reset_breaker(struct cases *cases, const struct case_request *request, struct case_time now,
    struct str *ret_text);

/* ---- reminders.c ---- */
void remind_of_exceptions(struct cases *cases, struct case_time now);

/* ---- claims.c ---- */
const struct order *other_claim(const struct cases *cases, const struct casefile *casefile,
    const struct order *order, const struct casefile **ret_holder);
bool claims(const struct order *order);
bool can_be_undone(const struct order *order);
bool holds_after_end(const struct casefile *casefile);
void undo_after_end(struct cases *cases, struct casefile *casefile,
    const struct case_request *request, struct case_time now);

#endif
