/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/output.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"

struct output {
	struct output_file *
	    *list; /* each by itself: its content is written to while others come */
	size_t count;
	size_t capacity;
	struct map *by_path;
};

struct output *
output_new(void)
{
	struct output *output = memory_new(1, sizeof(*output));
	output->by_path = map_new();
	return output;
}

static void
file_free(struct output_file *file)
{
	union {
		const char *path;
		char *owned;
	} path = {.path = file->path};
	free(path.owned);
	str_done(&file->content);
	free(file);
}

void
output_free(struct output *output)
{
	if (!output)
		return;
	for (size_t i = 0; i < output->count; i++)
		file_free(output->list[i]);
	free(output->list);
	map_free(output->by_path);
	free(output);
}

static struct output_file *output_add(
    struct output *output, const char *format, va_list arguments) printf_like(2, 0);

static struct output_file *
output_add(struct output *output, const char *format, va_list arguments)
{
	char *path;
	if (vasprintf(&path, format, arguments) < 0)
		panic("no memory for a path");
	if (map_find_text(output->by_path, path))
		panic("'%s' is rendered twice", path);
	struct output_file *file = memory_new(1, sizeof(*file));
	file->path = path;
	map_put_text(output->by_path, path, file);
	memory_grow(&output->list, output->count, &output->capacity, sizeof(*output->list));
	output->list[output->count++] = file;
	return file;
}

struct str *
output_file(struct output *output, enum daemon daemon, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	struct output_file *file = output_add(output, format, arguments);
	va_end(arguments);
	file->mode = S_IFREG | 0644;
	file->daemon = daemon;
	return &file->content;
}

struct str *
output_secret(struct output *output, enum daemon daemon, gid_t gid, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	struct output_file *file = output_add(output, format, arguments);
	va_end(arguments);
	file->mode = S_IFREG | (gid ? 0640 : 0600);
	file->gid = gid;
	file->daemon = daemon;
	return &file->content;
}

void
output_folder(struct output *output, mode_t mode, uid_t uid, gid_t gid, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	struct output_file *file = output_add(output, format, arguments);
	va_end(arguments);
	file->mode = S_IFDIR | mode;
	file->uid = uid;
	file->gid = gid;
}

void
output_let_through(struct output *output, gid_t gid)
{
	output->list[output->count - 1]->through = gid;
}

size_t
output_count(const struct output *output)
{
	return output->count;
}

const struct output_file *
output_at(const struct output *output, size_t index)
{
	return output->list[index];
}

const struct output_file *
output_find(const struct output *output, const char *path)
{
	return map_find_text(output->by_path, path);
}

bool
output_names(const struct output *output, enum daemon daemon)
{
	for (size_t i = 0; i < output->count; i++)
		if (output->list[i]->daemon == daemon)
			return true;
	return false;
}
