/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dialogue.h"

#include <errno.h>

#include "model/message.h"

void
restore_encode(const struct restore *restore, struct str *out)
{
	wire_put_u32(out, restore->part);
	switch (restore->part) {
	case RESTORE_CHECKPOINT:
		checkpoint_encode(restore->sequence, restore->bytes, restore->length, out);
		break;
	case RESTORE_RECORDS:
		record_batch_encode(restore->records, restore->count, out);
		break;
	case RESTORE_END:
		wire_put_u64(out, restore->sequence);
		break;
	case RESTORE_PART_COUNT:
		break;
	}
}

static const void *
get_checkpoint(struct wire_reader *reader, uint64_t *ret_sequence, size_t *ret_length)
{
	*ret_sequence = wire_get_u64(reader);
	return wire_get_bytes(reader, message_most(MESSAGE_CHECKPOINT), ret_length);
}

int
restore_decode(
    const void *bytes, size_t length, struct arena *arena, struct restore *ret_restore)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct restore restore = {0};
	restore.part = (enum restore_part)wire_get_below(&reader, RESTORE_PART_COUNT);
	switch (restore.part) {
	case RESTORE_CHECKPOINT:
		restore.bytes = get_checkpoint(&reader, &restore.sequence, &restore.length);
		break;
	case RESTORE_RECORDS:
		restore.records = record_batch_decode(&reader, arena, &restore.count);
		break;
	case RESTORE_END:
		restore.sequence = wire_get_u64(&reader);
		break;
	case RESTORE_PART_COUNT:
		break;
	}
	int status = wire_end(&reader);
	if (!status)
		*ret_restore = restore;
	return status;
}

void
records_encode(const struct record *records, size_t count, struct str *out)
{
	record_batch_encode(records, count, out);
}

static bool
is_continuous(const struct record *records, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (records[i].sequence != records[0].sequence + i)
			return false;
	return count > 0 && records[0].sequence > 0;
}

int
records_decode(const void *bytes, size_t length, struct arena *arena,
    const struct record **ret_records, size_t *ret_count)
{
	struct wire_reader reader = wire_read(bytes, length);
	size_t count;
	const struct record *records = record_batch_decode(&reader, arena, &count);
	if (wire_end(&reader) || !is_continuous(records, count))
		return -EBADMSG;
	*ret_records = records;
	*ret_count = count;
	return 0;
}

void
ack_encode(const struct ack *ack, struct str *out)
{
	wire_put_u64(out, ack->sequence);
	wire_put_i64(out, ack->status);
}

int
ack_decode(const void *bytes, size_t length, struct ack *ret_ack)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct ack ack = {0};
	ack.sequence = wire_get_u64(&reader);
	ack.status = wire_get_i64(&reader);
	int status = wire_end(&reader);
	if (!status)
		*ret_ack = ack;
	return status;
}

void
checkpoint_encode(uint64_t sequence, const void *bytes, size_t length, struct str *out)
{
	wire_put_u64(out, sequence);
	wire_put_bytes(out, bytes, length);
}

int
checkpoint_decode(const void *bytes, size_t length, uint64_t *ret_sequence,
    const void **ret_bytes, size_t *ret_length)
{
	struct wire_reader reader = wire_read(bytes, length);
	uint64_t sequence;
	size_t inside;
	const void *blob = get_checkpoint(&reader, &sequence, &inside);
	int status = wire_end(&reader);
	if (status)
		return status;
	*ret_sequence = sequence;
	*ret_bytes = blob;
	*ret_length = inside;
	return 0;
}
