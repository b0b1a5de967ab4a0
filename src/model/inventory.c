/* SPDX-License-Identifier: Apache-2.0 */
#include "model/inventory.h"

#include <string.h>

enum {
	INVENTORY_VERSION = 1,
	LEAST_SCRIPT = 4 + 4 + 1 + 4 + 4 + 8 + 8 + 8 + 4,
};

static const char *const language_names[] = {
#define LANGUAGE(symbol, name, served, endings, interpreters) name,
#include "model/languages.def"
#undef LANGUAGE
};

const char *
language_name(enum language language)
{
	return language_names[language];
}

static void
put_script(struct str *out, const struct script *script)
{
	wire_put_text(out, script->path);
	wire_put_u32(out, script->language);
	wire_put_u8(out, script->by_line);
	wire_put_u32(out, script->mode);
	wire_put_u32(out, script->links);
	wire_put_i64(out, script->size);
	wire_put_i64(out, script->modified);
	wire_put_i64(out, script->changed);
	wire_put_text(out, script->digest);
}

void
inventory_encode(const struct inventory *inventory, struct str *out)
{
	wire_put_u32(out, INVENTORY_VERSION);
	wire_put_u32(out, inventory->account);
	wire_put_u32(out, inventory->generation);
	wire_put_u32(out, (uint32_t)inventory->status);
	wire_put_u8(out, inventory->incomplete);
	wire_put_u64(out, inventory->files);
	wire_put_u64(out, inventory->folders);
	wire_put_u64(out, inventory->foreign);
	wire_put_u64(out, inventory->unread);
	wire_put_u32(out, (uint32_t)inventory->count);
	for (size_t i = 0; i < inventory->count; i++)
		put_script(out, &inventory->scripts[i]);
}

static bool
is_digest(const char *text)
{
	size_t length = strspn(text, "0123456789abcdef");
	return !text[length] && (length == 0 || length == DIGEST_TEXT_SIZE - 1);
}

static void
get_script(struct wire_reader *reader, struct arena *arena, struct script *script)
{
	script->path = wire_get_text(reader, arena, LONGEST_SCRIPT_PATH);
	script->language = wire_get_below(reader, LANGUAGE_COUNT);
	script->by_line = wire_get_u8(reader) != 0;
	script->mode = wire_get_u32(reader);
	script->links = wire_get_u32(reader);
	script->size = wire_get_i64(reader);
	script->modified = wire_get_i64(reader);
	script->changed = wire_get_i64(reader);
	wire_get_text_into(reader, script->digest, sizeof(script->digest));
	if (!*script->path || !is_digest(script->digest))
		reader->failed = true;
}

/* Comparing relies on the order, so a list that has none is no list. */
static void
get_scripts(struct wire_reader *reader, struct arena *arena, struct inventory *inventory)
{
	uint32_t count = wire_get_count(reader, LEAST_SCRIPT);
	if (count > MOST_SCRIPTS)
		reader->failed = true;
	if (reader->failed)
		return;
	inventory->count = count;
	inventory->scripts = arena_alloc(arena, (count + 1) * sizeof(*inventory->scripts));
	for (size_t i = 0; i < count && !reader->failed; i++) {
		get_script(reader, arena, &inventory->scripts[i]);
		if (i &&
		    strcmp(inventory->scripts[i - 1].path, inventory->scripts[i].path) >= 0)
			reader->failed = true;
	}
}

int
inventory_decode(
    const void *bytes, size_t length, struct arena *arena, struct inventory *ret_inventory)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct inventory inventory = {0};
	if (wire_get_u32(&reader) != INVENTORY_VERSION)
		reader.failed = true;
	inventory.account = wire_get_u32(&reader);
	inventory.generation = wire_get_u32(&reader);
	inventory.status = (int32_t)wire_get_u32(&reader);
	inventory.incomplete = wire_get_u8(&reader) != 0;
	inventory.files = wire_get_u64(&reader);
	inventory.folders = wire_get_u64(&reader);
	inventory.foreign = wire_get_u64(&reader);
	inventory.unread = wire_get_u64(&reader);
	get_scripts(&reader, arena, &inventory);
	int status = wire_end(&reader);
	if (!status)
		*ret_inventory = inventory;
	return status;
}

/* What is too large to be read is known by its size and by the kernel's word on its change. */
static void
put_essence(struct str *out, const struct script *script)
{
	wire_put_text(out, script->path);
	wire_put_text(out, language_name(script->language));
	wire_put_u32(out, script->mode);
	wire_put_i64(out, script->size);
	wire_put_text(out, script->digest);
	wire_put_i64(out, *script->digest ? 0 : script->changed);
}

struct digest
inventory_digest(const struct inventory *inventory)
{
	auto_str essence = {0};
	for (size_t i = 0; i < inventory->count; i++)
		put_essence(&essence, &inventory->scripts[i]);
	return digest_of(essence.data, essence.length, NULL, 0);
}

const char *
script_change_name(enum script_change change)
{
	static const char *const names[] = {"new", "changed", "same", "gone"};
	return names[change];
}

static bool
is_same(const struct script *one, const struct script *other)
{
	return one->language == other->language && one->mode == other->mode &&
	       one->size == other->size && strcmp(one->digest, other->digest) == 0 &&
	       (*one->digest || one->changed == other->changed);
}

/* The next of both lists, by path: which of them it stands in. */
static int
order_of(const struct inventory *before, size_t b, const struct inventory *now, size_t n)
{
	if (!before || b == before->count)
		return 1;
	if (n == now->count)
		return -1;
	return strcmp(before->scripts[b].path, now->scripts[n].path);
}

struct script_comparison *
inventory_compare(const struct inventory *before, const struct inventory *now,
    struct arena *arena, size_t *ret_count)
{
	size_t b = 0, n = 0, count = 0, most = now->count + (before ? before->count : 0);
	struct script_comparison *list = arena_alloc(arena, (most + 1) * sizeof(*list));
	while (n < now->count || (before && b < before->count)) {
		int order = order_of(before, b, now, n);
		struct script_comparison *next = &list[count++];
		if (order > 0)
			*next = (struct script_comparison){SCRIPT_NEW, &now->scripts[n++]};
		else if (order < 0)
			*next = (struct script_comparison){SCRIPT_GONE, &before->scripts[b++]};
		else {
			bool same = is_same(&before->scripts[b++], &now->scripts[n]);
			*next = (struct script_comparison){
			    same ? SCRIPT_SAME : SCRIPT_CHANGED, &now->scripts[n++]};
		}
	}
	*ret_count = count;
	return list;
}

void
listing_encode(const struct listing *listing, struct str *out)
{
	wire_put_u32(out, listing->account);
	wire_put_u32(out, listing->generation);
	wire_put_u32(out, (uint32_t)listing->status);
	wire_put_u8(out, listing->incomplete);
	wire_put_u64(out, listing->count);
	wire_put_text(out, listing->digest);
}

int
listing_decode(const void *bytes, size_t length, struct listing *ret_listing)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct listing listing = {0};
	listing.account = wire_get_u32(&reader);
	listing.generation = wire_get_u32(&reader);
	listing.status = (int32_t)wire_get_u32(&reader);
	listing.incomplete = wire_get_u8(&reader) != 0;
	listing.count = wire_get_u64(&reader);
	wire_get_text_into(&reader, listing.digest, sizeof(listing.digest));
	if (!is_digest(listing.digest))
		reader.failed = true;
	int status = wire_end(&reader);
	if (!status)
		*ret_listing = listing;
	return status;
}
