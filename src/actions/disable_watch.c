/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The watch that is kept on what is disabled, at every tick: whether it is still
 * pinned, what it is called by now, and whether it turned up again as a copy.
 */
#include "actions/disable_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "actions/guard.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"

enum {
	LOOK_EVERY = 500,    /* ms: what a copy in a watched folder may live */
	REVIEW_EVERY = 5000, /* whether all is still pinned */
	WALK_EVERY = 60000,
	SWAP_TIME = 60000,   /* how long the path is followed, should it have been swapped */
	CLOCK_DOUBT = 60000, /* the wall clock may be set back by so much */
};

static void
note_place(struct disable *disable, struct disabled *disabled, struct disabled_file *file,
    const char *path)
{
	const struct account *account = disable_holder(disable, disabled);
	if (!account || text_equal(file->path, path))
		return;
	free(file->path);
	file->path = memory_copy_text(path);
	disabled->renames++;
	disable_watch_parent(disable, disabled, path);
	int status = disable_save(disable);
	if (!status)
		status = front_close_later(disable->front, disabled->front, account, path);
	if (status && status != -ENOTSUP)
		log_error("cannot close what account '%s' renamed: %s", account->name,
		    strerror(-status));
}

/* Whether the path still leads to this very file. */
static bool
leads_to(
    const struct disable *disable, const struct disabled *disabled, const char *path, int file)
{
	struct stat there, here;
	auto_fd int home = script_open_home(disable->tools, disabled->home);
	auto_fd int found =
	    home < 0 ? -1 : script_find(disable->tools, home, disabled->home, path);
	return found >= 0 && !fstat(found, &there) && !fstat(file, &here) &&
	       there.st_ino == here.st_ino && there.st_dev == here.st_dev;
}

static void
review_file(struct disable *disable, struct disabled *disabled, struct disabled_file *file)
{
	auto_str path = {0};
	auto_fd int fd = disable_open(disable, disabled->home, &file->handle);
	if (fd == -ESTALE)
		file->gone = true;
	if (fd < 0)
		return;
	if (!pin_holds(fd)) {
		int status = pin_set(fd);
		log_warning("what was disabled of account '%s' was not so any more; %s",
		    disabled->name, status ? strerror(-status) : "it is again");
	}
	/* A file found by its handle alone may have no path that the kernel knows yet. */
	if (!leads_to(disable, disabled, file->path, fd) &&
	    !script_path(disable->tools, fd, &path) &&
	    leads_to(disable, disabled, str_text(&path), fd))
		note_place(disable, disabled, file, str_text(&path));
}

/*
 * Who swaps folders while a script is disabled may have shown us another file
 * at its path, and shows the script again after that.
 */
static void
review_path(struct disable *disable, struct disabled *disabled)
{
	int64_t age = clock_wall() - disabled->since;
	if (age < 0 || age > SWAP_TIME)
		return;
	int found = disable_follow(disable, disabled, -1);
	if (found == AT_PATH_LOOSE)
		log_warning("account '%s' swapped what was disabled: it is disabled now",
		    disabled->name);
	else if (found < 0)
		log_error("cannot disable what account '%s' swapped: %s", disabled->name,
		    strerror(-found));
}

static void
review(struct disable *disable)
{
	for (size_t i = 0; i < disable->list.count; i++) {
		struct disabled *disabled = disable->list.items[i];
		if (disable_holder(disable, disabled))
			review_path(disable, disabled);
		for (size_t j = 0;
		     disable_holder(disable, disabled) && j < disabled->file_count; j++)
			if (!disabled->files[j].gone)
				review_file(disable, disabled, &disabled->files[j]);
	}
}

/*
 * Of the right size and an account's own. What has not changed since the script
 * was disabled did nothing wrong, so far: another installation of the same
 * program is measured by itself. The time of change is the kernel's word.
 */
bool
disable_wants_file(void *context, uint32_t account, const struct stat *facts, bool told)
{
	const struct disable *disable = context;
	if (!facts->st_size)
		return false;
	int64_t changed =
	    (int64_t)facts->st_ctim.tv_sec * 1000 + facts->st_ctim.tv_nsec / 1000000;
	for (size_t i = 0; i < disable->list.count; i++) {
		const struct disabled *disabled = disable->list.items[i];
		if (disabled->account == account &&
		    disabled->size == (uint64_t)facts->st_size &&
		    (told || changed >= disabled->since - CLOCK_DOUBT))
			return true;
	}
	return false;
}

static void
hold_copy(struct disable *disable, struct disabled *disabled, int fd)
{
	struct content content = {0};
	auto_str path = {0};
	const struct account *account = disable_holder(disable, disabled);
	if (!account || script_path(disable->tools, fd, &path))
		return;
	int status = disable_pin(disable, disabled, fd, str_text(&path), &content);
	str_done(&content.bytes);
	if (status) {
		log_error("cannot disable a copy of what is disabled of account '%s': %s",
		    account->name, strerror(-status));
		return;
	}
	disabled->copies++;
	log_warning("account '%s' copied what is disabled: copy %u is disabled too",
	    account->name, disabled->copies);
	status = disable_save(disable);
	if (!status)
		status = front_close_later(
		    disable->front, disabled->front, account, str_text(&path));
	if (status && status != -ENOTSUP)
		log_error("cannot close a copy: %s", strerror(-status));
}

static struct disabled *
find_content(const struct disable *disable, uint32_t account, const struct content *content)
{
	for (size_t i = 0; i < disable->list.count; i++)
		if (disable->list.items[i]->account == account &&
		    disable_is_content(disable->list.items[i], content))
			return disable->list.items[i];
	return NULL;
}

/* A file that may be a copy, or one of ours under another name. */
uint64_t
disable_meet_file(void *context, uint32_t account, int file)
{
	struct disable *disable = context;
	struct content content = {0};
	struct handle handle;
	struct stat facts;
	auto_str path = {0};
	auto_fd int fd = beneath_reopen(file, O_RDONLY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &facts) || handle_of(fd, &handle))
		return 0;
	struct disabled *disabled = disabled_find_file(&disable->list, account, &handle);
	if (disabled) {
		struct disabled_file *held = disable_find_file(disabled, &handle);
		if (!leads_to(disable, disabled, held->path, fd) &&
		    !script_path(disable->tools, fd, &path))
			note_place(disable, disabled, held, str_text(&path));
		return 0;
	}
	const struct account *owner = accounts_find_id(disable->tools->accounts, account);
	if (!owner || !guard_owns(disable->tools->accounts, owner, facts.st_uid) ||
	    script_read(fd, &content))
		return 0;
	disabled = find_content(disable, account, &content);
	uint64_t read = content.bytes.length;
	str_done(&content.bytes);
	if (disabled)
		hold_copy(disable, disabled, fd);
	return read;
}

static void
begin_walk(struct disable *disable, int64_t now)
{
	struct disabled *disabled =
	    disable->list.items[disable->next_walk++ % disable->list.count];
	auto_fd int home = script_open_home(disable->tools, disabled->home);
	if (disable_holder(disable, disabled) && home >= 0)
		copies_walk(disable->copies, disabled->account, home);
	if (disable->next_walk >= disable->list.count) {
		disable->next_walk = 0;
		disable->walked_at = now;
	}
}

int64_t
disable_tick(struct disable *disable, int64_t now)
{
	if (!disable->list.count)
		return INT64_MAX;
	if (!disable->tools->accounts)
		return now + LOOK_EVERY;
	if (now - disable->reviewed_at >= REVIEW_EVERY) {
		disable->reviewed_at = now;
		review(disable);
	}
	bool missed = copies_tick(disable->copies);
	if (missed)
		disable->walked_at = now - WALK_EVERY;
	if (!copies_walks(disable->copies) && now - disable->walked_at >= WALK_EVERY)
		begin_walk(disable, now);
	return now + LOOK_EVERY;
}
