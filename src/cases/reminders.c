/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An exception ends on a day that its owner may have forgotten: he hears of it
 * seven days and one day before. What was granted for less is not reminded of
 * as if it were news. A reminder is an approach to a date instead of a limit,
 * and is kept as one, until its date has passed.
 */
#include <string.h>

#include "cases/internal.h"

#define WEEK (INT64_C(7) * DAY)

/* The wall time from which the owner is to be reminded, as of now; INT64_MIN: not yet. */
static int64_t
stage_of(const struct case_exception *exception, int64_t wall)
{
	if (exception->until == NEVER || wall < exception->until - WEEK)
		return INT64_MIN;
	return exception->until - (wall < exception->until - DAY ? WEEK : DAY);
}

static const struct approach *
told_of(const struct cases *cases, const struct case_exception *exception)
{
	for (size_t i = 0; i < cases->approach_count; i++) {
		const struct approach *approach = cases->approaches[i];
		if (approach->order.notice == NOTICE_EXCEPTION_ENDS &&
		    approach->until == exception->until &&
		    strcmp(approach->clause, exception->clause) == 0 &&
		    strcmp(approach->account_name, exception->account_name) == 0)
			return approach;
	}
	return NULL;
}

static uint64_t
reminder_id(const struct case_exception *exception, int64_t stage)
{
	static const uint8_t key[16] = "hayward reminder";
	auto_str text = {0};
	str_addf(
	    &text, "%s %s %lld", exception->clause, exception->account_name, (long long)stage);
	return siphash(key, text.data, text.length) | 1;
}

static void
remind(struct cases *cases, const struct case_exception *exception,
    const struct account *account, struct case_time now)
{
	struct record record = draft(RECORD_ACTION, NULL, now);
	record_set_text(record.clause, sizeof(record.clause), exception->clause);
	record_set_text(record.account_name, sizeof(record.account_name), account->name);
	record_set_text(record.label, sizeof(record.label), account->name);
	record_set_text(
	    record.reason, sizeof(record.reason), notice_kind_name(NOTICE_EXCEPTION_ENDS));
	record_set_text(record.text, sizeof(record.text), exception->because);
	record_set_text(record.verb_name, sizeof(record.verb_name), verb_info(VERB_WARN)->name);
	record.verb_plus_one = VERB_WARN + 1;
	record.account = account->id;
	record.generation = account->generation;
	record.subject_kind = KIND_ACCOUNT;
	record.until = exception->until;
	record.action = reminder_id(exception, stage_of(exception, now.wall));
	emit(cases, &record);
}

void
remind_of_exceptions(struct cases *cases, struct case_time now)
{
	struct case_exception exception;
	if (mode_of_host(cases) < MODE_WARN)
		return;
	for (size_t position = 0;
	     cases_next_exception(cases, &position, now.wall, &exception);) {
		int64_t stage = stage_of(&exception, now.wall);
		if (stage == INT64_MIN || stage <= exception.since || !*exception.account_name)
			continue;
		const struct approach *told = told_of(cases, &exception);
		const struct account *account =
		    accounts_find_name(cases->rules.accounts, exception.account_name);
		if (account && (!told || told->order.wall < stage))
			remind(cases, &exception, account, now);
	}
}
