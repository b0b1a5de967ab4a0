/* SPDX-License-Identifier: Apache-2.0 */
#include "model/notice.h"

#include <string.h>

enum { LONGEST_FIELD = 16 * 1024 };

static const char *const kinds[] = {
#define NOTICE_NAME(symbol, name) [NOTICE_##symbol] = name,
    NOTICE_KINDS(NOTICE_NAME)
#undef NOTICE_NAME
};

const char *
notice_kind_name(enum notice_kind kind)
{
	return kinds[kind];
}

const char *
notice_field(const struct notice *notice, const char *name)
{
	for (uint32_t i = 0; i < notice->field_count; i++)
		if (strcmp(notice->fields[i].name, name) == 0)
			return notice->fields[i].value;
	return NULL;
}

void
notice_encode(const struct notice *notice, struct str *out)
{
	wire_put_u64(out, notice->id);
	wire_put_u32(out, notice->kind);
	wire_put_i64(out, notice->wall);
	wire_put_text(out, notice->to);
	wire_put_u64(out, notice->matter.case_number);
	wire_put_u32(out, notice->matter.account);
	wire_put_u32(out, notice->matter.generation);
	wire_put_u32(out, notice->field_count);
	for (uint32_t i = 0; i < notice->field_count; i++) {
		wire_put_text(out, notice->fields[i].name);
		wire_put_text(out, notice->fields[i].value);
	}
	wire_put_u32(out, notice->evidence_count);
	for (uint32_t i = 0; i < notice->evidence_count; i++) {
		wire_put_text(out, notice->evidence[i].subject);
		wire_put_text(out, notice->evidence[i].when);
		wire_put_text(out, notice->evidence[i].value);
		wire_put_text(out, notice->evidence[i].of_limit);
	}
}

static void
decode_fields(struct wire_reader *reader, struct arena *arena, struct notice *notice)
{
	notice->field_count = wire_get_count(reader, 8);
	notice->fields = arena_alloc(arena, notice->field_count * sizeof(*notice->fields));
	for (uint32_t i = 0; i < notice->field_count; i++) {
		notice->fields[i].name = wire_get_text(reader, arena, LONGEST_FIELD);
		notice->fields[i].value = wire_get_text(reader, arena, LONGEST_FIELD);
	}
	notice->evidence_count = wire_get_count(reader, 16);
	notice->evidence =
	    arena_alloc(arena, notice->evidence_count * sizeof(*notice->evidence));
	for (uint32_t i = 0; i < notice->evidence_count; i++) {
		notice->evidence[i].subject = wire_get_text(reader, arena, LONGEST_FIELD);
		notice->evidence[i].when = wire_get_text(reader, arena, LONGEST_FIELD);
		notice->evidence[i].value = wire_get_text(reader, arena, LONGEST_FIELD);
		notice->evidence[i].of_limit = wire_get_text(reader, arena, LONGEST_FIELD);
	}
}

int
notice_decode(const void *bytes, size_t length, struct arena *arena, struct notice *ret_notice)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct notice notice = {0};
	notice.id = wire_get_u64(&reader);
	notice.kind = wire_get_below(&reader, NOTICE_KIND_COUNT);
	notice.wall = wire_get_i64(&reader);
	notice.to = wire_get_text(&reader, arena, LONGEST_FIELD);
	notice.matter.case_number = wire_get_u64(&reader);
	notice.matter.account = wire_get_u32(&reader);
	notice.matter.generation = wire_get_u32(&reader);
	decode_fields(&reader, arena, &notice);
	int status = wire_end(&reader);
	if (!status)
		*ret_notice = notice;
	return status;
}

void
delivery_encode(const struct delivery *delivery, struct str *out)
{
	wire_put_u64(out, delivery->notice);
	wire_put_i64(out, delivery->status);
	wire_put_text(out, delivery->text);
}

int
delivery_decode(
    const void *bytes, size_t length, struct arena *arena, struct delivery *ret_delivery)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct delivery delivery = {0};
	delivery.notice = wire_get_u64(&reader);
	delivery.status = wire_get_i64(&reader);
	delivery.text = wire_get_text(&reader, arena, LONGEST_FIELD);
	int status = wire_end(&reader);
	if (!status)
		*ret_delivery = delivery;
	return status;
}
