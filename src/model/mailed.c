/* SPDX-License-Identifier: Apache-2.0 */
#include "model/mailed.h"

#include "base/wire.h"

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
	wire_put_u32(out, mailed->failed);
	wire_put_u32(out, mailed->unknown);
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
}

int
mailed_decode(const void *bytes, size_t length, struct mailed *ret_mailed)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct mailed mailed = {.id = wire_get_u64(&reader)};
	mailed.account = wire_get_u32(&reader);
	mailed.generation = wire_get_u32(&reader);
	wire_get_text_into(&reader, mailed.account_name, sizeof(mailed.account_name));
	mailed.uid = wire_get_u32(&reader);
	mailed.recipients = wire_get_u32(&reader);
	mailed.to = wire_get_u64(&reader);
	mailed.failed = wire_get_u32(&reader);
	mailed.unknown = wire_get_u32(&reader);
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
