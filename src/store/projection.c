/* SPDX-License-Identifier: Apache-2.0 */
#include "store/projection.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"
#include "base/memory.h"

#define KIND_BIT(symbol) (UINT64_C(1) << RECORD_##symbol)
#define EVERY_KIND	 (UINT64_MAX)

_Static_assert(RECORD_COUNT <= 64, "a set of kinds of record is one 64-bit word");

static const struct {
	uint64_t kinds;
	const char *sql;
} folds[] = {
#define FOLD(kinds_, sql_) {kinds_, sql_},
#include "store/projection.def"
#undef FOLD
};

struct projection {
	sqlite3_stmt *statements[array_length(folds)];
};

int
projection_new(sqlite3 *connection, struct projection **ret_projection)
{
	struct projection *projection = memory_new(1, sizeof(*projection));
	for (size_t i = 0; i < array_length(folds); i++) {
		int code = sqlite3_prepare_v3(connection, folds[i].sql, -1,
		    SQLITE_PREPARE_PERSISTENT, &projection->statements[i], NULL);
		if (code == SQLITE_OK)
			continue;
		projection_free(projection);
		return code;
	}
	*ret_projection = projection;
	return SQLITE_OK;
}

void
projection_free(struct projection *projection)
{
	if (!projection)
		return;
	for (size_t i = 0; i < array_length(folds); i++)
		sqlite3_finalize(projection->statements[i]);
	free(projection);
}

/* A statement that is being given its values; `code` keeps the first error. */
struct binder {
	sqlite3_stmt *statement;
	int code;
};

static void
note(struct binder *binder, int code)
{
	if (binder->code == SQLITE_OK)
		binder->code = code;
}

static void
bind_number(struct binder *binder, const char *name, int64_t value)
{
	int index = sqlite3_bind_parameter_index(binder->statement, name);
	if (index)
		note(binder, sqlite3_bind_int64(binder->statement, index, value));
}

static void
bind_bytes(struct binder *binder, const char *name, const char *bytes, size_t length)
{
	int index = sqlite3_bind_parameter_index(binder->statement, name);
	if (index)
		note(binder, sqlite3_bind_text(binder->statement, index, bytes, (int)length,
				 SQLITE_TRANSIENT));
}

/* "" stays NULL; bytes that customers chose are escaped. */
static void
bind_text(struct binder *binder, const char *name, const char *text)
{
	auto_str clean = {0};
	if (!*text || !sqlite3_bind_parameter_index(binder->statement, name))
		return;
	escape_text(&clean, text);
	bind_bytes(binder, name, clean.data, clean.length);
}

static bool
is_notice(const struct record *record)
{
	int verb = verb_find(record->verb_name);
	return verb >= 0 && verb_info((enum verb)verb)->by == PROCESS_NOTIFIER;
}

static void
bind_record(struct binder *binder, const struct record *record, const struct journal_line *line)
{
	bind_bytes(binder, ":line", line->json, line->length);
	bind_number(binder, ":sequence", (int64_t)record->sequence);
	bind_number(binder, ":at", record->at);
	bind_number(binder, ":wall", record->wall);
	bind_number(binder, ":host", 0);
	bind_number(binder, ":is_notice", is_notice(record));
	bind_text(binder, ":kind_name", record_kind_name(record->kind));
	bind_text(binder, ":subject_kind_name", kind_name(record->subject_kind));
#define NUMBER(type, member, json) bind_number(binder, ":" #member, (int64_t)record->member);
#define IDENTITY(member, json)	   bind_number(binder, ":" #member, (int64_t)record->member);
#define WORD(type, member, json, name, find)
#define TEXT(size, member, json) bind_text(binder, ":" #member, record->member);
#include "model/record_fields.def"
#undef NUMBER
#undef IDENTITY
#undef WORD
#undef TEXT
}

int
projection_apply(
    struct projection *projection, const struct record *record, const struct journal_line *line)
{
	for (size_t i = 0; i < array_length(folds); i++) {
		struct binder binder = {.statement = projection->statements[i]};
		if (!(folds[i].kinds & UINT64_C(1) << record->kind))
			continue;
		note(&binder, sqlite3_clear_bindings(binder.statement));
		bind_record(&binder, record, line);
		if (binder.code == SQLITE_OK)
			sqlite3_step(binder.statement);
		note(&binder, sqlite3_reset(binder.statement));
		if (binder.code != SQLITE_OK)
			return binder.code;
	}
	return SQLITE_OK;
}
