/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record: one thing that happened, as the journal keeps it. Two round trips
 * are kept: encode/decode (between processes) and print/parse (one line of
 * JSON in the journal).
 */
#ifndef MODEL_RECORD_H
#define MODEL_RECORD_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/wire.h"
#include "model/starter.h"
#include "model/tables.h"

enum record_kind {
#define RECORD(symbol, name, words) RECORD_##symbol,
#include "model/records.def"
#undef RECORD
	RECORD_COUNT
};

struct record {
	uint64_t sequence; /* from 1, without gaps */
	enum record_kind kind;
	int64_t at;   /* policy time, ms */
	int64_t wall; /* wall clock, ms since the epoch */
#define NUMBER(type, member, json)	     type member;
#define IDENTITY(member, json)		     uint64_t member;
#define WORD(type, member, json, name, find) type member;
#define TEXT(size, member, json)	     char member[size];
#include "model/record_fields.def"
#undef NUMBER
#undef IDENTITY
#undef WORD
#undef TEXT
};

const char *record_kind_name(enum record_kind kind);
const char *record_kind_words(enum record_kind kind);
int record_kind_find(const char *name);

/* Copies text into a record's field, cutting it at a character's end if it is too long. */
void record_set_text(char *field, size_t size, const char *text);

void record_encode(const struct record *record, struct str *out);
struct record record_decode(struct wire_reader *reader);

/* Several at once, as they go from the engine to the keeper and back. */
void record_batch_encode(const struct record *records, size_t count, struct str *out);

/* Never NULL; nothing (and a failed reader) if they do not fit. Memory is the arena's. */
const struct record *record_batch_decode(
    struct wire_reader *reader, struct arena *arena, size_t *ret_count) must_use;

/* One line of JSON without its newline; every text is valid UTF-8, escaped by escape_text(). */
void record_print(const struct record *record, struct str *out);

/* Reads such a line; -EBADMSG if it is none. Unknown members are refused: nothing is lost. */
int record_parse(const char *line, size_t length, struct record *ret_record) must_use;

#endif
