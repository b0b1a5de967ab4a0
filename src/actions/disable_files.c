/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of what is disabled: found by their handles, noted as they were,
 * pinned. A file is its inode here; its path is only what the web server and
 * people call it.
 */
#include "actions/disable_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "actions/guard.h"
#include "base/beneath.h"
#include "base/crash.h"

int
disable_save(const struct disable *disable)
{
	return disabled_save(&disable->list, disable->tools->state);
}

const struct account *
disable_holder(const struct disable *disable, const struct disabled *disabled)
{
	return guard_holder(disable->tools->accounts, disabled->account, disabled->generation);
}

struct disabled_file *
disable_find_file(struct disabled *disabled, const struct handle *handle)
{
	for (size_t i = 0; i < disabled->file_count; i++)
		if (handle_equal(&disabled->files[i].handle, handle))
			return &disabled->files[i];
	return NULL;
}

/* How the file was is durable before anything of it is changed. */
static int
note_file(struct disable *disable, struct disabled *disabled, int fd, const char *path)
{
	struct handle handle;
	struct pin was;
	int status = handle_of(fd, &handle);
	if (status || disable_find_file(disabled, &handle))
		return status;
	if (disabled->file_count >= MOST_FILES)
		return -ENOSPC;
	status = pin_look(fd, &was);
	if (status)
		return status;
	struct disabled_file *file = disabled_add_file(disabled, &handle, path);
	file->was = was;
	file->is_copy = disabled->file_count > 1;
	status = disable_save(disable);
	if (status) {
		free(file->path);
		disabled->file_count--;
		return status;
	}
	crash_point(CRASH_DISABLE_NOTED);
	return 0;
}

/* By its home, or by any folder above it, if that is gone: it is the file system that counts.
 */
int
disable_open(const struct disable *disable, const char *home, const struct handle *handle)
{
	auto_str path = {0};
	int status = -EXDEV;
	str_add(&path, home);
	while (path.length) {
		auto_fd int folder = script_open_home(disable->tools, str_text(&path));
		status = folder < 0 ? folder : handle_open(folder, handle);
		if (status >= 0 || (folder >= 0 && status != -EXDEV))
			return status;
		const char *slash = strrchr(str_text(&path), '/');
		size_t length = slash ? (size_t)(slash - path.data) : 0;
		str_cut(&path, path.length == 1 ? 0 : length ? length : 1);
	}
	return status;
}

void
disable_watch_parent(struct disable *disable, const struct disabled *disabled, const char *path)
{
	auto_str folder = {0};
	auto_fd int home = script_open_home(disable->tools, disabled->home);
	if (home < 0)
		return;
	copies_watch(disable->copies, disabled->account, home);
	str_add(&folder, path);
	const char *slash = strrchr(path, '/');
	str_cut(&folder, slash ? (size_t)(slash - path) : 0);
	auto_fd int parent =
	    script_find(disable->tools, home, disabled->home, str_text(&folder));
	auto_fd int opened = parent < 0 ? -1 : beneath_reopen(parent, O_RDONLY | O_DIRECTORY);
	if (opened >= 0)
		copies_watch(disable->copies, disabled->account, opened);
}

int
disable_pin(struct disable *disable, struct disabled *disabled, int fd, const char *path,
    struct content *ret_content)
{
	int status = note_file(disable, disabled, fd, path);
	status = status ? status : pin_set(fd);
	if (status)
		return status;
	crash_point(CRASH_DISABLE_PINNED);
	disable_watch_parent(disable, disabled, path);
	return script_read(fd, ret_content);
}

bool
disable_is_content(const struct disabled *disabled, const struct content *content)
{
	/* An empty file is like all others. */
	return disabled->size && disabled->size == content->size &&
	       text_equal(disabled->digest.text, content->digest.text);
}

/* What the path leads to now; a file of the account that is not held is given open. */
static enum at_path
look_at_path(const struct disable *disable, const struct disabled *disabled, int *ret_file)
{
	struct stat facts;
	const struct account *account = disable_holder(disable, disabled);
	auto_fd int home = script_open_home(disable->tools, disabled->home);
	auto_fd int found =
	    home < 0 ? -1 : script_find(disable->tools, home, disabled->home, disabled->asked);
	if (!account || found < 0 || fstat(found, &facts) || !S_ISREG(facts.st_mode) ||
	    !guard_owns(disable->tools->accounts, account, facts.st_uid))
		return AT_PATH_NOTHING;
	auto_fd int fd = script_read_open(found);
	if (fd < 0)
		return AT_PATH_NOTHING;
	if (pin_holds(fd))
		return AT_PATH_HELD;
	*ret_file = take_fd(fd);
	return AT_PATH_LOOSE;
}

bool
disable_has_no_name(int fd)
{
	struct stat facts;
	return !fstat(fd, &facts) && !facts.st_nlink;
}

/* What was pinned first may have been replaced just before: then this is the script. */
static int
hold_next(struct disable *disable, struct disabled *disabled, int first, int fd)
{
	struct content content = {0};
	int status = disable_pin(disable, disabled, fd, disabled->asked, &content);
	str_done(&content.bytes);
	if (status)
		return status;
	disabled->copies++;
	if (first >= 0 && disable_has_no_name(first)) {
		disabled->size = content.size;
		disabled->digest = content.digest;
	}
	return 0;
}

int
disable_follow(struct disable *disable, struct disabled *disabled, int first)
{
	auto_fd int fd = -1;
	enum at_path found = look_at_path(disable, disabled, &fd);
	int status = found == AT_PATH_LOOSE ? hold_next(disable, disabled, first, fd) : 0;
	return status ? status : (int)found;
}
