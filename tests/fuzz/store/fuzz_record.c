/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a sibling may send to the keeper or the engine, and what may stand in a
 * journal: the first byte chooses the reader. What is read must survive being
 * written and read again.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "store/dialogue.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void
check_same(const struct str *once, const struct str *twice, const char *what)
{
	if (once->length != twice->length ||
	    memcmp(str_text(once), str_text(twice), once->length) != 0)
		panic("%s changes on its way", what);
}

/* A record by way of the wire and by way of the journal. */
static void
check_record(const struct record *record)
{
	auto_str encoded = {0}, printed = {0}, again = {0};
	struct record parsed;
	record_print(record, &printed);
	if (record_parse(printed.data, printed.length, &parsed))
		panic("a printed record cannot be read: %s", str_text(&printed));
	record_print(&parsed, &again);
	check_same(&printed, &again, "a printed record");
	record_encode(&parsed, &encoded);
	struct wire_reader reader = wire_read(encoded.data, encoded.length);
	struct record decoded = record_decode(&reader);
	if (wire_end(&reader))
		panic("an encoded record does not decode");
	str_clear(&again);
	record_print(&decoded, &again);
	check_same(&printed, &again, "an encoded record");
}

static void
read_records(const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	const struct record *records;
	size_t count;
	if (records_decode(bytes, length, arena, &records, &count))
		return;
	for (size_t i = 0; i < count; i++)
		check_record(&records[i]);
}

static void
read_restore(const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	auto_str once = {0}, twice = {0};
	struct restore restore;
	if (restore_decode(bytes, length, arena, &restore))
		return;
	restore_encode(&restore, &once);
	if (restore_decode(once.data, once.length, arena, &restore))
		panic("an encoded restoration does not decode");
	restore_encode(&restore, &twice);
	check_same(&once, &twice, "a restoration");
}

static void
read_small(const void *bytes, size_t length)
{
	struct ack ack;
	uint64_t sequence;
	const void *inside;
	size_t size;
	if (!ack_decode(bytes, length, &ack) && length != 16)
		panic("an ack of %zu bytes", length);
	if (!checkpoint_decode(bytes, length, &sequence, &inside, &size) && size > length)
		panic("a checkpoint larger than its message");
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct record record;
	if (length == 0)
		return 0;
	if (bytes[0] == '{' && !record_parse((const char *)bytes, length, &record))
		check_record(&record);
	if (bytes[0] == 'r')
		read_records(bytes + 1, length - 1);
	if (bytes[0] == 'R')
		read_restore(bytes + 1, length - 1);
	if (bytes[0] == 's')
		read_small(bytes + 1, length - 1);
	return 0;
}
