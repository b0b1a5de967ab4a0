/* SPDX-License-Identifier: Apache-2.0 */
/* Casefiles as bytes. Every number is checked, and each case goes through the checker. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cases/internal.h"

enum {
	LEAST_CASE = 120,
	LEAST_ORDER = 80,
	LEAST_EXHIBIT = 44,
	LEAST_HISTORY = 32,
	LEAST_PETITION = 64
};

/* ---- writing ---- */

static void
put_order(struct str *out, const struct order *order)
{
	wire_put_u64(out, order->id);
	wire_put_u64(out, order->world);
	wire_put_u64(out, order->sequence);
	wire_put_u32(out, order->state);
	wire_put_u32(out, order->verb);
	wire_put_u8(out, order->ask);
	wire_put_u32(out, order->notice);
	wire_put_u32(out, order->resource);
	wire_put_i64(out, order->amount);
	wire_put_u32(out, order->episode);
	wire_put_u32(out, order->ladder);
	wire_put_u32(out, order->step);
	wire_put_i64(out, order->at);
	wire_put_i64(out, order->ordered);
	wire_put_i64(out, order->wall);
	wire_put_i64(out, order->status);
	wire_put_text(out, order->reason);
	wire_put_text(out, order->text);
}

static void
put_lists(struct str *out, const struct casefile *casefile)
{
	wire_put_u32(out, (uint32_t)casefile->order_count);
	for (size_t i = 0; i < casefile->order_count; i++)
		put_order(out, &casefile->orders[i]);
	wire_put_u32(out, (uint32_t)casefile->exhibit_count);
	for (size_t i = 0; i < casefile->exhibit_count; i++) {
		const struct exhibit *exhibit = &casefile->exhibits[i];
		wire_put_i64(out, exhibit->at);
		wire_put_i64(out, exhibit->wall);
		wire_put_u32(out, (uint32_t)(exhibit->measure + 1));
		wire_put_i64(out, exhibit->value);
		wire_put_i64(out, exhibit->limit);
		wire_put_i64(out, exhibit->of_own);
		wire_put_u32(out, exhibit->starter);
		wire_put_text(out, exhibit->label);
		wire_put_text(out, exhibit->deed);
	}
	wire_put_u32(out, (uint32_t)casefile->history_count);
	for (size_t i = 0; i < casefile->history_count; i++) {
		const struct history_line *line = &casefile->history[i];
		wire_put_u64(out, line->sequence);
		wire_put_i64(out, line->at);
		wire_put_i64(out, line->wall);
		wire_put_u32(out, line->kind);
		wire_put_text(out, line->text);
	}
}

/* The plain numbers of a casefile, once, for both directions. */
#define NUMBERS(U32, I64)                                                                      \
	U32(episode)                                                                           \
	U32(ladder)                                                                            \
	U32(next_step)                                                                         \
	I64(opened)                                                                            \
	I64(opened_wall)                                                                       \
	I64(began)                                                                             \
	I64(zero)                                                                              \
	I64(not_before)                                                                        \
	I64(due_wall)                                                                          \
	I64(second_wall)                                                                       \
	I64(told)                                                                              \
	I64(closed)                                                                            \
	I64(closed_wall)                                                                       \
	I64(unread_since)                                                                      \
	I64(founded_at)                                                                        \
	I64(sent_wall)                                                                         \
	I64(value)                                                                             \
	I64(limit)                                                                             \
	I64(largest)                                                                           \
	I64(flooded)                                                                           \
	I64(flood_seen)                                                                        \
	I64(false_since)                                                                       \
	I64(unknown_since)

#define FLAGS(FLAG)                                                                            \
	FLAG(soft)                                                                             \
	FLAG(imposed)                                                                          \
	FLAG(founded)                                                                          \
	FLAG(legal_hold)                                                                       \
	FLAG(broken_since_close)                                                               \
	FLAG(flood_lasts)                                                                      \
	FLAG(alarmed)

#define WORDS(WORD)                                                                            \
	WORD(clause)                                                                           \
	WORD(account_name)                                                                     \
	WORD(label)                                                                            \
	WORD(reason)                                                                           \
	WORD(closed_by)                                                                        \
	WORD(visitors)                                                                         \
	WORD(sent)

static void
put_case(struct str *out, const struct casefile *casefile)
{
	auto_str ladder = {0};
	case_ladder_print(&casefile->steps, &ladder);
	wire_put_u64(out, casefile->number);
	wire_put_u64(out, casefile->incident);
	wire_put_u64(out, casefile->cause);
	subject_encode(&casefile->subject, out);
#define PUT_U32(member)	 wire_put_u32(out, casefile->member);
#define PUT_I64(member)	 wire_put_i64(out, casefile->member);
#define PUT_FLAG(member) wire_put_u8(out, casefile->member);
#define PUT_WORD(member) wire_put_text(out, casefile->member);
	NUMBERS(PUT_U32, PUT_I64)
	FLAGS(PUT_FLAG)
	WORDS(PUT_WORD)
	wire_put_u32(out, casefile->mode);
	wire_put_u32(out, (uint32_t)(casefile->measure + 1));
	wire_put_u32(out, casefile->verdict);
	wire_put_text(out, str_text(&ladder));
	put_lists(out, casefile);
}

static void
put_exception(struct str *out, const struct case_exception *exception)
{
	wire_put_text(out, exception->clause);
	wire_put_text(out, exception->account_name);
	wire_put_i64(out, exception->since);
	wire_put_i64(out, exception->until);
	wire_put_text(out, exception->by);
	wire_put_text(out, exception->because);
}

static void
put_petition(struct str *out, const struct petition *petition)
{
	wire_put_u64(out, petition->number);
	wire_put_u32(out, petition->kind);
	wire_put_u32(out, petition->state);
	wire_put_u32(out, petition->account);
	wire_put_u32(out, petition->generation);
	wire_put_text(out, petition->account_name);
	wire_put_text(out, petition->clause);
	wire_put_i64(out, petition->until);
	wire_put_i64(out, petition->at);
	wire_put_i64(out, petition->wall);
	wire_put_text(out, petition->text);
	wire_put_i64(out, petition->decided);
	wire_put_i64(out, petition->decided_wall);
	wire_put_text(out, petition->by);
	wire_put_text(out, petition->answer);
	wire_put_text(out, petition->destination);
	wire_put_u32(out, petition->due);
	wire_put_u64(out, petition->ordered);
	wire_put_text(out, petition->outcome);
}

static void
put_approach(struct str *out, const struct approach *approach)
{
	wire_put_text(out, approach->clause);
	subject_encode(&approach->subject, out);
	wire_put_text(out, approach->account_name);
	wire_put_text(out, approach->label);
	wire_put_u32(out, (uint32_t)(approach->measure + 1));
	wire_put_i64(out, approach->value);
	wire_put_i64(out, approach->limit);
	wire_put_i64(out, approach->told);
	wire_put_i64(out, approach->since);
	wire_put_i64(out, approach->seen);
	wire_put_i64(out, approach->until);
	put_order(out, &approach->order);
}

void
cases_encode(const struct cases *cases, struct str *out)
{
	wire_put_u64(out, cases->sequence);
	wire_put_u64(out, cases->last_number);
	wire_put_i64(out, cases->hit);
	wire_put_i64(out, cases->maintenance.until);
	wire_put_i64(out, cases->maintenance.began);
	wire_put_u8(out, cases->breaker.tripped);
	wire_put_i64(out, cases->breaker.since);
	wire_put_i64(out, cases->breaker.from);
	wire_put_u32(out, (uint32_t)cases->file_count);
	for (size_t i = 0; i < cases->file_count; i++)
		put_case(out, cases->files[i]);
	wire_put_u32(out, (uint32_t)cases->exception_count);
	for (size_t i = 0; i < cases->exception_count; i++)
		put_exception(out, &cases->exceptions[i]);
	wire_put_u32(out, (uint32_t)cases->approach_count);
	for (size_t i = 0; i < cases->approach_count; i++)
		put_approach(out, cases->approaches[i]);
	wire_put_u64(out, cases->last_petition);
	wire_put_u32(out, (uint32_t)cases->petition_count);
	for (size_t i = 0; i < cases->petition_count; i++)
		put_petition(out, &cases->petitions[i]);
	reviews_encode(cases, out);
}

/* ---- reading ---- */

static int
get_measure(struct wire_reader *reader)
{
	return (int)wire_get_below(reader, MEASURE_COUNT + 1) - 1;
}

static void
get_order(struct wire_reader *reader, struct order *order)
{
	order->id = wire_get_u64(reader);
	order->world = wire_get_u64(reader);
	order->sequence = wire_get_u64(reader);
	order->state = wire_get_below(reader, ORDER_RELEASED + 1);
	order->verb = wire_get_below(reader, VERB_COUNT);
	order->ask = wire_get_u8(reader) != 0;
	order->notice = wire_get_below(reader, NOTICE_KIND_COUNT);
	order->resource = wire_get_below(reader, RESOURCE_COUNT);
	order->amount = wire_get_i64(reader);
	order->episode = wire_get_u32(reader);
	order->ladder = wire_get_below(reader, LADDER_COUNT);
	order->step = wire_get_below(reader, MOST_STEPS + 1);
	order->at = wire_get_i64(reader);
	order->ordered = wire_get_i64(reader);
	order->wall = wire_get_i64(reader);
	order->status = wire_get_i64(reader);
	wire_get_text_into(reader, order->reason, sizeof(order->reason));
	wire_get_text_into(reader, order->text, sizeof(order->text));
}

static void
get_exhibits(struct wire_reader *reader, struct casefile *casefile)
{
	uint32_t count = wire_get_count(reader, LEAST_EXHIBIT);
	if (count > MOST_EXHIBITS)
		reader->failed = true;
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		memory_grow(&casefile->exhibits, casefile->exhibit_count,
		    &casefile->exhibit_capacity, sizeof(*casefile->exhibits));
		struct exhibit *exhibit = &casefile->exhibits[casefile->exhibit_count++];
		exhibit->at = wire_get_i64(reader);
		exhibit->wall = wire_get_i64(reader);
		exhibit->measure = get_measure(reader);
		exhibit->value = wire_get_i64(reader);
		exhibit->limit = wire_get_i64(reader);
		exhibit->of_own = wire_get_i64(reader);
		exhibit->starter = wire_get_below(reader, STARTER_COUNT);
		wire_get_text_into(reader, exhibit->label, sizeof(exhibit->label));
		wire_get_text_into(reader, exhibit->deed, sizeof(exhibit->deed));
	}
}

static void
get_history(struct wire_reader *reader, struct casefile *casefile)
{
	uint32_t count = wire_get_count(reader, LEAST_HISTORY);
	if (count > MOST_HISTORY)
		reader->failed = true;
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		memory_grow(&casefile->history, casefile->history_count,
		    &casefile->history_capacity, sizeof(*casefile->history));
		struct history_line *line = &casefile->history[casefile->history_count++];
		line->sequence = wire_get_u64(reader);
		line->at = wire_get_i64(reader);
		line->wall = wire_get_i64(reader);
		line->kind = wire_get_below(reader, RECORD_COUNT);
		wire_get_text_into(reader, line->text, sizeof(line->text));
	}
}

static void
get_lists(struct wire_reader *reader, struct casefile *casefile)
{
	uint32_t count = wire_get_count(reader, LEAST_ORDER);
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		memory_grow(&casefile->orders, casefile->order_count, &casefile->order_capacity,
		    sizeof(*casefile->orders));
		get_order(reader, &casefile->orders[casefile->order_count++]);
	}
	get_exhibits(reader, casefile);
	get_history(reader, casefile);
}

static void
get_case(struct wire_reader *reader, struct arena *arena, struct casefile *casefile)
{
	casefile->number = wire_get_u64(reader);
	casefile->incident = wire_get_u64(reader);
	casefile->cause = wire_get_u64(reader);
	casefile->subject = subject_decode(reader);
#define GET_U32(member)	 casefile->member = wire_get_u32(reader);
#define GET_I64(member)	 casefile->member = wire_get_i64(reader);
#define GET_FLAG(member) casefile->member = wire_get_u8(reader) != 0;
#define GET_WORD(member) wire_get_text_into(reader, casefile->member, sizeof(casefile->member));
	NUMBERS(GET_U32, GET_I64)
	FLAGS(GET_FLAG)
	WORDS(GET_WORD)
	casefile->mode = wire_get_below(reader, MODE_ENFORCE + 1);
	casefile->measure = get_measure(reader);
	casefile->verdict = wire_get_below(reader, VERDICT_TRUE + 1);
	const char *ladder = wire_get_text(reader, arena, 4096);
	if (casefile->ladder >= LADDER_COUNT || case_ladder_parse(ladder, &casefile->steps))
		reader->failed = true;
	get_lists(reader, casefile);
	casefile->state = state_of(casefile);
	if (!reader->failed && !case_is_sound(casefile))
		reader->failed = true;
}

static void
get_exception(struct wire_reader *reader, struct case_exception *exception)
{
	wire_get_text_into(reader, exception->clause, sizeof(exception->clause));
	wire_get_text_into(reader, exception->account_name, sizeof(exception->account_name));
	exception->since = wire_get_i64(reader);
	exception->until = wire_get_i64(reader);
	wire_get_text_into(reader, exception->by, sizeof(exception->by));
	wire_get_text_into(reader, exception->because, sizeof(exception->because));
	exception->granted = true;
}

static void
get_approach(struct wire_reader *reader, struct approach *approach)
{
	wire_get_text_into(reader, approach->clause, sizeof(approach->clause));
	approach->subject = subject_decode(reader);
	wire_get_text_into(reader, approach->account_name, sizeof(approach->account_name));
	wire_get_text_into(reader, approach->label, sizeof(approach->label));
	approach->measure = get_measure(reader);
	approach->value = wire_get_i64(reader);
	approach->limit = wire_get_i64(reader);
	approach->told = wire_get_i64(reader);
	approach->since = wire_get_i64(reader);
	approach->seen = wire_get_i64(reader);
	approach->until = wire_get_i64(reader);
	get_order(reader, &approach->order);
}

static void
get_petition(struct wire_reader *reader, struct petition *petition)
{
	petition->number = wire_get_u64(reader);
	petition->kind = wire_get_below(reader, PETITION_KIND_COUNT);
	petition->state = wire_get_below(reader, PETITION_STATE_COUNT);
	petition->account = wire_get_u32(reader);
	petition->generation = wire_get_u32(reader);
	wire_get_text_into(reader, petition->account_name, sizeof(petition->account_name));
	wire_get_text_into(reader, petition->clause, sizeof(petition->clause));
	petition->until = wire_get_i64(reader);
	petition->at = wire_get_i64(reader);
	petition->wall = wire_get_i64(reader);
	wire_get_text_into(reader, petition->text, sizeof(petition->text));
	petition->decided = wire_get_i64(reader);
	petition->decided_wall = wire_get_i64(reader);
	wire_get_text_into(reader, petition->by, sizeof(petition->by));
	wire_get_text_into(reader, petition->answer, sizeof(petition->answer));
	wire_get_text_into(reader, petition->destination, sizeof(petition->destination));
	petition->due = wire_get_below(reader, DUE_COUNT);
	petition->ordered = wire_get_u64(reader);
	wire_get_text_into(reader, petition->outcome, sizeof(petition->outcome));
}

/* Numbers grow along the list, up to the last one. */
static void
get_petitions(struct cases *cases, struct wire_reader *reader)
{
	uint64_t last = wire_get_u64(reader);
	uint32_t count = wire_get_count(reader, LEAST_PETITION);
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		memory_grow(&cases->petitions, cases->petition_count, &cases->petition_capacity,
		    sizeof(*cases->petitions));
		struct petition *petition = &cases->petitions[cases->petition_count++];
		*petition = (struct petition){0};
		get_petition(reader, petition);
		if (petition->number <= cases->last_petition || petition->number > last)
			reader->failed = true;
		cases->last_petition = petition->number;
	}
	cases->last_petition = last;
}

static void
get_cases(struct cases *cases, struct wire_reader *reader)
{
	auto_arena struct arena *arena = arena_new();
	uint32_t count = wire_get_count(reader, LEAST_CASE);
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		struct casefile *casefile = memory_new(1, sizeof(*casefile));
		get_case(reader, arena, casefile);
		if (casefile->number <= cases->last_number)
			reader->failed = true;
		if (reader->failed)
			casefile_free(casefile);
		else
			add_file(cases, casefile);
	}
}

static void
get_rest(struct cases *cases, struct wire_reader *reader)
{
	uint32_t count = wire_get_count(reader, 24);
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		memory_grow(&cases->exceptions, cases->exception_count,
		    &cases->exception_capacity, sizeof(*cases->exceptions));
		get_exception(reader, &cases->exceptions[cases->exception_count++]);
	}
	count = wire_get_count(reader, LEAST_ORDER);
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		memory_grow(&cases->approaches, cases->approach_count,
		    &cases->approach_capacity, sizeof(*cases->approaches));
		struct approach *approach = memory_new(1, sizeof(*approach));
		cases->approaches[cases->approach_count++] = approach;
		get_approach(reader, approach);
	}
}

static void
empty(struct cases *cases)
{
	struct cases *fresh = cases_new(&cases->rules, &cases->senses);
	struct cases old = *cases;
	*cases = *fresh;
	*fresh = old;
	cases_free(fresh);
}

int
cases_decode(struct cases *cases, struct wire_reader *reader)
{
	empty(cases);
	uint64_t sequence = wire_get_u64(reader);
	uint64_t last_number = wire_get_u64(reader);
	int64_t hit = wire_get_i64(reader);
	struct maintenance maintenance = {0};
	maintenance.until = wire_get_i64(reader);
	maintenance.began = wire_get_i64(reader);
	struct breaker breaker = {0};
	breaker.tripped = wire_get_u8(reader) != 0;
	breaker.since = wire_get_i64(reader);
	breaker.from = wire_get_i64(reader);
	get_cases(cases, reader);
	get_rest(cases, reader);
	get_petitions(cases, reader);
	reviews_decode(cases, reader);
	if (last_number < cases->last_number)
		reader->failed = true;
	if (reader->failed) {
		empty(cases);
		return -EBADMSG;
	}
	cases->sequence = sequence;
	cases->last_number = last_number;
	cases->hit = hit;
	cases->maintenance = maintenance;
	cases->breaker = breaker;
	return 0;
}
