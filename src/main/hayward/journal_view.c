/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/journal_view.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "model/quantity.h"

enum { WIDEST_KIND = 15 };

static enum paint
paint_of(enum record_kind kind)
{
	switch (kind) {
	case RECORD_ALARM:
	case RECORD_BREAKER:
		return PAINT_RED;
	case RECORD_OPENED:
	case RECORD_REOPENED:
	case RECORD_BRANCHED:
	case RECORD_ASKED:
	case RECORD_FLOODED:
	case RECORD_ANSWERED:
	case RECORD_REQUEST:
		return PAINT_YELLOW;
	case RECORD_RELEASED:
	case RECORD_CLOSED:
		return PAINT_GREEN;
	case RECORD_ACTION:
	case RECORD_RELEASE:
		return PAINT_BOLD;
	case RECORD_STARTED:
	case RECORD_POLICY:
	case RECORD_CLOCK:
	case RECORD_MAINTENANCE:
	case RECORD_BREACH:
	case RECORD_MAIL:
	case RECORD_RECEIVED:
	case RECORD_TURNED_AWAY:
		return PAINT_DIM;
	case RECORD_IMPOSED:
	case RECORD_STEP:
	case RECORD_TOLD:
	case RECORD_WOULD:
	case RECORD_OUTCOME:
	case RECORD_APPROVED:
	case RECORD_REFUSED:
	case RECORD_EXCEPTION:
	case RECORD_EXCEPTION_ENDED:
	case RECORD_EXTENDED:
	case RECORD_REQUEST_DECIDED:
	case RECORD_INVENTORY:
	case RECORD_REVIEWED:
	case RECORD_SENT:
	case RECORD_LEGAL_HOLD:
	case RECORD_CHANGED:
	case RECORD_COUNT:
		break;
	}
	return PAINT_PLAIN;
}

static void
add_wall(struct str *out, int64_t wall)
{
	time_t seconds = (time_t)(wall / 1000);
	struct tm civil;
	char shown[32];
	localtime_r(&seconds, &civil);
	strftime(shown, sizeof(shown), "%Y-%m-%d %H:%M:%S", &civil);
	str_add(out, shown);
}

static void
add_word(struct str *out, const char *before, const char *text)
{
	if (!*text)
		return;
	str_add(out, before);
	view_text(out, text);
}

/* Values are in the unit of their measure; of one that this hayward does not know, as numbers.
 */
static void
add_measured(struct str *out, const struct record *record)
{
	int measure = measure_find(record->measure_name);
	if (!*record->measure_name)
		return;
	add_word(out, " ", record->measure_name);
	enum unit unit = measure >= 0 ? measure_info((enum measure)measure)->unit : UNIT_COUNT;
	str_add_char(out, ' ');
	if (measure >= 0)
		quantity_add_of(out, (enum measure)measure, record->value);
	else
		quantity_add(out, unit, record->value);
	if (record->limit) {
		str_add(out, " against ");
		quantity_add(out, unit, record->limit);
	}
}

void
record_view(const struct record *record, const struct look *look, struct str *out)
{
	const char *kind = record_kind_name(record->kind);
	str_addf(out, "%6" PRIu64 "  ", record->sequence);
	add_wall(out, record->wall);
	str_add(out, "  ");
	view_paint(out, look, paint_of(record->kind), kind);
	str_add_fill(out, ' ', WIDEST_KIND > strlen(kind) ? WIDEST_KIND - strlen(kind) : 0);
	if (record->case_number)
		str_addf(out, " case %" PRIu64, record->case_number);
	add_word(out, " ", record->account_name);
	add_word(out, " ", record->clause);
	add_word(out, " ", record->verb_name);
	if (record->subject_kind != KIND_ACCOUNT && record->subject_kind != KIND_HOST)
		add_word(out, " ", record->label);
	add_measured(out, record);
	if (record->status)
		str_addf(out, " failed: %s", strerror((int)-record->status));
	add_word(out, " ", record->reason);
	add_word(out, " by ", record->actor);
	add_word(out, ": ", record->text);
	str_add_char(out, '\n');
}

/* "<a@b>" and "a@b" are one name. */
static void
strip_brackets(const char **text, size_t *length)
{
	if (*length > 2 && (*text)[0] == '<' && (*text)[*length - 1] == '>') {
		(*text)++;
		*length -= 2;
	}
}

bool
record_has_name(const struct record *record, const char *name)
{
	const char *names = record->label;
	size_t wanted = strlen(name), length;
	strip_brackets(&name, &wanted);
	for (const char *word; (word = text_next_word(&names, &length));) {
		strip_brackets(&word, &length);
		if (length == wanted && memcmp(word, name, length) == 0)
			return record->kind == RECORD_MAIL ||
			       record->kind == RECORD_RECEIVED ||
			       record->kind == RECORD_TURNED_AWAY;
	}
	return false;
}

int
since_parse(const char *text, int64_t now, int64_t *ret_wall)
{
	auto_str whole = {0};
	int64_t ago;
	if (!duration_parse(text, &ago)) {
		*ret_wall = now - ago;
		return 0;
	}
	str_addf(&whole, "%sT00:00:00Z", text);
	if (!moment_parse(str_text(&whole), ret_wall))
		return 0;
	return moment_parse(text, ret_wall);
}
