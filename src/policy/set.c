/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/set.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/wire.h"

struct policy_set *
policy_set_new(void)
{
	struct policy_set *set = memory_new(1, sizeof(*set));
	set->arena = arena_new();
	return set;
}

void
policy_set_free(struct policy_set *set)
{
	if (!set)
		return;
	arena_free(set->arena);
	free(set);
}

void
policy_set_cleanup(struct policy_set **set)
{
	policy_set_free(*set);
}

void
policy_set_add(struct policy_set *set, const char *name, const char *text, size_t length)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(set->files[i]->source.name, name) == 0)
			return;
	if (set->count == MOST_FILES) {
		set->too_many = true;
		return;
	}
	struct set_file *file = arena_alloc(set->arena, sizeof(*file));
	file->too_long = length > MOST_FILE_BYTES;
	file->depth = set->depth;
	file->source = (struct source){
	    .name = arena_copy_text(set->arena, name), .length = file->too_long ? 0 : length};
	file->source.text = arena_copy(set->arena, text, file->source.length);
	set->files[set->count++] = file;
}

void
policy_set_encode(const struct policy_set *set, struct str *out)
{
	wire_put_u32(out, (uint32_t)set->count);
	for (size_t i = 0; i < set->count; i++) {
		const struct source *source = &set->files[i]->source;
		wire_put_text(out, source->name);
		wire_put_bytes(out, source->text, source->length);
	}
}

int
policy_set_decode(const void *bytes, size_t length, struct policy_set **ret_set)
{
	enum { LONGEST_NAME = 4096, SMALLEST_FILE = 8 };
	struct policy_set *set __attribute__((cleanup(policy_set_cleanup))) = policy_set_new();
	struct wire_reader reader = wire_read(bytes, length);
	uint32_t count = wire_get_count(&reader, SMALLEST_FILE);
	for (uint32_t i = 0; i < count && !reader.failed; i++) {
		size_t size = 0;
		const char *name = wire_get_text(&reader, set->arena, LONGEST_NAME);
		const void *text = wire_get_bytes(&reader, MOST_FILE_BYTES, &size);
		policy_set_add(set, name, text ? text : "", text ? size : 0);
	}
	int error = wire_end(&reader);
	if (error || set->count != count)
		return -EBADMSG;
	*ret_set = take(set);
	return 0;
}
