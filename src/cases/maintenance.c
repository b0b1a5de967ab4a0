/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Maintenance: while staff move the furniture, nobody's time to mend something
 * runs. Cases open and owners are told, with a word that all dates wait; what
 * is done at once is done. At the end every date that was announced moves by as
 * long as it stood still.
 */
#include <errno.h>
#include <string.h>

#include "cases/internal.h"

struct maintenance
cases_maintenance(const struct cases *cases)
{
	return cases->maintenance;
}

bool
is_paused(const struct cases *cases)
{
	return cases->maintenance.until != 0;
}

/* How long this case's time stood still. */
static int64_t
paused_for(const struct cases *cases, const struct casefile *casefile, int64_t end)
{
	int64_t from = casefile->zero > cases->maintenance.began ? casefile->zero
								 : cases->maintenance.began;
	return end > from ? end - from : 0;
}

/* Every date of the case moves by as long; its clock runs already. */
void
postpone(struct casefile *casefile, int64_t span)
{
	casefile->zero += span;
	if (casefile->not_before && casefile->not_before != NEVER)
		casefile->not_before += span;
	if (casefile->due_wall)
		casefile->due_wall += span;
	if (casefile->second_wall)
		casefile->second_wall += span;
}

static void
move_dates(struct cases *cases, struct casefile *casefile, int64_t end)
{
	if (case_is_open(casefile) && casefile->zero != NEVER && case_next_step(casefile))
		postpone(casefile, paused_for(cases, casefile, end));
}

void
apply_maintenance(struct cases *cases, const struct record *record)
{
	if (strcmp(record->reason, "begun") == 0) {
		/* A window that is made longer goes on from where it began. */
		if (!is_paused(cases))
			cases->maintenance.began = record->at;
		cases->maintenance.until = record->until;
		return;
	}
	for (size_t i = 0; is_paused(cases) && i < cases->file_count; i++)
		move_dates(cases, cases->files[i], record->at);
	cases->maintenance = (struct maintenance){0};
}

static void
end(struct cases *cases, const char *actor, const char *note, struct case_time now)
{
	struct record record = draft(RECORD_MAINTENANCE, NULL, now);
	record_set_text(record.reason, sizeof(record.reason), "ended");
	record_set_text(record.actor, sizeof(record.actor), actor);
	record_set_text(record.text, sizeof(record.text), note);
	emit(cases, &record);
}

void
end_maintenance(struct cases *cases, struct case_time now)
{
	if (is_paused(cases) && now.wall >= cases->maintenance.until)
		end(cases, "", "its time was over", now);
}

int
request_maintenance(struct cases *cases, const struct case_request *request,
    struct case_time now, struct str *ret_text)
{
	if (request->verb == REQUEST_MAINTENANCE_END) {
		if (!is_paused(cases)) {
			str_add(ret_text, "no maintenance is going on");
			return -EINVAL;
		}
		end(cases, request->actor, request->note, now);
		str_add(ret_text, "ended; every date moved by as long as it stood still");
		return 0;
	}
	if (request->time < MINUTE || request->time > MONTH) {
		str_add(ret_text, "maintenance lasts between a minute and 30 days");
		return -EINVAL;
	}
	struct record record = draft(RECORD_MAINTENANCE, NULL, now);
	record.until = now.wall + request->time;
	record_set_text(record.reason, sizeof(record.reason), "begun");
	record_set_text(record.actor, sizeof(record.actor), request->actor);
	record_set_text(record.text, sizeof(record.text), request->note);
	emit(cases, &record);
	str_add(ret_text, "begun; no date passes until it ends");
	return 0;
}
