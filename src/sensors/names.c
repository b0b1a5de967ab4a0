/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/names.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/memory.h"
#include "base/str.h"
#include "sensors/argv.h"
#include "sensors/counters.h"

struct names {
	struct map *known; /* name_key -> struct script_name, whose texts are the heap's */
	sensor_name_callback *callback;
	void *context;
};

struct name_key {
	uint64_t script;
	uint64_t uid;
};

uint64_t
names_key(uint32_t uid, const char *label)
{
	static const uint8_t fixed[16] = "hayward scripts";
	auto_str key = {0};
	str_addf(&key, "%u %s", uid, label);
	uint64_t hash = siphash(fixed, str_text(&key), key.length);
	return hash > DATABASE_SCRIPT ? hash : hash + DATABASE_SCRIPT + 1;
}

void
names_add_path(struct str *out, const void *bytes, size_t length)
{
	const char *text = bytes;
	for (size_t i = 0; i < length; i++)
		if (!i || text[i] != '/' || text[i - 1] != '/')
			str_add_char(out, text[i]);
}

struct names *
names_new(void)
{
	struct names *names = memory_new(1, sizeof(*names));
	names->known = map_new();
	return names;
}

static void
name_free(struct script_name *name)
{
	if (!name)
		return;
	char *path = (char *)(uintptr_t)name->path;
	char *interpreter = (char *)(uintptr_t)name->interpreter;
	free(path);
	free(interpreter);
	free(name);
}

void
names_free(struct names *names)
{
	if (!names)
		return;
	size_t position = 0;
	for (struct script_name *name; (name = map_next(names->known, &position));)
		name_free(name);
	map_free(names->known);
	free(names);
}

void
names_on_new(struct names *names, sensor_name_callback *callback, void *context)
{
	names->callback = callback;
	names->context = context;
}

void
names_repeat(const struct names *names)
{
	size_t position = 0;
	for (const struct script_name *name; (name = map_next(names->known, &position));)
		if (names->callback)
			names->callback(names->context, name);
}

static const struct script_name *
name_find(const struct names *names, uint32_t uid, uint64_t script)
{
	struct name_key key = {.script = script, .uid = uid};
	return map_find(names->known, &key, sizeof(key));
}

void
names_put(struct names *names, const struct script_name *name)
{
	const struct script_name *old = name_find(names, name->uid, name->script);
	if (old && text_equal(old->path, name->path) &&
	    text_equal(old->interpreter, name->interpreter))
		return;
	struct script_name *kept = memory_copy(name, sizeof(*name));
	kept->path = memory_copy_text(name->path);
	kept->interpreter = memory_copy_text(name->interpreter);
	struct name_key key = {.script = name->script, .uid = name->uid};
	name_free(map_put(names->known, &key, sizeof(key), kept));
	if (names->callback)
		names->callback(names->context, kept);
}

bool
names_know(const struct names *names, uint32_t uid, uint64_t script)
{
	return name_find(names, uid, script);
}

void
names_drop(struct names *names, uint32_t uid, uint64_t script)
{
	struct name_key key = {.script = script, .uid = uid};
	name_free(map_remove(names->known, &key, sizeof(key)));
}

void
names_keep(struct names *names, const struct map *scripts)
{
	size_t position = 0;
	for (struct script_name *name; (name = map_next(names->known, &position));)
		if (!map_find_u64(scripts, name->script))
			names_drop(names, name->uid, name->script);
}

size_t
names_count(const struct names *names)
{
	return map_count(names->known);
}

/* The folder's names lie from the leaf up, a NUL behind each; the path begins at the root. */
static void
add_folder(struct str *path, const struct name_event *event)
{
	size_t end = event->head.folder_length;
	while (end > 0) {
		size_t start = end - 1;
		while (start > 0 && event->folder[start - 1])
			start--;
		str_add_char(path, '/');
		str_add_bytes(path, event->folder + start, end - 1 - start);
		end = start;
	}
	str_add_char(path, '/');
}

static void
add_path(struct str *path, const struct name_event *event)
{
	const struct name_head *head = &event->head;
	if (head->kind == NAME_SCRIPT) {
		if (event->bytes[head->start] != '/')
			add_folder(path, event);
		names_add_path(path, event->bytes + head->start, head->length);
	} else if (head->kind == NAME_BINARY) {
		add_folder(path, event);
		str_add(path, event->program);
	} else {
		argv_say_code(event->program, (char)head->letter, event->bytes + head->start,
		    head->length, path);
	}
}

static void
take_name(struct names *names, const struct name_event *event)
{
	const struct name_head *head = &event->head;
	auto_str path = {0};
	add_path(&path, event);
	bool interpreted = head->kind == NAME_CODE || head->interpreted;
	names_put(names,
	    &(struct script_name){
		.script = head->script,
		.uid = head->uid,
		.mount_namespace = head->mount_namespace,
		/* The kernel's own form has 20 bits of minor number below the major one. */
		.device = makedev(head->device >> 20, head->device & 0xfffff),
		.inode = head->inode,
		.path = str_text(&path),
		.interpreter = interpreted ? event->program : "",
	    });
}

static int
take_alias(struct names *names, const struct name_head *head)
{
	struct script_key key = {.base = head->base, .uid = head->from_uid};
	const struct script_name *same = name_find(names, head->from_uid, script_called(&key));
	if (!same)
		return -ENOENT;
	struct script_name name = *same;
	name.uid = head->uid;
	name.script = head->script;
	names_put(names, &name);
	return 0;
}

int
names_take_event(struct names *names, const void *bytes, size_t length)
{
	struct name_event event = {0};
	const size_t least = offsetof(struct name_event, folder);
	if (length < sizeof(event.head) || length > sizeof(event))
		return -EBADMSG;
	memcpy(&event, bytes, length);
	if (event.head.kind == NAME_ALIAS)
		return take_alias(names, &event.head);
	event.program[PROGRAM_NAME - 1] = '\0';
	if (event.head.kind > NAME_CODE || length < least ||
	    event.head.folder_length > length - least ||
	    (size_t)event.head.start + event.head.length > ARGV_WINDOW ||
	    event.head.start >= ARGV_WINDOW)
		return -EBADMSG;
	take_name(names, &event);
	return 0;
}
