/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/map.h"
#include "base/memory.h"

enum { LARGEST_MANIFEST = 64 << 20 };

struct owned {
	char *path;
	enum daemon daemon;
};

struct manifest {
	struct owned *list;
	size_t count;
	size_t capacity;
	struct map *by_path;
	bool owes[DAEMON_COUNT];
};

static struct manifest *
manifest_new(void)
{
	struct manifest *manifest = memory_new(1, sizeof(*manifest));
	manifest->by_path = map_new();
	return manifest;
}

void
manifest_free(struct manifest *manifest)
{
	if (!manifest)
		return;
	for (size_t i = 0; i < manifest->count; i++)
		free(manifest->list[i].path);
	free(manifest->list);
	map_free(manifest->by_path);
	free(manifest);
}

static void
add_path(struct manifest *manifest, const char *path, enum daemon daemon)
{
	if (map_find_text(manifest->by_path, path))
		return;
	memory_grow(
	    &manifest->list, manifest->count, &manifest->capacity, sizeof(*manifest->list));
	struct owned *owned = &manifest->list[manifest->count++];
	*owned = (struct owned){memory_copy_text(path), daemon};
	map_put_text(manifest->by_path, path, manifest);
}

/* DAEMON_COUNT: there is none of that name, any more. */
static enum daemon
daemon_of(const char *name)
{
	enum daemon daemon = 0;
	while (daemon < DAEMON_COUNT && !text_equal(daemon_name(daemon), name))
		daemon++;
	return daemon;
}

static int
read_line(struct manifest *manifest, char *line)
{
	char *second = strchr(line, ' ');
	if (!second)
		return -EINVAL;
	*second++ = '\0';
	if (*second != '/' && !text_equal(line, "told"))
		return -EINVAL;
	enum daemon daemon = daemon_of(*second == '/' ? line : second);
	if (*second == '/')
		add_path(manifest, second, daemon < DAEMON_COUNT ? daemon : DAEMON_NONE);
	else if (daemon < DAEMON_COUNT)
		manifest->owes[daemon] = true;
	return 0;
}

int
manifest_read(int state, struct manifest **ret_manifest)
{
	auto_str text = {0};
	int status = file_read(state, "manifest", LARGEST_MANIFEST, &text);
	if (status && status != -ENOENT)
		return status;
	struct manifest *manifest = manifest_new();
	char *rest = text.data, *line;
	status = 0;
	while (!status && rest && (line = strsep(&rest, "\n")))
		status = *line ? read_line(manifest, line) : 0;
	if (status)
		manifest_free(manifest);
	else
		*ret_manifest = manifest;
	return status;
}

int
manifest_write(int state, const struct manifest *manifest)
{
	auto_str text = {0};
	for (enum daemon daemon = 0; daemon < DAEMON_COUNT; daemon++)
		if (manifest->owes[daemon])
			str_addf(&text, "told %s\n", daemon_name(daemon));
	for (size_t i = 0; i < manifest->count; i++)
		str_addf(&text, "%s %s\n", daemon_name(manifest->list[i].daemon),
		    manifest->list[i].path);
	return file_replace(state, "manifest", 0600, str_text(&text), text.length);
}

void
manifest_add(struct manifest *manifest, const struct output *output)
{
	for (size_t i = 0; i < output_count(output); i++) {
		const struct output_file *file = output_at(output, i);
		if (S_ISREG(file->mode))
			add_path(manifest, file->path, file->daemon);
	}
}

bool
manifest_owes(const struct manifest *manifest, enum daemon daemon)
{
	return manifest->owes[daemon];
}

void
manifest_owe(struct manifest *manifest, enum daemon daemon, bool owes)
{
	manifest->owes[daemon] = owes;
}

void
manifest_sift(struct manifest *manifest,
    bool (*keep)(void *context, const char *path, enum daemon daemon), void *context)
{
	size_t kept = 0;
	for (size_t i = 0; i < manifest->count; i++) {
		struct owned owned = manifest->list[i];
		if (keep(context, owned.path, owned.daemon)) {
			manifest->list[kept++] = owned;
			continue;
		}
		map_remove_text(manifest->by_path, owned.path);
		free(owned.path);
	}
	manifest->count = kept;
}
