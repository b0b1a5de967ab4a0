/* SPDX-License-Identifier: Apache-2.0 */
/* What a case keeps of its records for people; of too many, the first and the latest. */
#include <string.h>

#include "base/memory.h"
#include "cases/internal.h"

/* A record tells of what went well and of what did not; a line of history says which. */
static const char *
history_words(const struct record *record)
{
	if (record->kind == RECORD_OUTCOME)
		return record->status ? "an action failed" : "an action was carried out";
	if (record->kind == RECORD_RELEASED && record->status)
		return "a hold could not be taken back";
	return record_kind_words(record->kind);
}

void
add_history(struct casefile *casefile, const struct record *record)
{
	if (casefile->history_count == MOST_HISTORY) {
		memmove(&casefile->history[1], &casefile->history[2],
		    (MOST_HISTORY - 2) * sizeof(*casefile->history));
		casefile->history_count--;
	}
	memory_grow(&casefile->history, casefile->history_count, &casefile->history_capacity,
	    sizeof(*casefile->history));
	struct history_line *line = &casefile->history[casefile->history_count++];
	*line = (struct history_line){
	    .sequence = record->sequence,
	    .at = record->at,
	    .wall = record->wall,
	    .kind = record->kind,
	};
	auto_str words = {0};
	str_add(&words, history_words(record));
	if (*record->verb_name)
		str_addf(&words, ": %s", record->verb_name);
	if (*record->reason)
		str_addf(&words, " (%s)", record->reason);
	if (*record->actor)
		str_addf(&words, " by %s", record->actor);
	if (*record->text)
		str_addf(&words, ": %s", record->text);
	else if (record->kind == RECORD_BREACH)
		str_addf(&words, ": %s", record->label);
	record_set_text(line->text, sizeof(line->text), str_text(&words));
}
