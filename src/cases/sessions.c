/* SPDX-License-Identifier: Apache-2.0 */
/* Who was not let in at a gate, as records: what staff are told when they ask why. */
#include "base/escape.h"
#include "base/str.h"
#include "cases/gates.h"
#include "cases/internal.h"

void
note_turned_away(struct cases *cases, const struct turned_away *away, struct case_time now)
{
	struct record record = draft(RECORD_TURNED_AWAY, NULL, now);
	auto_str words = {0}, names = {0};
	str_addf(&names, "%s ", away->reference);
	escape_text(&names, away->who);
	if (away->kind != KIND_CLIENT)
		str_addf(&words, "at %s: ", away->client);
	escape_text(&words, away->text);
	if (away->times > 1)
		str_addf(&words, " (%u times since this was told last)", away->times);
	record.account = away->account;
	record.generation = away->generation;
	record.subject_kind = away->kind;
	record.value = away->value;
	record.limit = away->limit;
	record_set_text(record.clause, sizeof(record.clause), away->clause);
	record_set_text(record.account_name, sizeof(record.account_name), away->account_name);
	record_set_text(record.label, sizeof(record.label), str_text(&names));
	record_set_text(
	    record.reason, sizeof(record.reason), away->acted ? "refused" : "would");
	record_set_text(record.text, sizeof(record.text), str_text(&words));
	emit(cases, &record);
}
