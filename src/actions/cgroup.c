/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "base/file.h"

enum { LARGEST_FILE = 4 * 1024 * 1024 };

/* Which controllers we have a use for, and the resource each limits. */
static const struct {
	const char *name;
	enum resource resource;
} controllers[] = {
    {"cpu", RESOURCE_CPU},
    {"memory", RESOURCE_MEMORY},
    {"freezer", RESOURCE_NONE},
};

/* Opens beneath the mount: no symbolic link, no other file system, never above it. */
static int
open_beneath(const struct hierarchy *hierarchy, const char *group, const char *file, int flags)
{
	auto_str path = {0};
	str_add(&path, *group ? group : ".");
	if (file)
		str_addf(&path, "/%s", file);
	return beneath_try(hierarchy->root, str_text(&path), flags);
}

/* Whether a word is in a list whose members are parted by any of the separators. */
static bool
list_has(const char *list, const char *separators, const char *word)
{
	size_t length = strlen(word);
	while (*list) {
		size_t member = strcspn(list, separators);
		if (member == length && memcmp(list, word, length) == 0)
			return true;
		list += member;
		list += strspn(list, separators);
	}
	return false;
}

/* \040 and the like stand for blanks in mountinfo. */
static void
unescape_octal(char *text)
{
	char *out = text;
	for (const char *in = text; *in; in++)
		if (in[0] == '\\' && in[1] >= '0' && in[1] <= '3' && in[2] && in[3]) {
			*out++ = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + (in[3] - '0'));
			in += 3;
		} else {
			*out++ = *in;
		}
	*out = '\0';
}

static bool
is_served(const struct cgroups *cgroups, uint32_t resources, bool can_freeze)
{
	for (uint32_t i = 0; i < cgroups->count; i++) {
		resources &= ~cgroups->hierarchies[i].resources;
		if (cgroups->hierarchies[i].can_freeze)
			can_freeze = false;
	}
	return !resources && !can_freeze;
}

static void
add_hierarchy(struct cgroups *cgroups, const char *mount, const struct hierarchy *found)
{
	if (cgroups->count == MOST_HIERARCHIES ||
	    is_served(cgroups, found->resources, found->can_freeze))
		return;
	int root = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return;
	struct hierarchy *hierarchy = &cgroups->hierarchies[cgroups->count++];
	*hierarchy = *found;
	hierarchy->root = root;
}

/* Version 2 says itself what it controls; any group of it but the root can be frozen (>= 5.2).
 */
static void
add_unified(struct cgroups *cgroups, const char *mount, struct hierarchy *found)
{
	auto_fd int root = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_str text = {0};
	if (root < 0 || file_read(root, "cgroup.controllers", LARGEST_FILE, &text))
		return;
	found->unified = true;
	found->can_freeze = true;
	for (size_t i = 0; i < array_length(controllers); i++)
		if (controllers[i].resource != RESOURCE_NONE &&
		    list_has(str_text(&text), " \n", controllers[i].name))
			found->resources |= 1u << controllers[i].resource;
	add_hierarchy(cgroups, mount, found);
}

static void
add_version_1(
    struct cgroups *cgroups, const char *mount, const char *options, struct hierarchy *found)
{
	for (size_t i = 0; i < array_length(controllers); i++) {
		if (!list_has(options, ",", controllers[i].name))
			continue;
		if (!*found->controller)
			snprintf(found->controller, sizeof(found->controller), "%s",
			    controllers[i].name);
		if (controllers[i].resource == RESOURCE_NONE)
			found->can_freeze = true;
		else
			found->resources |= 1u << controllers[i].resource;
	}
	if (*found->controller)
		add_hierarchy(cgroups, mount, found);
}

/* id parent major:minor root mount options [fields] - type source super-options */
static void
add_mount(struct cgroups *cgroups, char *line)
{
	struct hierarchy found = {.root = -1};
	char *rest = strstr(line, " - ");
	char mount[1024], type[32], options[1024];
	if (!rest || sscanf(line, "%*s %*s %*s %255s %1023s", found.mount_root, mount) != 2 ||
	    sscanf(rest + 3, "%31s %*s %1023s", type, options) != 2)
		return;
	unescape_octal(mount);
	unescape_octal(found.mount_root);
	if (text_equal(type, "cgroup2"))
		add_unified(cgroups, mount, &found);
	else if (text_equal(type, "cgroup"))
		add_version_1(cgroups, mount, options, &found);
}

struct cgroups
cgroups_find(const char *mountinfo)
{
	struct cgroups cgroups = {0};
	auto_free char *text = strdup(mountinfo);
	char *saved = NULL;
	for (char *line = text ? strtok_r(text, "\n", &saved) : NULL; line;
	     line = strtok_r(NULL, "\n", &saved))
		add_mount(&cgroups, line);
	return cgroups;
}

void
cgroups_done(struct cgroups *cgroups)
{
	for (uint32_t i = 0; i < cgroups->count; i++)
		close(cgroups->hierarchies[i].root);
	*cgroups = (struct cgroups){0};
}

const struct hierarchy *
cgroups_for(const struct cgroups *cgroups, enum resource resource)
{
	for (uint32_t i = 0; i < cgroups->count; i++)
		if (cgroups->hierarchies[i].resources & 1u << resource)
			return &cgroups->hierarchies[i];
	return NULL;
}

const struct hierarchy *
cgroups_freezer(const struct cgroups *cgroups)
{
	for (uint32_t i = 0; i < cgroups->count; i++)
		if (cgroups->hierarchies[i].can_freeze)
			return &cgroups->hierarchies[i];
	return NULL;
}

/* The path of our hierarchy in `number:controllers:path` lines; NULL: not among them. */
static char *
find_line(char *text, const char *controller)
{
	char *saved = NULL;
	for (char *line = strtok_r(text, "\n", &saved); line;
	     line = strtok_r(NULL, "\n", &saved)) {
		char *list = strchr(line, ':');
		char *path = list ? strchr(list + 1, ':') : NULL;
		if (!path)
			continue;
		*path = '\0';
		if (*controller ? list_has(list + 1, ",", controller) : list[1] == '\0')
			return path + 1;
	}
	return NULL;
}

int
cgroup_of(const struct hierarchy *hierarchy, int proc, uint32_t pid, struct str *ret_path)
{
	char name[48];
	auto_str text = {0};
	snprintf(name, sizeof(name), "%u/cgroup", pid);
	int status = file_read(proc, name, LARGEST_FILE, &text);
	if (status)
		return status == -ENOENT ? -ESRCH : status;
	if (!text.length)
		return -ESRCH;
	const char *path = find_line(text.data, hierarchy->controller);
	if (!path || !cgroup_within(path, hierarchy->mount_root))
		return -EXDEV;
	if (!text_equal(hierarchy->mount_root, "/"))
		path += strlen(hierarchy->mount_root);
	path += strspn(path, "/");
	if (text_starts_with(path, ".."))
		return -EXDEV;
	str_clear(ret_path);
	str_add(ret_path, path);
	return 0;
}

bool
cgroup_within(const char *path, const char *group)
{
	size_t length = strlen(group);
	if (length && group[length - 1] == '/')
		length--;
	return strncmp(path, group, length) == 0 &&
	       (path[length] == '\0' || path[length] == '/');
}

/* Groups below a group of version 2 have only the controllers that it lets through. */
static void
let_through(const struct hierarchy *hierarchy, const char *group)
{
	for (size_t i = 0; hierarchy->unified && i < array_length(controllers); i++) {
		char text[32];
		if (!(hierarchy->resources & 1u << controllers[i].resource))
			continue;
		snprintf(text, sizeof(text), "+%s", controllers[i].name);
		int status = cgroup_write(hierarchy, group, "cgroup.subtree_control", text);
		(void)status; /* a limit that is not there afterwards is told when it is set */
	}
}

/* The group above, and the last name of the path. */
static void
split(const char *group, struct str *ret_parent, const char **ret_name)
{
	const char *slash = strrchr(group, '/');
	if (slash)
		str_add_bytes(ret_parent, group, (size_t)(slash - group));
	*ret_name = slash ? slash + 1 : group;
}

int
cgroup_make(const struct hierarchy *hierarchy, const char *group)
{
	auto_str parent = {0};
	const char *name = NULL;
	split(group, &parent, &name);
	auto_fd int above =
	    open_beneath(hierarchy, str_text(&parent), NULL, O_PATH | O_DIRECTORY);
	if (above < 0)
		return above;
	return mkdirat(above, name, 0755) && errno != EEXIST ? -errno : 0;
}

int
cgroup_make_limiting(const struct hierarchy *hierarchy, const char *group)
{
	auto_str above = {0};
	let_through(hierarchy, "");
	for (const char *slash = strchr(group, '/'); slash; slash = strchr(slash + 1, '/')) {
		str_clear(&above);
		str_add_bytes(&above, group, (size_t)(slash - group));
		int status = cgroup_make(hierarchy, str_text(&above));
		if (status)
			return status;
		let_through(hierarchy, str_text(&above));
	}
	return cgroup_make(hierarchy, group);
}

int
cgroup_remove(const struct hierarchy *hierarchy, const char *group)
{
	auto_str parent = {0};
	const char *name = NULL;
	split(group, &parent, &name);
	auto_fd int above =
	    open_beneath(hierarchy, str_text(&parent), NULL, O_PATH | O_DIRECTORY);
	if (above < 0)
		return above == -ENOENT ? 0 : above;
	return unlinkat(above, name, AT_REMOVEDIR) && errno != ENOENT ? -errno : 0;
}

int
cgroup_number(const struct hierarchy *hierarchy, const char *group, uint64_t *ret_number)
{
	struct stat facts;
	auto_fd int fd = open_beneath(hierarchy, group, NULL, O_PATH | O_DIRECTORY);
	if (fd < 0)
		return fd;
	if (fstat(fd, &facts))
		return -errno;
	*ret_number = facts.st_ino;
	return 0;
}

int
cgroup_write(
    const struct hierarchy *hierarchy, const char *group, const char *file, const char *text)
{
	auto_fd int fd = open_beneath(hierarchy, group, file, O_WRONLY | O_TRUNC);
	return fd < 0 ? fd : file_write_all(fd, text, strlen(text));
}

int
cgroup_read(
    const struct hierarchy *hierarchy, const char *group, const char *file, struct str *out)
{
	auto_fd int fd = open_beneath(hierarchy, group, file, O_RDONLY);
	if (fd < 0)
		return fd;
	int status = file_read_fd(fd, LARGEST_FILE, out);
	if (!status && out->length && out->data[out->length - 1] == '\n')
		str_cut(out, out->length - 1);
	return status;
}

int
cgroup_read_key(const struct hierarchy *hierarchy, const char *group, const char *file,
    const char *key, uint64_t *ret_value)
{
	auto_str text = {0};
	int status = cgroup_read(hierarchy, group, file, &text);
	if (status)
		return status;
	size_t length = strlen(key);
	for (const char *line = str_text(&text); line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, key, length) == 0 && line[length] == ' ') {
			*ret_value = strtoull(line + length, NULL, 10);
			return 0;
		}
	}
	return -ENODATA;
}

int
cgroup_move(const struct hierarchy *hierarchy, const char *group, uint32_t pid)
{
	char text[16];
	snprintf(text, sizeof(text), "%u", pid);
	return cgroup_write(hierarchy, group, "cgroup.procs", text);
}

/*
 * A group that is gone, or that got groups of its own meanwhile (version 2
 * takes processes in leaves only), is not a reason to keep anyone: the one above
 * is nearest to where the process was.
 */
int
cgroup_move_near(
    const struct hierarchy *hierarchy, const char *group, uint32_t pid, struct str *ret_group)
{
	str_clear(ret_group);
	str_add(ret_group, group);
	for (;;) {
		int status = cgroup_move(hierarchy, str_text(ret_group), pid);
		if (!status || status == -ESRCH || !ret_group->length)
			return status;
		const char *slash = strrchr(str_text(ret_group), '/');
		str_cut(ret_group, slash ? (size_t)(slash - str_text(ret_group)) : 0);
	}
}

int
cgroup_each(const struct hierarchy *hierarchy, const char *group,
    int (*visit)(void *context, uint32_t pid), void *context)
{
	auto_str text = {0};
	int status = cgroup_read(hierarchy, group, "cgroup.procs", &text);
	char *at = text.data;
	while (!status && at && *at) {
		uint32_t pid = (uint32_t)strtoul(at, &at, 10);
		at += *at == '\n';
		if (pid) /* 0: it is in a PID namespace that we do not see */
			status = visit(context, pid);
	}
	return status;
}

static void
close_directory(DIR **directory)
{
	if (*directory)
		closedir(*directory);
}

int
cgroup_children(const struct hierarchy *hierarchy, const char *group,
    int (*visit)(void *context, const char *name), void *context)
{
	auto_fd int fd = open_beneath(hierarchy, group, NULL, O_RDONLY | O_DIRECTORY);
	if (fd < 0)
		return fd;
	__attribute__((cleanup(close_directory))) DIR *directory = fdopendir(fd);
	if (!directory)
		return -errno;
	fd = -1; /* the directory's now */
	int status = 0;
	for (struct dirent *entry; !status && (entry = readdir(directory));)
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
			status = visit(context, entry->d_name);
	return status;
}

int
cgroup_freeze(const struct hierarchy *hierarchy, const char *group, bool freeze)
{
	if (hierarchy->unified)
		return cgroup_write(hierarchy, group, "cgroup.freeze", freeze ? "1" : "0");
	return cgroup_write(hierarchy, group, "freezer.state", freeze ? "FROZEN" : "THAWED");
}

bool
cgroup_is_frozen(const struct hierarchy *hierarchy, const char *group)
{
	auto_str text = {0};
	uint64_t frozen = 0;
	if (hierarchy->unified)
		return !cgroup_read_key(hierarchy, group, "cgroup.events", "frozen", &frozen) &&
		       frozen;
	return !cgroup_read(hierarchy, group, "freezer.state", &text) &&
	       text_equal(str_text(&text), "FROZEN");
}
