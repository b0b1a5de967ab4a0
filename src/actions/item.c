/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/item.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/place.h"
#include "base/arena.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/wire.h"

enum {
	FILE_VERSION = 1,
	LARGEST_FILE = 64 * 1024 * 1024,
	LONGEST_TEXT = 4096,
	SMALLEST_ITEM = 34,
	SMALLEST_CLAIM = 12,
};

static const char prefix[] = "suspended.";
static const char broken_ending[] = ".broken";

static void
item_done(struct item *item)
{
	free(item->place);
	free(item->name);
	free(item->aside);
	*item = (struct item){0};
}

static void
suspension_free(struct suspension *suspension)
{
	for (size_t i = 0; i < suspension->item_count; i++)
		item_done(&suspension->items[i]);
	free(suspension->items);
	free(suspension->login);
	free(suspension);
}

struct suspension *
suspensions_add(
    struct suspensions *suspensions, uint32_t account, uint32_t generation, const char *login)
{
	struct suspension *suspension = memory_new(1, sizeof(*suspension));
	suspension->account = account;
	suspension->generation = generation;
	suspension->login = memory_copy_text(login);
	memory_grow(&suspensions->all, suspensions->count, &suspensions->capacity,
	    sizeof(struct suspension *));
	suspensions->all[suspensions->count++] = suspension;
	return suspension;
}

struct suspension *
suspensions_find(const struct suspensions *suspensions, uint32_t account)
{
	for (size_t i = 0; i < suspensions->count; i++)
		if (suspensions->all[i]->account == account)
			return suspensions->all[i];
	return NULL;
}

void
suspensions_remove(struct suspensions *suspensions, struct suspension *suspension)
{
	for (size_t i = 0; i < suspensions->count; i++)
		if (suspensions->all[i] == suspension) {
			suspensions->all[i] = suspensions->all[--suspensions->count];
			suspension_free(suspension);
			return;
		}
}

void
suspensions_done(struct suspensions *suspensions)
{
	for (size_t i = 0; i < suspensions->count; i++)
		suspension_free(suspensions->all[i]);
	free(suspensions->all);
	*suspensions = (struct suspensions){0};
}

struct item *
suspension_find(
    struct suspension *suspension, const char *way, const char *place, const char *name)
{
	for (size_t i = 0; i < suspension->item_count; i++) {
		struct item *item = &suspension->items[i];
		if (text_equal(item->way, way) && text_equal(item->place, place) &&
		    text_equal(item->name, name))
			return item;
	}
	return NULL;
}

struct item *
suspension_add(struct suspension *suspension, const struct item *item)
{
	if (suspension->item_count >= MOST_ITEMS)
		return NULL;
	memory_grow(&suspension->items, suspension->item_count, &suspension->item_capacity,
	    sizeof(*suspension->items));
	struct item *added = &suspension->items[suspension->item_count++];
	*added = *item;
	added->place = memory_copy_text(item->place ? item->place : "");
	added->name = memory_copy_text(item->name ? item->name : "");
	added->aside = memory_copy_text(item->aside ? item->aside : "");
	return added;
}

void
suspension_remove(struct suspension *suspension, size_t index)
{
	item_done(&suspension->items[index]);
	suspension->item_count--;
	memmove(&suspension->items[index], &suspension->items[index + 1],
	    (suspension->item_count - index) * sizeof(*suspension->items));
}

bool
suspension_claim(struct suspension *suspension, uint64_t action, enum verb verb)
{
	for (uint32_t i = 0; i < suspension->claim_count; i++)
		if (suspension->claims[i].action == action)
			return true;
	if (suspension->claim_count >= MOST_CLAIMS)
		return false;
	suspension->claims[suspension->claim_count++] = (struct claim){action, verb};
	return true;
}

uint32_t
suspension_unclaim(struct suspension *suspension, uint64_t action, enum verb verb)
{
	for (uint32_t i = 0; i < suspension->claim_count; i++)
		if (suspension->claims[i].action == action &&
		    suspension->claims[i].verb == verb) {
			suspension->claims[i] = suspension->claims[--suspension->claim_count];
			break;
		}
	return suspension->claim_count;
}

static void
encode_item(const struct item *item, struct str *out)
{
	wire_put_text(out, item->way);
	wire_put_text(out, item->place);
	wire_put_text(out, item->name);
	wire_put_text(out, item->aside);
	wire_put_u64(out, item->inode);
	wire_put_u32(out, item->uid);
	wire_put_u8(out, item->held);
	wire_put_u8(out, item->touched);
	wire_put_u32(out, item->again);
}

static void
encode(const struct suspension *suspension, struct str *out)
{
	wire_put_u32(out, FILE_VERSION);
	wire_put_u32(out, suspension->account);
	wire_put_u32(out, suspension->generation);
	wire_put_text(out, suspension->login);
	wire_put_u32(out, suspension->claim_count);
	for (uint32_t i = 0; i < suspension->claim_count; i++) {
		wire_put_u64(out, suspension->claims[i].action);
		wire_put_u32(out, suspension->claims[i].verb);
	}
	wire_put_u32(out, (uint32_t)suspension->item_count);
	for (size_t i = 0; i < suspension->item_count; i++)
		encode_item(&suspension->items[i], out);
}

static void
decode_claims(struct wire_reader *reader, struct suspension *suspension)
{
	uint32_t count = wire_get_count(reader, SMALLEST_CLAIM);
	if (count > MOST_CLAIMS)
		reader->failed = true;
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		uint64_t action = wire_get_u64(reader);
		suspension->claims[suspension->claim_count++] =
		    (struct claim){action, wire_get_below(reader, VERB_COUNT)};
	}
}

static void
decode_items(struct wire_reader *reader, struct arena *arena, struct suspension *suspension)
{
	uint32_t count = wire_get_count(reader, SMALLEST_ITEM);
	for (uint32_t i = 0; i < count && !reader->failed; i++) {
		struct item item = {0};
		wire_get_text_into(reader, item.way, sizeof(item.way));
		item.place = arena_copy_text(arena, wire_get_text(reader, arena, LONGEST_TEXT));
		item.name = arena_copy_text(arena, wire_get_text(reader, arena, LONGEST_TEXT));
		item.aside = arena_copy_text(arena, wire_get_text(reader, arena, LONGEST_TEXT));
		item.inode = wire_get_u64(reader);
		item.uid = wire_get_u32(reader);
		item.held = wire_get_u8(reader) != 0;
		item.touched = wire_get_u8(reader) != 0;
		item.again = wire_get_u32(reader);
		if (!suspension_add(suspension, &item))
			reader->failed = true;
	}
}

static int
decode(const struct str *bytes, struct suspensions *suspensions)
{
	auto_arena struct arena *arena = arena_new();
	struct wire_reader reader = wire_read(bytes->data, bytes->length);
	if (wire_get_u32(&reader) != FILE_VERSION)
		return -EBADMSG;
	uint32_t account = wire_get_u32(&reader);
	uint32_t generation = wire_get_u32(&reader);
	if (!account || suspensions_find(suspensions, account))
		return -EBADMSG;
	struct suspension *suspension = suspensions_add(
	    suspensions, account, generation, wire_get_text(&reader, arena, LONGEST_TEXT));
	decode_claims(&reader, suspension);
	decode_items(&reader, arena, suspension);
	int status = wire_end(&reader);
	if (status)
		suspensions_remove(suspensions, suspension);
	return status;
}

static void
file_name(uint32_t account, char name[32])
{
	snprintf(name, 32, "%s%u", prefix, account);
}

int
suspension_save(const struct suspension *suspension, int folder)
{
	char name[32];
	auto_str bytes = {0};
	encode(suspension, &bytes);
	file_name(suspension->account, name);
	return file_replace(folder, name, 0600, bytes.data, bytes.length);
}

int
suspension_forget(const struct suspension *suspension, int folder)
{
	char name[32];
	file_name(suspension->account, name);
	if (unlinkat(folder, name, 0) && errno != ENOENT)
		return -errno;
	auto_fd int again = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return again < 0 || fsync(again) ? -errno : 0;
}

struct loading {
	int folder;
	struct suspensions suspensions;
	uint32_t broken;
};

static int
load_one(void *context, const char *name)
{
	struct loading *loading = context;
	auto_str bytes = {0};
	auto_str broken = {0};
	if (!text_starts_with(name, prefix) || text_ends_with(name, ".new") ||
	    text_ends_with(name, broken_ending))
		return 0;
	int status = place_read(loading->folder, name, LARGEST_FILE, &bytes);
	status = status ? status : decode(&bytes, &loading->suspensions);
	if (status != -EBADMSG && status != -EFBIG)
		return status;
	str_addf(&broken, "%s%s", name, broken_ending);
	loading->broken++;
	return renameat(loading->folder, name, loading->folder, str_text(&broken)) ? -errno : 0;
}

int
suspensions_load(int folder, struct suspensions *ret_suspensions, uint32_t *ret_broken)
{
	struct loading loading = {.folder = folder};
	int status = place_each(folder, "", load_one, &loading);
	*ret_broken = loading.broken;
	if (status)
		suspensions_done(&loading.suspensions);
	else
		*ret_suspensions = loading.suspensions;
	return status;
}
