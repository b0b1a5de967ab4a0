/* SPDX-License-Identifier: Apache-2.0 */
/* Records that are about no case yet, or about none: openings, exceptions, approaches. */
#include <string.h>

#include "base/memory.h"
#include "cases/internal.h"
#include "cases/orders.h"

static void
apply_exception(struct cases *cases, const struct record *record)
{
	memory_grow(&cases->exceptions, cases->exception_count, &cases->exception_capacity,
	    sizeof(*cases->exceptions));
	struct case_exception *exception = &cases->exceptions[cases->exception_count++];
	*exception = (struct case_exception){
	    .since = record->wall, .until = record->until, .granted = true};
	record_set_text(exception->clause, sizeof(exception->clause), record->clause);
	record_set_text(
	    exception->account_name, sizeof(exception->account_name), record->account_name);
	record_set_text(exception->by, sizeof(exception->by), record->actor);
	record_set_text(exception->because, sizeof(exception->because), record->text);
}

static void
apply_exception_ended(struct cases *cases, const struct record *record)
{
	size_t kept = 0;
	for (size_t i = 0; i < cases->exception_count; i++) {
		const struct case_exception *exception = &cases->exceptions[i];
		if (strcmp(exception->clause, record->clause) != 0 ||
		    strcmp(exception->account_name, record->account_name) != 0 ||
		    (record->until && exception->until != record->until))
			cases->exceptions[kept++] = *exception;
	}
	cases->exception_count = kept;
}

static struct approach *
find_approach(const struct cases *cases, uint64_t id)
{
	for (size_t i = 0; i < cases->approach_count; i++)
		if (cases->approaches[i]->order.id == id)
			return cases->approaches[i];
	return NULL;
}

struct approach *
find_approach_of(const struct cases *cases, const char *clause, const struct subject *subject,
    enum notice_kind kind)
{
	for (size_t i = 0; i < cases->approach_count; i++)
		if (cases->approaches[i]->order.notice == kind &&
		    strcmp(cases->approaches[i]->clause, clause) == 0 &&
		    subject_equal(&cases->approaches[i]->subject, subject))
			return cases->approaches[i];
	return NULL;
}

struct approach *
add_approach(struct cases *cases)
{
	memory_grow(&cases->approaches, cases->approach_count, &cases->approach_capacity,
	    sizeof(*cases->approaches));
	struct approach *approach = memory_new(1, sizeof(*approach));
	cases->approaches[cases->approach_count++] = approach;
	return approach;
}

/* What an owner is told beside any case. */
static enum notice_kind
kind_beside(const struct record *record)
{
	static const enum notice_kind kinds[] = {NOTICE_EXCEPTION_ENDS, NOTICE_REPLY};
	for (size_t i = 0; i < array_length(kinds); i++)
		if (strcmp(record->reason, notice_kind_name(kinds[i])) == 0)
			return kinds[i];
	return NOTICE_APPROACHING;
}

/* A later one of a clause, a subject and a kind takes the place of the earlier. */
static void
apply_approach(struct cases *cases, const struct record *record)
{
	struct subject subject = {
	    record->subject_kind, record->account, record->generation, record->subject_key};
	enum notice_kind kind = kind_beside(record);
	struct approach *approach = find_approach_of(cases, record->clause, &subject, kind);
	if (!approach)
		approach = add_approach(cases);
	int64_t since = approach->since ? approach->since : record->at;
	*approach = (struct approach){
	    .subject = subject,
	    .measure = measure_of(record),
	    .value = record->value,
	    .limit = record->limit,
	    .told = record->at,
	    .since = since,
	    .seen = record->at,
	    .until = record->until,
	};
	record_set_text(approach->clause, sizeof(approach->clause), record->clause);
	record_set_text(
	    approach->account_name, sizeof(approach->account_name), record->account_name);
	record_set_text(approach->label, sizeof(approach->label), record->label);
	approach->order = (struct order){
	    .id = record->action,
	    .world = record->action,
	    .sequence = record->sequence,
	    .state = ORDER_ORDERED,
	    .verb = VERB_WARN,
	    .notice = kind,
	    .at = record->at,
	    .wall = record->wall,
	};
	record_set_text(approach->order.text, sizeof(approach->order.text), record->text);
	enqueue(cases, &approach->subject, &approach->order);
}

void
apply_elsewhere(struct cases *cases, const struct record *record)
{
	switch ((int)record->kind) {
	case RECORD_OPENED:
		apply_opened(cases, record);
		break;
	case RECORD_EXCEPTION:
		apply_exception(cases, record);
		break;
	case RECORD_REQUEST:
		apply_petition(cases, record);
		break;
	case RECORD_REQUEST_DECIDED:
		apply_petition_decided(cases, record);
		break;
	case RECORD_CHANGED:
		apply_changed(cases, record);
		break;
	case RECORD_MAINTENANCE:
		apply_maintenance(cases, record);
		break;
	case RECORD_BREAKER:
		apply_breaker(cases, record);
		break;
	case RECORD_EXCEPTION_ENDED:
		apply_exception_ended(cases, record);
		break;
	case RECORD_INVENTORY:
		apply_inventory(cases, record);
		break;
	case RECORD_REVIEWED:
		apply_reviewed(cases, record);
		break;
	case RECORD_ACTION:
		apply_approach(cases, record);
		break;
	case RECORD_OUTCOME: {
		struct approach *approach = find_approach(cases, record->action);
		if (approach)
			approach->order.state = ORDER_DONE;
		break;
	}
	default:
		break;
	}
}
