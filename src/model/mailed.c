/* SPDX-License-Identifier: Apache-2.0 */
#include "model/mailed.h"

#include <string.h>

#include "base/map.h"
#include "base/wire.h"

enum { LONGEST_NAME = 1024, LEAST_RECEIVED = 20, LONGEST_HASHED = 512 };

static char
lower(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

uint64_t
mailed_hash(const char *text, size_t length)
{
	static const uint8_t key[16] = "hayward address ";
	char folded[LONGEST_HASHED];
	size_t count = 0;
	for (; count < length && count < sizeof(folded); count++)
		folded[count] = lower(text[count]);
	return siphash(key, folded, count);
}

struct subject
address_subject(uint32_t account, uint32_t generation, const char *address)
{
	static const uint8_t key[16] = "hayward address ";
	return (struct subject){
	    KIND_ADDRESS, account, generation, siphash(key, address, strlen(address)) | 1};
}

static void
put_received(const struct mailed *mailed, struct str *out)
{
	wire_put_u32(out, mailed->received_count);
	for (uint32_t i = 0; i < mailed->received_count; i++) {
		const struct received *received = &mailed->received[i];
		wire_put_u32(out, received->account);
		wire_put_u32(out, received->generation);
		wire_put_u32(out, received->recipients);
		wire_put_text(out, received->account_name);
		wire_put_text(out, received->address);
	}
}

static void
get_received(struct wire_reader *reader, struct arena *arena, struct mailed *mailed)
{
	mailed->received_count = wire_get_count(reader, LEAST_RECEIVED);
	struct received *list = arena_alloc(arena, mailed->received_count * sizeof(*list));
	for (uint32_t i = 0; i < mailed->received_count; i++) {
		list[i].account = wire_get_u32(reader);
		list[i].generation = wire_get_u32(reader);
		list[i].recipients = wire_get_u32(reader);
		list[i].account_name = wire_get_text(reader, arena, LONGEST_NAME);
		list[i].address = wire_get_text(reader, arena, LONGEST_NAME);
	}
	mailed->received = list;
}

static void
put_named(const struct mailed *mailed, struct str *out)
{
	wire_put_u32(out, mailed->named_count);
	for (uint32_t i = 0; i < mailed->named_count; i++)
		wire_put_u64(out, mailed->named[i]);
}

static void
get_named(struct wire_reader *reader, struct arena *arena, struct mailed *mailed)
{
	mailed->named_count = wire_get_count(reader, sizeof(*mailed->named));
	uint64_t *named = arena_alloc(arena, mailed->named_count * sizeof(*named));
	for (uint32_t i = 0; i < mailed->named_count; i++)
		named[i] = wire_get_u64(reader);
	mailed->named = named;
}

void
mailed_encode(const struct mailed *mailed, struct str *out)
{
	wire_put_u64(out, mailed->id);
	wire_put_u32(out, mailed->account);
	wire_put_u32(out, mailed->generation);
	wire_put_text(out, mailed->account_name);
	wire_put_u32(out, mailed->uid);
	wire_put_u32(out, mailed->recipients);
	wire_put_u64(out, mailed->to);
	wire_put_u64(out, mailed->domain);
	wire_put_u32(out, mailed->astray_count);
	for (uint32_t i = 0; i < mailed->astray_count; i++) {
		wire_put_u64(out, mailed->astray[i].to);
		wire_put_u64(out, mailed->astray[i].domain);
	}
	wire_put_u32(out, mailed->failed);
	wire_put_u32(out, mailed->unknown);
	wire_put_u8(out, mailed->is_own);
	wire_put_u8(out, mailed->rated);
	wire_put_u8(out, mailed->is_spam);
	wire_put_u32(out, mailed->port);
	wire_put_i64(out, mailed->size);
	wire_put_i64(out, mailed->handed_at);
	wire_put_text(out, mailed->by);
	wire_put_text(out, mailed->outcome);
	wire_put_text(out, mailed->place);
	wire_put_text(out, mailed->reference);
	wire_put_text(out, mailed->queue_id);
	wire_put_text(out, mailed->message_id);
	wire_put_text(out, mailed->sender);
	wire_put_text(out, mailed->login);
	wire_put_text(out, mailed->about);
	wire_put_text(out, mailed->detail);
	put_named(mailed, out);
	put_received(mailed, out);
	mail_request_encode(&mailed->request, out);
}

int
mailed_decode(const void *bytes, size_t length, struct arena *arena, struct mailed *ret_mailed)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct mailed mailed = {.id = wire_get_u64(&reader)};
	mailed.account = wire_get_u32(&reader);
	mailed.generation = wire_get_u32(&reader);
	wire_get_text_into(&reader, mailed.account_name, sizeof(mailed.account_name));
	mailed.uid = wire_get_u32(&reader);
	mailed.recipients = wire_get_u32(&reader);
	mailed.to = wire_get_u64(&reader);
	mailed.domain = wire_get_u64(&reader);
	mailed.astray_count = wire_get_below(&reader, MOST_ASTRAY + 1);
	for (uint32_t i = 0; i < mailed.astray_count; i++) {
		mailed.astray[i].to = wire_get_u64(&reader);
		mailed.astray[i].domain = wire_get_u64(&reader);
	}
	mailed.failed = wire_get_u32(&reader);
	mailed.unknown = wire_get_u32(&reader);
	mailed.is_own = wire_get_u8(&reader) != 0;
	mailed.rated = wire_get_u8(&reader) != 0;
	mailed.is_spam = wire_get_u8(&reader) != 0;
	mailed.port = (uint16_t)wire_get_below(&reader, UINT16_MAX + 1);
	mailed.size = wire_get_i64(&reader);
	mailed.handed_at = wire_get_i64(&reader);
	wire_get_text_into(&reader, mailed.by, sizeof(mailed.by));
	wire_get_text_into(&reader, mailed.outcome, sizeof(mailed.outcome));
	wire_get_text_into(&reader, mailed.place, sizeof(mailed.place));
	wire_get_text_into(&reader, mailed.reference, sizeof(mailed.reference));
	wire_get_text_into(&reader, mailed.queue_id, sizeof(mailed.queue_id));
	wire_get_text_into(&reader, mailed.message_id, sizeof(mailed.message_id));
	wire_get_text_into(&reader, mailed.sender, sizeof(mailed.sender));
	wire_get_text_into(&reader, mailed.login, sizeof(mailed.login));
	wire_get_text_into(&reader, mailed.about, sizeof(mailed.about));
	wire_get_text_into(&reader, mailed.detail, sizeof(mailed.detail));
	get_named(&reader, arena, &mailed);
	get_received(&reader, arena, &mailed);
	mailed.request = mail_request_decode(&reader);
	int status = wire_end(&reader);
	if (!status)
		*ret_mailed = mailed;
	return status;
}

void
mail_noted_encode(const struct mail_noted *noted, struct str *out)
{
	wire_put_u64(out, noted->id);
	wire_put_i64(out, noted->status);
	wire_put_u8(out, noted->held);
}

int
mail_noted_decode(const void *bytes, size_t length, struct mail_noted *ret_noted)
{
	struct wire_reader reader = wire_read(bytes, length);
	ret_noted->id = wire_get_u64(&reader);
	ret_noted->status = (int32_t)wire_get_i64(&reader);
	ret_noted->held = wire_get_u8(&reader) != 0;
	return wire_end(&reader);
}
