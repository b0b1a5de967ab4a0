/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The notebook: keeper, hands and relay of the pretend host. What is handed
 * over is durable at once; an action is written down and answered as the
 * scenario says; so is a notice.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/memory.h"
#include "engine/usage.h"
#include "rehearse/play.h"

static const char *const event_words[] = {"action", "release", "notice", "would", "asked"};

static void
say(struct play *play, const struct event *event)
{
	clock_add_utc(play->out, event->wall);
	str_addf(play->out, "  %s", event_words[event->kind]);
	if (*event->word)
		str_addf(play->out, " %s", event->word);
	str_add_char(play->out, ' ');
	escape_text(play->out, *event->account ? event->account : "operator");
	if (*event->clause)
		str_addf(play->out, " %s", event->clause);
	str_add_char(play->out, '\n');
}

static void
write_down(struct play *play, struct event event)
{
	event.wall = play->now.wall;
	memory_grow(
	    &play->events, play->event_count, &play->event_capacity, sizeof(*play->events));
	play->events[play->event_count++] = event;
	say(play, &event);
}

static void
tell_record(struct play *play, const struct record *record)
{
	clock_add_utc(play->out, record->wall);
	str_addf(play->out, "  %s", record_kind_words(record->kind));
	if (record->case_number)
		str_addf(play->out, ": case %llu %s", (unsigned long long)record->case_number,
		    record->clause);
	str_add_char(play->out, ' ');
	escape_text(play->out, record->account_name);
	if (*record->verb_name)
		str_addf(play->out, " %s", record->verb_name);
	if (*record->reason)
		str_addf(play->out, " (%s)", record->reason);
	str_add_char(play->out, '\n');
}

static void
keep_record(struct play *play, const struct record *record)
{
	memory_grow(&play->journal, play->journal_count, &play->journal_capacity,
	    sizeof(*play->journal));
	play->journal[play->journal_count++] = *record;
	if (play->rehearsal->verbose)
		tell_record(play, record);
	if (record->kind != RECORD_WOULD && record->kind != RECORD_ASKED)
		return;
	write_down(play, (struct event){
			     .kind = record->kind == RECORD_WOULD ? EVENT_WOULD : EVENT_ASKED,
			     .account = arena_copy_text(play->arena, record->account_name),
			     .word = arena_copy_text(play->arena, record->verb_name),
			     .clause = arena_copy_text(play->arena, record->clause),
			     .text = "",
			 });
}

static bool
keep_records(struct play *play)
{
	size_t count;
	const struct record *records = flow_records(play->flow, &count);
	for (size_t i = 0; i < count; i++)
		keep_record(play, &records[i]);
	flow_handed_over(play->flow);
	flow_durable(play->flow, flow_sequence(play->flow));
	return count > 0;
}

static bool
do_action(struct play *play)
{
	struct action action;
	if (!flow_next_action(play->flow, &action))
		return false;
	bool release = action.operation == OPERATION_RELEASE;
	write_down(play, (struct event){
			     .kind = release ? EVENT_RELEASE : EVENT_ACTION,
			     .account = arena_copy_text(play->arena, action.account_name),
			     .word = verb_info(action.verb)->name,
			     .clause = "",
			     .text = "",
			 });
	struct outcome outcome = {
	    .action = action.id,
	    .operation = action.operation,
	    .status = play->status_of[action.verb],
	    .text = play->status_of[action.verb] ? "the scenario lets it fail" : "done",
	};
	flow_outcome(play->flow, &outcome, play->now);
	return true;
}

static const char *
notice_text(struct play *play, const struct notice *notice)
{
	auto_str text = {0};
	for (uint32_t i = 0; i < notice->field_count; i++)
		str_addf(&text, "%s: %s\n", notice->fields[i].name, notice->fields[i].value);
	for (uint32_t i = 0; i < notice->evidence_count; i++)
		str_addf(&text, "%s | %s | %s | %s\n", notice->evidence[i].subject,
		    notice->evidence[i].when, notice->evidence[i].value,
		    notice->evidence[i].of_limit);
	return arena_copy(play->arena, str_text(&text), text.length);
}

static void
answer_mail(struct play *play, uint64_t notice, bool bounces)
{
	struct delivery delivery = {
	    .notice = notice,
	    .status = bounces ? -ENXIO : 0,
	    .text = bounces ? "550 no such mailbox" : "250 taken",
	};
	flow_delivery(play->flow, &delivery, play->now);
}

static const char *
field_or_nothing(struct play *play, const struct notice *notice, const char *name)
{
	const char *value = notice_field(notice, name);
	return arena_copy_text(play->arena, value ? value : "");
}

static bool
do_notice(struct play *play)
{
	auto_arena struct arena *arena = arena_new();
	struct notice notice;
	if (!flow_next_notice(play->flow, arena, &notice))
		return false;
	bool to_operator = notice.kind == NOTICE_ALARM;
	write_down(
	    play, (struct event){
		      .kind = EVENT_NOTICE,
		      .account = to_operator ? "" : field_or_nothing(play, &notice, "account"),
		      .word = notice_kind_name(notice.kind),
		      .clause = field_or_nothing(play, &notice, "clause"),
		      .text = notice_text(play, &notice),
		  });
	if (play->mail == MAIL_HOLDS && !to_operator) {
		memory_grow(
		    &play->held, play->held_count, &play->held_capacity, sizeof(*play->held));
		play->held[play->held_count++] = notice.id;
		return true;
	}
	answer_mail(play, notice.id, play->mail == MAIL_BOUNCES && !to_operator);
	return true;
}

/* Pages that an account's processes share are counted for each of them, as `shared` says. */
static void
prove_memory(struct play *play)
{
	struct subject doubt;
	while (flow_next_doubt(play->flow, &doubt)) {
		const struct account *account = accounts_find_id(play->accounts, doubt.account);
		int64_t shared = account ? *shared_by(play, account->name) : UNKNOWN_SHARED;
		struct usage use;
		if (shared == UNKNOWN_SHARED ||
		    !usage_of_account(flow_engine(play->flow), doubt.account, &use))
			continue;
		flow_prove_memory(play->flow, &doubt,
		    use.memory / HUNDREDTHS * (uint64_t)(HUNDREDTHS - shared), use.memory);
	}
}

/* Until nothing more comes: an outcome may order the next action. */
void
notebook_settle(struct play *play)
{
	bool stirs = true;
	prove_memory(play);
	while (stirs) {
		stirs = keep_records(play);
		while (do_action(play))
			stirs = true;
		while (do_notice(play))
			stirs = true;
	}
}

void
notebook_mail_works(struct play *play)
{
	for (size_t i = 0; i < play->held_count; i++)
		answer_mail(play, play->held[i], false);
	play->held_count = 0;
	notebook_settle(play);
}
