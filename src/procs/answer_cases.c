/* SPDX-License-Identifier: Apache-2.0 */
/* Casefiles for showing: lists, and one with its history. */
#include "procs/answering.h"

#include <string.h>

#include "model/quantity.h"
#include "procs/answer_json.h"

bool
case_visible(const struct answering *answering, const struct casefile *casefile)
{
	const struct request *request = answering->request;
	if (request->asker.staff)
		return true;
	bool told = casefile->mode != MODE_OBSERVE && (!casefile->soft || casefile->imposed);
	return told &&
	       request_about(request, casefile->subject.account, casefile->subject.generation);
}

enum answer_status
case_named(struct answering *answering, const struct casefile **ret_case)
{
	const struct request *request = answering->request;
	const struct casefile *casefile =
	    cases_get(flow_cases(answering->context->flow), request->case_number);
	if (casefile && case_visible(answering, casefile)) {
		*ret_case = casefile;
		return ANSWER_OK;
	}
	if (request->asker.staff) {
		str_addf(
		    &answering->text, "no case %llu", (unsigned long long)request->case_number);
		return ANSWER_NOT_FOUND;
	}
	str_addf(&answering->text, "you have no case %llu",
	    (unsigned long long)request->case_number);
	return ANSWER_REFUSED;
}

/* The wall time that a policy time will have, as far as anybody can know. */
static int64_t
wall_of(const struct answering *answering, int64_t policy)
{
	return answering->now.wall + (policy - answering->now.policy);
}

static void
add_verbs(struct str *out, const struct case_step *step)
{
	struct case_ladder single = {.count = 1, .steps = {*step}};
	case_ladder_print(&single, out);
}

json_t *
case_next(const struct answering *answering, const struct casefile *casefile)
{
	const struct case_step *step = case_next_step(casefile);
	if (!step || !case_is_open(casefile))
		return json_null();
	auto_str verbs = {0};
	add_verbs(&verbs, step);
	int64_t announced = 0;
	int64_t due = case_due(flow_cases(answering->context->flow), casefile, &announced);
	json_t *next = json_new_object();
	json_set_shown(next, "verbs", str_text(&verbs));
	json_set(next, "after", json_quantity(UNIT_TIME, step->after));
	json_set(
	    next, "due", due == INT64_MAX ? json_null() : json_moment(wall_of(answering, due)));
	json_set(next, "announced", json_moment(announced));
	return next;
}

static json_t *
case_waits(const struct casefile *casefile)
{
	const struct order *order = case_asked(casefile);
	if (!order)
		return json_null();
	json_t *waits = json_new_object();
	json_set_shown(waits, "verb", verb_info(order->verb)->name);
	json_set_shown(waits, "reason", order->reason);
	json_set(waits, "since", json_moment(order->wall));
	return waits;
}

static json_t *
measured(int measure, int64_t value)
{
	if (measure < 0)
		return json_null();
	auto_str text = {0};
	quantity_add_of(&text, (enum measure)measure, value);
	return json_shown(str_text(&text));
}

static void
set_measured(json_t *object, int measure, int64_t value, int64_t limit)
{
	json_set_shown(
	    object, "measure", measure < 0 ? NULL : measure_info((enum measure)measure)->name);
	json_set(object, "value", measured(measure, value));
	bool listed = measure >= 0 && measure_info((enum measure)measure)->unit == UNIT_NAME;
	json_set(object, "limit", listed ? json_null() : measured(measure, limit));
}

json_t *
case_summary(const struct answering *answering, const struct casefile *casefile)
{
	const struct clause *clause =
	    policy_clause(answering->context->policy, casefile->clause);
	json_t *object = json_new_object();
	json_set_integer(object, "case", (int64_t)casefile->number);
	json_set_integer(object, "incident", (int64_t)casefile->incident);
	json_set_shown(object, "clause", casefile->clause);
	json_set_shown(object, "title", clause ? clause->title : NULL);
	json_set_shown(object, "account", casefile->account_name);
	json_set_flag(object, "watched",
	    account_watched(
		answering, casefile->subject.account, casefile->subject.generation));
	json_set_shown(object, "kind", kind_name(casefile->subject.kind));
	json_set_shown(object, "subject", casefile->label);
	json_set_flag(object, "open", case_is_open(casefile));
	json_set_shown(object, "state", case_state_name(casefile->state));
	json_set_shown(object, "mode", mode_name(casefile->mode));
	json_set_flag(object, "holding", case_holds(casefile));
	json_set(object, "opened", json_moment(casefile->opened_wall));
	json_set(object, "closed", json_moment(casefile->closed ? casefile->closed_wall : 0));
	json_set_shown(object, "reason", casefile->reason);
	set_measured(object, casefile->measure, casefile->value, casefile->limit);
	json_set(object, "largest", measured(casefile->measure, casefile->largest));
	json_set(object, "next", case_next(answering, casefile));
	json_set(object, "waiting", case_waits(casefile));
	return object;
}

static bool
is_listed(const struct answering *answering, const struct casefile *casefile)
{
	const struct request *request = answering->request;
	if (!case_visible(answering, casefile))
		return false;
	if (*request->account && strcmp(request->account, casefile->account_name) != 0)
		return false;
	if (request->waiting)
		return case_asked(casefile) != NULL;
	return request->all || case_is_open(casefile);
}

enum answer_status
tell_cases(struct answering *answering)
{
	const struct request *request = answering->request;
	if (request->asker.staff && *request->account &&
	    !accounts_find_name(answering->context->accounts, request->account)) {
		str_addf(&answering->text, "no account '%s'", request->account);
		return ANSWER_NOT_FOUND;
	}
	json_t *list = json_new_array();
	size_t position = 0;
	const struct cases *cases = flow_cases(answering->context->flow);
	for (const struct casefile *casefile; (casefile = cases_next(cases, &position));)
		if (is_listed(answering, casefile))
			json_push(list, case_summary(answering, casefile));
	json_set(answering->data, "cases", list);
	return ANSWER_OK;
}

static const char *
order_state_word(enum order_state state)
{
	switch (state) {
	case ORDER_WOULD:
		return "would";
	case ORDER_ASKED:
		return "waits for staff";
	case ORDER_REFUSED:
		return "refused by staff";
	case ORDER_ORDERED:
		return "ordered";
	case ORDER_DONE:
		return "done";
	case ORDER_RELEASING:
		return "being taken back";
	case ORDER_RELEASED:
		return "taken back";
	}
	return "";
}

static json_t *
orders_list(const struct casefile *casefile)
{
	json_t *list = json_new_array();
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		json_t *item = json_new_object();
		json_set_shown(item, "verb", verb_info(order->verb)->name);
		json_set_shown(item, "state", order_state_word(order->state));
		json_set_integer(item, "step", order->step);
		json_set_integer(item, "episode", order->episode);
		json_set(item, "at", json_moment(order->wall));
		json_set_integer(item, "status", order->status);
		json_set_shown(item, "text", order->text);
		json_push(list, item);
	}
	return list;
}

json_t *
exhibits_list(const struct casefile *casefile)
{
	json_t *list = json_new_array();
	for (size_t i = 0; i < casefile->exhibit_count; i++) {
		const struct exhibit *exhibit = &casefile->exhibits[i];
		json_t *item = json_new_object();
		json_set(item, "at", json_moment(exhibit->wall));
		json_set_shown(item, "subject", exhibit->label);
		json_set_shown(item, "deed", exhibit->deed);
		set_measured(item, exhibit->measure, exhibit->value, exhibit->limit);
		json_set(item, "of_own_percent",
		    exhibit->of_own ? json_percent(exhibit->of_own) : json_null());
		json_set_shown(item, "started_by",
		    exhibit->starter ? starter_name(exhibit->starter) : NULL);
		json_push(list, item);
	}
	return list;
}

static json_t *
history_list(const struct casefile *casefile)
{
	json_t *list = json_new_array();
	for (size_t i = 0; i < casefile->history_count; i++) {
		const struct history_line *line = &casefile->history[i];
		json_t *item = json_new_object();
		json_set_integer(item, "sequence", (int64_t)line->sequence);
		json_set(item, "at", json_moment(line->wall));
		json_set_shown(item, "kind", record_kind_name(line->kind));
		json_set_shown(item, "text", line->text);
		json_push(list, item);
	}
	return list;
}

static void
set_ladder(json_t *object, const struct casefile *casefile)
{
	auto_str ladder = {0};
	case_ladder_print(&casefile->steps, &ladder);
	json_set_shown(object, "ladder", str_text(&ladder));
}

/* What a report about the case is drafted with. */
static json_t *
report_part(const struct answering *answering)
{
	const struct config *config = answering->context->config;
	auto_str notices = {0};
	if (*config->notices != '/')
		str_addf(&notices, "%s/", config->directory);
	str_add(&notices, config->notices);
	json_t *part = json_new_object();
	json_set_shown(part, "host", config->host);
	json_set_shown(part, "operator", config->operator);
	json_set_shown(part, "authorities", config->authorities);
	json_set_shown(part, "state", config->state);
	json_set_shown(part, "notices", str_text(&notices));
	return part;
}

enum answer_status
tell_case(struct answering *answering)
{
	const struct casefile *casefile;
	enum answer_status status = case_named(answering, &casefile);
	if (status != ANSWER_OK)
		return status;
	json_t *object = case_summary(answering, casefile);
	json_set_shown(object, "state_means", case_state_words(casefile->state));
	json_set_flag(object, "soft", casefile->soft);
	json_set_flag(object, "imposed", casefile->imposed);
	json_set_integer(object, "episode", casefile->episode);
	json_set_shown(object, "closed_by", casefile->closed_by);
	json_set_shown(object, "visitors", casefile->flooded ? casefile->visitors : NULL);
	json_set_flag(object, "legal_hold", casefile->legal_hold);
	json_set(object, "report_sent", json_moment(casefile->sent_wall));
	json_set_shown(object, "report_words", *casefile->sent ? casefile->sent : NULL);
	if (answering->request->asker.staff)
		json_set(object, "report", report_part(answering));
	set_ladder(object, casefile);
	json_set(object, "orders", orders_list(casefile));
	json_set(object, "evidence", exhibits_list(casefile));
	json_set(object, "history", history_list(casefile));
	json_set(answering->data, "case", object);
	return ANSWER_OK;
}

/* Whether an exception is one of this account's: given to it, or to its whole plan. */
static bool
exempts(const struct case_exception *exception, const struct account *account)
{
	if (*exception->account_name)
		return strcmp(exception->account_name, account->name) == 0;
	return *exception->plan && strcmp(exception->plan, account->plan) == 0;
}

json_t *
exceptions_list(const struct answering *answering, const struct account *account)
{
	json_t *list = json_new_array();
	size_t position = 0;
	struct case_exception exception;
	const struct cases *cases = flow_cases(answering->context->flow);
	while (cases_next_exception(cases, &position, answering->now.wall, &exception)) {
		if (!exempts(&exception, account))
			continue;
		json_t *item = json_new_object();
		json_set_shown(item, "clause", exception.clause);
		json_set_shown(item, "account", exception.account_name);
		json_set_shown(item, "plan", exception.plan);
		json_set(item, "until", json_moment(exception.until));
		json_set_shown(item, "by", exception.by);
		json_set_shown(item, "because", exception.because);
		json_set_flag(item, "granted", exception.granted);
		json_push(list, item);
	}
	return list;
}
