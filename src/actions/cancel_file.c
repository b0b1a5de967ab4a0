/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/cancel_parts.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/wire.h"

enum {
	FILE_VERSION = 1,
	LARGEST_FILE = 64 * 1024 * 1024,
	LONGEST_NOTE = 2000,
	LONGEST_ADDRESSES = 256 * 1024,
	SMALLEST_CANCEL = 100,
};

/* Of a time in which we did not run, at most this counts. */
static const int64_t most_downtime = 7 * 86400000LL;

static const char file_name[] = "cancels";

static void
encode_billing(const struct billing *billing, struct str *out)
{
	wire_put_u32(out, billing->tries);
	wire_put_u8(out, billing->done);
	wire_put_i64(out, billing->status);
}

static void
encode(const struct cancel *cancel, struct str *out)
{
	wire_put_u32(out, cancel->account);
	wire_put_u32(out, cancel->generation);
	wire_put_u64(out, cancel->action);
	wire_put_u64(out, cancel->release);
	wire_put_u64(out, cancel->case_number);
	wire_put_text(out, cancel->name);
	wire_put_u8(out, (uint8_t)cancel->stage);
	wire_put_u8(out, cancel->told);
	wire_put_i64(out, cancel->begun);
	wire_put_i64(out, cancel->final_at);
	wire_put_i64(out, cancel->removed_at);
	wire_put_text(out, str_text(&cancel->addresses));
	wire_put_text(out, cancel->archive);
	encode_billing(&cancel->cancelled, out);
	encode_billing(&cancel->reinstated, out);
	for (size_t i = 0; i < NOTE_COUNT; i++)
		wire_put_text(out, str_text(&cancel->notes[i]));
}

int
cancels_save(struct cancels *cancels)
{
	auto_str bytes = {0};
	wire_put_u32(&bytes, FILE_VERSION);
	wire_put_i64(&bytes, cancels->time);
	wire_put_i64(&bytes, cancels->settings.wall());
	wire_put_u32(&bytes, (uint32_t)cancels->count);
	for (size_t i = 0; i < cancels->count; i++)
		encode(cancels->items[i], &bytes);
	cancels->saved_at = cancels->boot;
	return file_replace(
	    cancels->settings.tools->state, file_name, 0600, bytes.data, bytes.length);
}

static void
decode_billing(struct wire_reader *reader, struct billing *billing)
{
	billing->tries = wire_get_u32(reader);
	billing->done = wire_get_u8(reader) != 0;
	billing->status = wire_get_i64(reader);
}

static void
decode(struct wire_reader *reader, struct arena *arena, struct cancel *cancel)
{
	cancel->account = wire_get_u32(reader);
	cancel->generation = wire_get_u32(reader);
	cancel->action = wire_get_u64(reader);
	cancel->release = wire_get_u64(reader);
	cancel->case_number = wire_get_u64(reader);
	wire_get_text_into(reader, cancel->name, sizeof(cancel->name));
	uint8_t stage = wire_get_u8(reader);
	if (stage >= CANCEL_STAGE_COUNT)
		reader->failed = true;
	cancel->stage = stage < CANCEL_STAGE_COUNT ? stage : CANCEL_OVER;
	cancel->told = wire_get_u8(reader) != 0;
	cancel->begun = wire_get_i64(reader);
	cancel->final_at = wire_get_i64(reader);
	cancel->removed_at = wire_get_i64(reader);
	str_add(&cancel->addresses, wire_get_text(reader, arena, LONGEST_ADDRESSES));
	wire_get_text_into(reader, cancel->archive, sizeof(cancel->archive));
	decode_billing(reader, &cancel->cancelled);
	decode_billing(reader, &cancel->reinstated);
	for (size_t i = 0; i < NOTE_COUNT; i++)
		str_add(&cancel->notes[i], wire_get_text(reader, arena, LONGEST_NOTE));
}

/* A clock that went back counts nothing, one that leapt a little of it. */
static int64_t
time_since(int64_t then, int64_t now)
{
	int64_t passed = now > then ? now - then : 0;
	return passed < most_downtime ? passed : most_downtime;
}

int
cancels_load(struct cancels *cancels)
{
	auto_str bytes = {0};
	auto_arena struct arena *arena = arena_new();
	int status = file_read(cancels->settings.tools->state, file_name, LARGEST_FILE, &bytes);
	if (status)
		return status == -ENOENT ? 0 : status;
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	bool known = wire_get_u32(&reader) == FILE_VERSION;
	int64_t time = wire_get_i64(&reader);
	int64_t saved = wire_get_i64(&reader);
	uint32_t count = wire_get_count(&reader, SMALLEST_CANCEL);
	for (uint32_t i = 0; i < count && known; i++)
		decode(&reader, arena, cancels_add(cancels));
	status = known ? wire_end(&reader) : -EBADMSG;
	if (!status)
		cancels->time = time + time_since(saved, cancels->settings.wall());
	return status;
}

struct cancel *
cancels_add(struct cancels *cancels)
{
	struct cancel *cancel = memory_new(1, sizeof(*cancel));
	cancel->archive_fd = cancel->list_fd = -1;
	memory_grow(
	    &cancels->items, cancels->count, &cancels->capacity, sizeof(*cancels->items));
	cancels->items[cancels->count++] = cancel;
	return cancel;
}

void
cancels_forget(struct cancels *cancels, struct cancel *cancel)
{
	size_t index = 0;
	while (cancels->items[index] != cancel)
		index++;
	cancels->items[index] = cancels->items[--cancels->count];
	for (size_t i = 0; i < NOTE_COUNT; i++)
		str_done(&cancel->notes[i]);
	str_done(&cancel->addresses);
	if (cancel->archive_fd >= 0)
		close(cancel->archive_fd);
	if (cancel->list_fd >= 0)
		close(cancel->list_fd);
	free(cancel);
}

struct action
cancel_action(const struct cancel *cancel, enum operation operation)
{
	struct action action = {
	    .id = operation == OPERATION_RELEASE ? cancel->release : cancel->action,
	    .case_number = cancel->case_number,
	    .operation = operation,
	    .verb = VERB_CANCEL,
	    .subject = {KIND_ACCOUNT, cancel->account, cancel->generation, 0},
	};
	memcpy(action.account_name, cancel->name, sizeof(action.account_name));
	return action;
}
