/* SPDX-License-Identifier: Apache-2.0 */
/* Who uses what: `top`, `accounts`, `show`. */
#include "procs/answering.h"

#include <stdlib.h>

#include "base/memory.h"
#include "engine/usage.h"
#include "procs/answer_json.h"

/* What fits a screen many times over; the rest of 10 000 accounts is idle. */
enum { MOST_ROWS = 1000 };

struct rows {
	struct usage *items;
	size_t count;
	size_t capacity;
};

static void
rows_add(struct rows *rows, const struct usage *usage)
{
	memory_grow(&rows->items, rows->count, &rows->capacity, sizeof(*rows->items));
	rows->items[rows->count++] = *usage;
}

/* The busiest first; of equals who holds more, then who ran more today. */
static int
by_use(const void *left, const void *right)
{
	const struct usage *one = left, *other = right;
	if (one->cpu_share != other->cpu_share)
		return one->cpu_share < other->cpu_share ? 1 : -1;
	if (one->memory != other->memory)
		return one->memory < other->memory ? 1 : -1;
	if (one->cpu_ms_today != other->cpu_ms_today)
		return one->cpu_ms_today < other->cpu_ms_today ? 1 : -1;
	return one->subject.key < other->subject.key ? -1
						     : one->subject.key > other->subject.key;
}

static void
rows_sort(struct rows *rows)
{
	if (rows->count)
		qsort(rows->items, rows->count, sizeof(*rows->items), by_use);
}

/* Rows that a single account brings: its scripts. */
static void
add_scripts(struct rows *rows, const struct engine *engine, uint32_t account)
{
	size_t position = 0;
	struct usage script;
	while (usage_next_script(engine, account, &position, &script))
		rows_add(rows, &script);
}

static struct rows
collect(const struct engine *engine, bool scripts)
{
	struct rows rows = {0};
	size_t position = 0;
	struct usage usage;
	while (usage_next_account(engine, &position, &usage))
		if (scripts)
			add_scripts(&rows, engine, usage.subject.account);
		else
			rows_add(&rows, &usage);
	position = 0;
	while (!scripts && usage_next_unowned(engine, &position, &usage))
		rows_add(&rows, &usage);
	rows_sort(&rows);
	return rows;
}

static void
set_use(json_t *row, const struct usage *usage)
{
	json_set(row, "cpu_percent", json_percent(usage->cpu_share));
	if (usage->subject.kind == KIND_ACCOUNT) /* kept for accounts only */
		json_set(row, "cpu_percent_lately", json_percent(usage->cpu_lately));
	json_set(row, "database_percent", json_percent(usage->database_share));
	json_set(row, "database_seconds_today",
	    json_percent((int64_t)(usage->database_ms_today / 10)));
	json_set(row, "memory_percent", json_percent(usage->memory_share));
	json_set_integer(row, "memory_bytes", (int64_t)usage->memory);
	json_set(row, "io_percent", json_percent(usage->io_share));
	json_set_integer(row, "io_bytes_per_second", (int64_t)usage->io_rate);
	json_set_integer(row, "processes", usage->processes);
	json_set_integer(row, "runs_today", (int64_t)usage->runs_today);
	json_set(row, "cpu_seconds_today", json_percent((int64_t)(usage->cpu_ms_today / 10)));
}

static const char *
account_name(const struct answering *answering, uint32_t id)
{
	const struct account *account = accounts_find_id(answering->context->accounts, id);
	return account ? account->name : NULL;
}

static json_t *
usage_row(const struct answering *answering, const struct usage *usage)
{
	json_t *row = json_new_object();
	json_set_shown(row, "account", account_name(answering, usage->subject.account));
	json_set_integer(row, "uid", usage->uid);
	json_set_flag(row, "watched",
	    account_watched(answering, usage->subject.account, usage->subject.generation));
	if (usage->subject.kind == KIND_SCRIPT) {
		json_set_shown(row, "script", usage->name);
		json_set_shown(row, "interpreter", usage->interpreter);
		json_set_shown(
		    row, "started_by", usage->starter ? starter_name(usage->starter) : NULL);
	}
	set_use(row, usage);
	return row;
}

static json_t *
rows_list(const struct answering *answering, const struct rows *rows)
{
	json_t *list = json_new_array();
	for (size_t i = 0; i < rows->count && i < MOST_ROWS; i++)
		json_push(list, usage_row(answering, &rows->items[i]));
	return list;
}

static json_t *
host_use(const struct engine *engine)
{
	struct usage_host host = usage_host(engine);
	json_t *part = json_new_object();
	json_set_flag(part, "measured", host.at != 0);
	json_set_integer(part, "interval_ms", host.interval_ns / 1000000);
	json_set(part, "cpu_percent", json_percent(host.cpu_share));
	json_set(part, "memory_percent", json_percent(host.memory_share));
	json_set_integer(part, "memory_bytes", (int64_t)host.memory);
	json_set(
	    part, "io_percent", host.tells_disks ? json_percent(host.io_share) : json_null());
	json_set_integer(part, "io_bytes_per_second", (int64_t)host.io_rate);
	json_set_integer(part, "processes", host.processes);
	json_set_flag(part, "emergency", host.emergency);
	return part;
}

enum answer_status
tell_top(struct answering *answering)
{
	const struct answers_context *context = answering->context;
	const struct engine *engine = flow_engine(context->flow);
	struct rows rows = collect(engine, answering->request->scripts);
	json_set_shown(answering->data, "name", context->config->host);
	json_set_shown(answering->data, "mode", context->config->mode);
	json_set(answering->data, "at", json_moment(answering->now.wall));
	json_set(answering->data, "host", host_use(engine));
	json_set_integer(answering->data, "row_count", (int64_t)rows.count);
	json_set(answering->data, "rows", rows_list(answering, &rows));
	free(rows.items);
	return ANSWER_OK;
}

/* Open cases and holds of each account, by its index in the table, so that one walk will do. */
struct account_cases {
	uint32_t open;
	uint32_t holding;
};

static struct account_cases *
count_cases(const struct answering *answering)
{
	const struct accounts *accounts = answering->context->accounts;
	struct account_cases *counts =
	    memory_new(accounts_count(accounts) + 1, sizeof(*counts));
	size_t position = 0;
	const struct cases *cases = flow_cases(answering->context->flow);
	for (const struct casefile *casefile; (casefile = cases_next(cases, &position));) {
		const struct account *account =
		    accounts_find_id(accounts, casefile->subject.account);
		if (!account || account->generation != casefile->subject.generation)
			continue;
		size_t index = (size_t)(account - accounts_at(accounts, 0));
		counts[index].open += case_is_open(casefile);
		counts[index].holding += case_holds(casefile);
	}
	return counts;
}

static void
set_account(json_t *row, const struct account *account)
{
	json_set_shown(row, "account", account->name);
	json_set_integer(row, "id", account->id);
	json_set_integer(row, "uid", account->uid_count ? account->uids[0].first : 0);
	json_set_shown(row, "plan", account->plan);
	json_set_flag(row, "protected", account->is_protected);
}

static json_t *
account_row(const struct answering *answering, const struct account *account,
    const struct account_cases *cases)
{
	json_t *row = json_new_object();
	set_account(row, account);
	struct usage usage;
	bool active =
	    usage_of_account(flow_engine(answering->context->flow), account->id, &usage);
	json_set_flag(row, "active_today", active);
	json_set_flag(
	    row, "watched", account_watched(answering, account->id, account->generation));
	if (active)
		set_use(row, &usage);
	json_set_integer(row, "open_cases", cases->open);
	json_set_integer(row, "holding", cases->holding);
	return row;
}

enum answer_status
tell_accounts(struct answering *answering)
{
	const struct accounts *accounts = answering->context->accounts;
	auto_free struct account_cases *cases = count_cases(answering);
	json_t *list = json_new_array();
	for (size_t i = 0; i < accounts_count(accounts); i++)
		json_push(list, account_row(answering, accounts_at(accounts, i), &cases[i]));
	json_set(answering->data, "accounts", list);
	return ANSWER_OK;
}

static json_t *
uid_ranges(const struct account *account, bool own)
{
	json_t *list = json_new_array();
	uint32_t from = own ? 0 : account->own_uids;
	uint32_t to = own ? account->own_uids : account->uid_count;
	for (uint32_t i = from; i < to; i++) {
		json_t *range = json_new_object();
		json_set_integer(range, "first", account->uids[i].first);
		json_set_integer(range, "count", account->uids[i].count);
		json_push(list, range);
	}
	return list;
}

static json_t *
account_part(const struct answering *answering, const struct account *account)
{
	json_t *part = json_new_object();
	set_account(part, account);
	json_set_flag(
	    part, "watched", account_watched(answering, account->id, account->generation));
	json_set_shown(part, "contact", account->contact);
	json_set_shown(part, "home", account->home);
	json_set(part, "uids", uid_ranges(account, true));
	json_set(part, "subordinate_uids", uid_ranges(account, false));
	if (account->initial_bytes >= 0)
		json_set_integer(part, "initial_bytes", account->initial_bytes);
	if (account->initial_files >= 0)
		json_set_integer(part, "initial_files", account->initial_files);
	json_t *domains = json_new_array();
	for (uint32_t i = 0; i < account->domain_count; i++)
		json_push(domains, json_shown(account->domains[i]));
	json_set(part, "domains", domains);
	json_set_flag(part, "may_act", accounts_may_act(answering->context->accounts, account));
	return part;
}

static json_t *
scripts_list(const struct answering *answering, uint32_t account)
{
	struct rows rows = {0};
	add_scripts(&rows, flow_engine(answering->context->flow), account);
	rows_sort(&rows);
	json_t *list = rows_list(answering, &rows);
	free(rows.items);
	return list;
}

static json_t *
open_cases_of(const struct answering *answering, const struct account *account)
{
	json_t *list = json_new_array();
	size_t position = 0;
	const struct cases *cases = flow_cases(answering->context->flow);
	for (const struct casefile *casefile; (casefile = cases_next(cases, &position));)
		if (casefile->subject.account == account->id &&
		    casefile->subject.generation == account->generation &&
		    case_is_open(casefile) && case_visible(answering, casefile))
			json_push(list, case_summary(answering, casefile));
	return list;
}

enum answer_status
account_named(struct answering *answering, const struct account **ret_account)
{
	const struct request *request = answering->request;
	const struct account *account = accounts_find_name(answering->context->accounts,
	    *request->account ? request->account : request->asker.name);
	if (!account && !*request->account) {
		str_add(&answering->text, "say which account; you have none yourself");
		return ANSWER_INVALID;
	}
	if (!account && request->asker.staff) {
		str_addf(&answering->text, "no account '%s'", request->account);
		return ANSWER_NOT_FOUND;
	}
	if (!account || !request_about(request, account->id, account->generation)) {
		str_addf(&answering->text, "'%s' is not your account", request->account);
		return ANSWER_REFUSED;
	}
	*ret_account = account;
	return ANSWER_OK;
}

enum answer_status
tell_show(struct answering *answering)
{
	const struct answers_context *context = answering->context;
	const struct account *account = NULL;
	enum answer_status status = account_named(answering, &account);
	if (status != ANSWER_OK)
		return status;
	json_t *data = answering->data;
	struct usage usage;
	bool active = usage_of_account(flow_engine(context->flow), account->id, &usage);
	json_set(data, "account", account_part(answering, account));
	json_set(data, "use", active ? usage_row(answering, &usage) : json_null());
	json_set(data, "scripts", scripts_list(answering, account->id));
	json_set(data, "cases", open_cases_of(answering, account));
	json_set(data, "exceptions", exceptions_list(answering, account));
	return ANSWER_OK;
}
