/* SPDX-License-Identifier: Apache-2.0 */
#include "cases/cases.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cases/internal.h"
#include "cases/orders.h"

/* Clause and subject: one case is open for each. */
struct case_key {
	char clause[16];
	struct subject_key subject;
};

static struct case_key
key_of(const char *clause, const struct subject *subject)
{
	struct case_key key = {.subject = subject_key(subject)};
	size_t length = strnlen(clause, sizeof(key.clause) - 1);
	memcpy(key.clause, clause, length);
	return key;
}

struct cases *
cases_new(const struct case_rules *rules, const struct case_senses *senses)
{
	struct cases *cases = memory_new(1, sizeof(*cases));
	cases->rules = *rules;
	cases->senses = *senses;
	cases->latest = map_new();
	cases->orders = map_new();
	cases->hit = INT64_MIN;
	return cases;
}

void
casefile_free(struct casefile *casefile)
{
	if (!casefile)
		return;
	free(casefile->orders);
	free(casefile->exhibits);
	free(casefile->history);
	free(casefile);
}

void
cases_free(struct cases *cases)
{
	if (!cases)
		return;
	for (size_t i = 0; i < cases->file_count; i++)
		casefile_free(cases->files[i]);
	for (size_t i = 0; i < cases->approach_count; i++)
		free(cases->approaches[i]);
	free(cases->files);
	free(cases->approaches);
	free(cases->reviews);
	free(cases->exceptions);
	free(cases->petitions);
	free(cases->records);
	free(cases->outbox);
	map_free(cases->latest);
	map_free(cases->orders);
	free(cases);
}

void
add_file(struct cases *cases, struct casefile *casefile)
{
	memory_grow(
	    &cases->files, cases->file_count, &cases->file_capacity, sizeof(*cases->files));
	cases->files[cases->file_count++] = casefile;
	struct case_key key = key_of(casefile->clause, &casefile->subject);
	map_put(cases->latest, &key, sizeof(key), casefile);
	for (size_t i = 0; i < casefile->order_count; i++)
		know_order(cases, casefile, &casefile->orders[i]);
	if (casefile->number > cases->last_number)
		cases->last_number = casefile->number;
}

/* The caller takes it out of the list. */
void
forget_file(struct cases *cases, struct casefile *casefile)
{
	struct case_key key = key_of(casefile->clause, &casefile->subject);
	if (map_find(cases->latest, &key, sizeof(key)) == casefile)
		map_remove(cases->latest, &key, sizeof(key));
	forget_orders(cases, casefile);
	casefile_free(casefile);
}

struct casefile *
latest_of(const struct cases *cases, const char *clause, const struct subject *subject)
{
	struct case_key key = key_of(clause, subject);
	return map_find(cases->latest, &key, sizeof(key));
}

/* Numbers grow along the list. */
struct casefile *
file_of(const struct cases *cases, uint64_t number)
{
	size_t low = 0, high = cases->file_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (cases->files[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low < cases->file_count && cases->files[low]->number == number
		   ? cases->files[low]
		   : NULL;
}

const struct clause *
clause_of(const struct cases *cases, const struct casefile *casefile)
{
	return policy_clause(cases->rules.policy, casefile->clause);
}

const struct account *
account_of(const struct cases *cases, const struct casefile *casefile)
{
	const struct account *account =
	    accounts_find_id(cases->rules.accounts, casefile->subject.account);
	return account && account->generation == casefile->subject.generation ? account : NULL;
}

enum mode
mode_of_host(const struct cases *cases)
{
	int host = mode_find(cases->rules.config->mode);
	return host < 0 ? MODE_OBSERVE : (enum mode)host;
}

enum mode
mode_for(const struct cases *cases, const struct clause *clause)
{
	enum mode mode = mode_of_host(cases);
	return clause->mode < mode ? clause->mode : mode;
}

enum mode
cases_mode(const struct cases *cases, const struct clause *clause)
{
	return mode_for(cases, clause);
}

int64_t
clock_rate(const struct cases *cases)
{
	return cases->rules.config->clock_rate > 1 ? cases->rules.config->clock_rate : 1;
}

const struct casefile *
cases_next(const struct cases *cases, size_t *position)
{
	return *position < cases->file_count ? cases->files[(*position)++] : NULL;
}

const struct casefile *
cases_get(const struct cases *cases, uint64_t number)
{
	return file_of(cases, number);
}

const struct casefile *
cases_open(const struct cases *cases, const char *clause, const struct subject *subject)
{
	const struct casefile *casefile = latest_of(cases, clause, subject);
	return casefile && case_is_open(casefile) ? casefile : NULL;
}

/* ---- one casefile, for readers ---- */

static const struct {
	const char *name, *words;
	bool open;
} states[] = {
#define STATE(symbol, word, what, is_open) {word, what, is_open},
#define STEP_OF_LIFE(from, record, to)
#include "cases/states.def"
#undef STATE
#undef STEP_OF_LIFE
};

const char *
case_state_name(enum case_state state)
{
	return states[state].name;
}

const char *
case_state_words(enum case_state state)
{
	return states[state].words;
}

bool
case_is_open(const struct casefile *casefile)
{
	return states[casefile->state].open;
}

const struct case_step *
case_next_step(const struct casefile *casefile)
{
	if (!case_is_open(casefile) || (casefile->soft && !casefile->imposed) ||
	    casefile->next_step >= casefile->steps.count)
		return NULL;
	return &casefile->steps.steps[casefile->next_step];
}

int64_t
case_due(const struct cases *cases, const struct casefile *casefile, int64_t *ret_wall)
{
	*ret_wall = 0;
	const struct case_step *step = case_next_step(casefile);
	if (!step || waits_for_calm(casefile, step))
		return NEVER;
	if (casefile->next_step == 0)
		return casefile->began;
	*ret_wall = casefile->due_wall;
	if (casefile->zero == NEVER || casefile->not_before == NEVER)
		return NEVER;
	int64_t due = casefile->zero + step->after / clock_rate(cases);
	return due > casefile->not_before ? due : casefile->not_before;
}

const struct order *
case_asked(const struct casefile *casefile)
{
	for (size_t i = 0; i < casefile->order_count; i++)
		if (casefile->orders[i].state == ORDER_ASKED)
			return &casefile->orders[i];
	return NULL;
}

bool
case_holds(const struct casefile *casefile)
{
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		const struct verb_info *info = verb_info(order->verb);
		if ((info->end == END_UNDONE || info->binding) &&
		    (order->state == ORDER_DONE || order->state == ORDER_RELEASING))
			return true;
	}
	return false;
}

bool
order_may_stand(const struct order *order)
{
	return order->state == ORDER_ORDERED || order->state == ORDER_DONE ||
	       (order->state == ORDER_ASKED && strcmp(order->reason, "failed") == 0);
}

struct subject
case_target(const struct casefile *casefile, enum verb verb)
{
	struct subject target = casefile->subject;
	uint32_t kinds = verb_info(verb)->kinds;
	while (!(kinds & UINT32_C(1) << target.kind) && target.kind != KIND_HOST)
		target.kind = kind_container(target.kind);
	if (target.kind == KIND_ACCOUNT || target.kind == KIND_HOST)
		target.key = 0;
	return target;
}

/* ---- on the way out ---- */

const struct record *
cases_records(const struct cases *cases, size_t *ret_count)
{
	*ret_count = cases->record_count;
	return cases->records;
}

void
cases_handed_over(struct cases *cases)
{
	cases->record_count = 0;
}

uint64_t
cases_sequence(const struct cases *cases)
{
	return cases->sequence;
}

/* ---- exceptions ---- */

bool
cases_next_exception(const struct cases *cases, size_t *position, int64_t wall,
    struct case_exception *ret_exception)
{
	for (; *position < cases->exception_count; ++*position) {
		const struct case_exception *granted = &cases->exceptions[*position];
		if (granted->until <= wall)
			continue;
		++*position;
		*ret_exception = *granted;
		return true;
	}
	/* Behind the granted ones come those of the policy, one for each clause listed. */
	size_t number = *position - cases->exception_count;
	for (size_t i = 0; i < cases->rules.policy->exception_count; i++) {
		const struct exception *exception = &cases->rules.policy->exceptions[i];
		if (number >= exception->clause_count) {
			number -= exception->clause_count;
			continue;
		}
		++*position;
		if (exception->until <= wall) {
			i = (size_t)-1;
			number = *position - cases->exception_count;
			continue;
		}
		struct case_exception found = {.since = INT64_MIN, .until = exception->until};
		record_set_text(found.clause, sizeof(found.clause), exception->clauses[number]);
		bool plan = exception->whom == EXCEPTION_PLAN;
		record_set_text(plan ? found.plan : found.account_name,
		    plan ? sizeof(found.plan) : sizeof(found.account_name), exception->name);
		record_set_text(found.by, sizeof(found.by), exception->by);
		record_set_text(found.because, sizeof(found.because), exception->because);
		*ret_exception = found;
		return true;
	}
	return false;
}
