/* SPDX-License-Identifier: Apache-2.0 */
/* Is hayward well, and what is going on: `status` and `doctor`. */
#include "procs/answering.h"

#include "actions/verb.h"
#include "engine/usage.h"
#include "procs/answer_json.h"

/* What the casefiles add up to, for one asker. */
struct tally {
	int64_t open;
	int64_t waiting;
	int64_t holding;
};

static struct tally
tally_cases(const struct answering *answering)
{
	struct tally tally = {0};
	size_t position = 0;
	const struct cases *cases = flow_cases(answering->context->flow);
	for (const struct casefile *casefile; (casefile = cases_next(cases, &position));) {
		if (!case_visible(answering, casefile))
			continue;
		tally.open += case_is_open(casefile);
		tally.waiting += case_asked(casefile) != NULL;
		tally.holding += case_holds(casefile);
	}
	return tally;
}

static json_t *
cases_part(const struct answering *answering)
{
	struct tally tally = tally_cases(answering);
	json_t *cases = json_new_object();
	json_set_integer(cases, "open", tally.open);
	json_set_integer(cases, "holding", tally.holding);
	if (answering->request->asker.staff)
		json_set_integer(cases, "waiting", tally.waiting);
	return cases;
}

static json_t *
policy_part(const struct policy *policy)
{
	json_t *part = json_new_object();
	json_set_shown(part, "digest", policy->digest);
	json_set_integer(part, "clauses", (int64_t)policy->clause_count);
	json_set_integer(part, "exceptions", (int64_t)policy->exception_count);
	return part;
}

/* Several lines that a sensor says of itself, as one. */
static json_t *
one_line(const char *text)
{
	auto_str line = {0};
	for (const char *at = text; *at; at++)
		if (*at != '\n')
			str_add_char(&line, *at);
		else if (at[1])
			str_add(&line, "; ");
	return json_shown(str_text(&line));
}

static json_t *
sensors_part(const struct answers_context *context)
{
	json_t *sensors = json_new_array();
	for (enum sensor sensor = 0; sensor < SENSOR_COUNT; sensor++) {
		const struct sensor_fact *fact = &context->sensors[sensor];
		json_t *item = json_new_object();
		json_set_shown(item, "name", sensor_name(sensor));
		json_set_flag(item, "works", fact->works);
		json_set_shown(item, "by", fact->by);
		json_set(item, "remarks", one_line(fact->lost));
		json_push(sensors, item);
	}
	return sensors;
}

/* What people are answered who come to read or to send mail, and what becomes of a mail; only a
 * site's mail server marks one. */
static bool
gate_can(enum verb verb)
{
	uint32_t kinds = 1U << KIND_CLIENT | 1U << KIND_MAILBOX | 1U << KIND_MAIL;
	return verb_info(verb)->by == PROCESS_GATE && verb_info(verb)->kinds & kinds &&
	       verb != VERB_MARK;
}

/* Files are not removed yet; a mail is, where Dovecot answers. */
static bool
mail_can(const struct answers_context *context, enum verb verb)
{
	return verb == VERB_REMOVE && context->sensors[SENSOR_STORED].works;
}

/* The verbs that this build can carry out: notices, answers, and those that have a hand. */
static json_t *
verbs_part(const struct answers_context *context)
{
	json_t *verbs = json_new_array();
	for (enum verb verb = 0; verb < VERB_COUNT; verb++)
		if (verb_info(verb)->by == PROCESS_NOTIFIER ||
		    verb_info(verb)->by == PROCESS_KEEPER ||
		    verb_info(verb)->by == PROCESS_STEWARD || gate_can(verb) ||
		    hands_can(verb) || mail_can(context, verb))
			json_push(verbs, json_string(verb_info(verb)->name));
	return verbs;
}

static json_t *
cost_part(const struct answers_context *context)
{
	const struct own_cost *cost = &context->cost;
	if (!cost->known)
		return json_null();
	json_t *part = json_new_object();
	json_set_integer(part, "processes", cost->processes);
	json_set(part, "cpu_seconds", json_percent(cost->cpu_ms / 10));
	json_set(part, "cpu_percent_of_one_core",
	    cost->share < 0 ? json_null() : json_percent(cost->share));
	json_set_integer(part, "resident_bytes", (int64_t)cost->resident);
	return part;
}

static json_t *
processes_part(const struct answers_context *context)
{
	json_t *processes = json_new_array();
	for (enum process process = 0; process < PROCESS_COUNT; process++) {
		const struct process_fact *fact = &context->processes[process];
		if (!fact->known)
			continue;
		json_t *item = json_new_object();
		json_set_shown(item, "name", process_name(process));
		json_set_flag(item, "serves", fact->serves);
		json_set_integer(item, "restarts", fact->restarts);
		json_set(item, "started", json_moment(fact->started));
		json_set_shown(item, "says", fact->line);
		json_push(processes, item);
	}
	return processes;
}

/* The engine may be younger than haywardd: the oldest process tells. */
static int64_t
since(const struct answers_context *context)
{
	int64_t oldest = context->started.wall;
	for (enum process process = 0; process < PROCESS_COUNT; process++) {
		const struct process_fact *fact = &context->processes[process];
		if (fact->known && fact->started < oldest)
			oldest = fact->started;
	}
	return oldest;
}

static json_t *
journal_part(const struct answers_context *context)
{
	json_t *part = json_new_object();
	json_set_integer(part, "sequence", (int64_t)flow_sequence(context->flow));
	json_set_integer(part, "acknowledged", (int64_t)context->acknowledged);
	json_set(part, "acknowledged_at", json_moment(context->acknowledged_at));
	return part;
}

static json_t *
engine_part(const struct answers_context *context)
{
	struct usage_host host = usage_host(flow_engine(context->flow));
	json_t *part = json_new_object();
	json_set_integer(part, "frames", (int64_t)host.frames);
	json_set_integer(part, "observations", (int64_t)host.observations);
	json_set_integer(part, "subjects", (int64_t)host.subjects);
	json_set_integer(part, "events_lost", (int64_t)host.lost);
	json_set_flag(part, "emergency", host.emergency);
	return part;
}

static void
staff_parts(struct answering *answering)
{
	const struct answers_context *context = answering->context;
	json_t *data = answering->data;
	json_set(data, "since", json_moment(since(context)));
	json_set_integer(data, "uptime_seconds", (answering->now.wall - since(context)) / 1000);
	json_set_integer(data, "accounts", (int64_t)accounts_count(context->accounts));
	json_set(data, "sensors", sensors_part(context));
	json_set(data, "verbs", verbs_part(context));
	json_set(data, "processes", processes_part(context));
	json_set(data, "engine", engine_part(context));
	json_set(data, "own_cost", cost_part(context));
	json_set(data, "journal", journal_part(context));
	json_set(data, "maintenance_until",
	    json_moment(cases_maintenance(flow_cases(context->flow)).until));
	json_set(data, "breaker", breaker_part(answering));
	json_set_integer(data, "undelivered_notices", (int64_t)context->undelivered);
}

enum answer_status
tell_status(struct answering *answering)
{
	const struct answers_context *context = answering->context;
	const struct request *request = answering->request;
	json_t *data = answering->data;
	json_set_shown(data, "host", context->config->host);
	json_set_shown(data, "mode", context->config->mode);
	json_set(data, "policy", policy_part(context->policy));
	if (request->asker.account)
		json_set_shown(data, "account", request->asker.name);
	if (request->asker.staff || request->asker.account)
		json_set(data, "cases", cases_part(answering));
	if (request->asker.staff)
		staff_parts(answering);
	return ANSWER_OK;
}
