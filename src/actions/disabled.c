/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/disabled.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/wire.h"

enum {
	FILE_VERSION = 1,
	LARGEST_FILE = 64 * 1024 * 1024,
	LONGEST_PATH = 4096,
	LONGEST_NAME = 256,
	SMALLEST_RECORD = 64,
	SMALLEST_FILE = 32,
};

static const char file_name[] = "disabled";

static void
encode_file(const struct disabled_file *file, struct str *out)
{
	wire_put_u64(out, file->handle.file_system);
	wire_put_u32(out, (uint32_t)file->handle.type);
	wire_put_bytes(out, file->handle.bytes, file->handle.length);
	wire_put_u32(out, file->was.mode);
	wire_put_u32(out, file->was.gid);
	wire_put_u8(out, file->was.immutable);
	wire_put_bytes(out, file->was.capability, file->was.capability_length);
	wire_put_text(out, file->path);
	wire_put_u8(out, file->is_copy);
	wire_put_u8(out, file->gone);
}

static void
encode_record(const struct disabled *disabled, struct str *out)
{
	wire_put_u32(out, disabled->account);
	wire_put_u32(out, disabled->generation);
	wire_put_u64(out, disabled->front);
	wire_put_i64(out, disabled->since);
	wire_put_text(out, disabled->name);
	wire_put_text(out, disabled->asked);
	wire_put_text(out, disabled->home);
	wire_put_u64(out, disabled->size);
	wire_put_text(out, disabled->digest.text);
	wire_put_u64(out, disabled->reading);
	wire_put_u32(out, disabled->copies);
	wire_put_u32(out, disabled->renames);
	wire_put_u32(out, disabled->claim_count);
	for (uint32_t i = 0; i < disabled->claim_count; i++)
		wire_put_u64(out, disabled->claims[i]);
	wire_put_u32(out, (uint32_t)disabled->file_count);
	for (size_t i = 0; i < disabled->file_count; i++)
		encode_file(&disabled->files[i], out);
}

int
disabled_save(const struct disabled_list *list, int folder)
{
	auto_str bytes = {0};
	wire_put_u32(&bytes, FILE_VERSION);
	wire_put_u32(&bytes, (uint32_t)list->count);
	for (size_t i = 0; i < list->count; i++)
		encode_record(list->items[i], &bytes);
	return file_replace(folder, file_name, 0600, bytes.data, bytes.length);
}

static uint32_t
decode_bytes(struct wire_reader *reader, uint8_t *buffer, size_t size)
{
	size_t length = 0;
	const void *bytes = wire_get_bytes(reader, size, &length);
	if (bytes && length)
		memcpy(buffer, bytes, length);
	return bytes ? (uint32_t)length : 0;
}

static void
decode_file(struct wire_reader *reader, struct arena *arena, struct disabled *disabled)
{
	struct disabled_file read = {0};
	read.handle.file_system = wire_get_u64(reader);
	read.handle.type = (int32_t)wire_get_u32(reader);
	read.handle.length = decode_bytes(reader, read.handle.bytes, MOST_HANDLE);
	read.was.mode = wire_get_below(reader, 010000);
	read.was.gid = wire_get_u32(reader);
	read.was.immutable = wire_get_u8(reader) != 0;
	read.was.capability_length = decode_bytes(reader, read.was.capability, MOST_CAPABILITY);
	const char *path = wire_get_text(reader, arena, LONGEST_PATH);
	read.is_copy = wire_get_u8(reader) != 0;
	read.gone = wire_get_u8(reader) != 0;
	struct disabled_file *file = disabled_add_file(disabled, &read.handle, path);
	read.path = file->path;
	*file = read;
}

static void
decode_record(struct wire_reader *reader, struct arena *arena, struct disabled *disabled)
{
	disabled->account = wire_get_u32(reader);
	disabled->generation = wire_get_u32(reader);
	disabled->front = wire_get_u64(reader);
	disabled->since = wire_get_i64(reader);
	disabled->name = memory_copy_text(wire_get_text(reader, arena, LONGEST_NAME));
	disabled->asked = memory_copy_text(wire_get_text(reader, arena, LONGEST_PATH));
	disabled->home = memory_copy_text(wire_get_text(reader, arena, LONGEST_PATH));
	disabled->size = wire_get_u64(reader);
	wire_get_text_into(reader, disabled->digest.text, sizeof(disabled->digest.text));
	disabled->reading = wire_get_u64(reader);
	disabled->copies = wire_get_u32(reader);
	disabled->renames = wire_get_u32(reader);
	disabled->claim_count = wire_get_below(reader, MOST_CLAIMS + 1);
	for (uint32_t i = 0; i < disabled->claim_count; i++)
		disabled->claims[i] = wire_get_u64(reader);
	uint32_t files = wire_get_count(reader, SMALLEST_FILE);
	for (uint32_t i = 0; i < files && !reader->failed; i++)
		decode_file(reader, arena, disabled);
}

int
disabled_load(int folder, struct disabled_list *ret_list)
{
	auto_str bytes = {0};
	auto_arena struct arena *arena = arena_new();
	int status = file_read(folder, file_name, LARGEST_FILE, &bytes);
	*ret_list = (struct disabled_list){0};
	if (status)
		return status == -ENOENT ? 0 : status;
	struct disabled_list list = {0};
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	bool known = wire_get_u32(&reader) == FILE_VERSION;
	uint32_t count = wire_get_count(&reader, SMALLEST_RECORD);
	for (uint32_t i = 0; i < count && !reader.failed; i++)
		decode_record(&reader, arena, disabled_add(&list));
	status = known ? wire_end(&reader) : -EBADMSG;
	if (status)
		disabled_done(&list);
	else
		*ret_list = list;
	return status;
}

static void
record_free(struct disabled *disabled)
{
	for (size_t i = 0; i < disabled->file_count; i++)
		free(disabled->files[i].path);
	free(disabled->files);
	free(disabled->name);
	free(disabled->asked);
	free(disabled->home);
	free(disabled);
}

void
disabled_done(struct disabled_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		record_free(list->items[i]);
	free(list->items);
	*list = (struct disabled_list){0};
}

struct disabled *
disabled_add(struct disabled_list *list)
{
	memory_grow(&list->items, list->count, &list->capacity, sizeof(*list->items));
	list->items[list->count] = memory_new(1, sizeof(struct disabled));
	return list->items[list->count++];
}

void
disabled_remove(struct disabled_list *list, struct disabled *disabled)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i] == disabled) {
			list->items[i] = list->items[--list->count];
			record_free(disabled);
			return;
		}
}

struct disabled_file *
disabled_add_file(struct disabled *disabled, const struct handle *handle, const char *path)
{
	memory_grow(&disabled->files, disabled->file_count, &disabled->file_capacity,
	    sizeof(*disabled->files));
	struct disabled_file *file = &disabled->files[disabled->file_count++];
	*file = (struct disabled_file){.handle = *handle, .path = memory_copy_text(path)};
	return file;
}

bool
disabled_claims(const struct disabled *disabled, uint64_t action)
{
	for (uint32_t i = 0; i < disabled->claim_count; i++)
		if (disabled->claims[i] == action)
			return true;
	return false;
}

struct disabled *
disabled_find(const struct disabled_list *list, uint64_t action)
{
	for (size_t i = 0; i < list->count; i++)
		if (disabled_claims(list->items[i], action))
			return list->items[i];
	return NULL;
}

static bool
has_file(const struct disabled *disabled, const struct handle *handle)
{
	for (size_t i = 0; i < disabled->file_count; i++)
		if (handle_equal(&disabled->files[i].handle, handle))
			return true;
	return false;
}

struct disabled *
disabled_find_file(
    const struct disabled_list *list, uint32_t account, const struct handle *handle)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i]->account == account && has_file(list->items[i], handle))
			return list->items[i];
	return NULL;
}

/* The kernel's struct with room for the bytes behind it. */
union kernel_handle {
	struct file_handle head;
	char room[sizeof(struct file_handle) + MOST_HANDLE];
};

static int
file_system_of(int fd, uint64_t *ret_id)
{
	struct statfs facts;
	if (fstatfs(fd, &facts))
		return -errno;
	memcpy(ret_id, &facts.f_fsid, sizeof(*ret_id));
	return 0;
}

int
handle_of(int fd, struct handle *ret_handle)
{
	union kernel_handle kernel = {.head = {.handle_bytes = MOST_HANDLE}};
	struct handle handle = {0};
	int mount;
	int status = file_system_of(fd, &handle.file_system);
	if (status)
		return status;
	if (name_to_handle_at(fd, "", &kernel.head, &mount, AT_EMPTY_PATH))
		return -errno;
	handle.type = kernel.head.handle_type;
	handle.length = kernel.head.handle_bytes;
	memcpy(handle.bytes, kernel.room + sizeof(struct file_handle), handle.length);
	*ret_handle = handle;
	return 0;
}

bool
handle_equal(const struct handle *one, const struct handle *other)
{
	return one->file_system == other->file_system && one->type == other->type &&
	       one->length == other->length && !memcmp(one->bytes, other->bytes, one->length);
}

int
handle_open(int directory, const struct handle *handle)
{
	union kernel_handle kernel = {
	    .head = {.handle_bytes = handle->length, .handle_type = handle->type}};
	uint64_t file_system = 0;
	int status = file_system_of(directory, &file_system);
	if (status)
		return status;
	if (file_system != handle->file_system)
		return -EXDEV;
	memcpy(kernel.room + sizeof(struct file_handle), handle->bytes, handle->length);
	int fd = open_by_handle_at(
	    directory, &kernel.head, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? -errno : fd;
}
