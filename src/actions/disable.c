/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SECURITY: the owner works against us meanwhile: renames, links, rewrites,
 * swaps folders. So a path is followed once, beneath the home, through no link;
 * what was found proves itself by its own facts; all else is done through that
 * descriptor. Then the path is followed again, for a copy may have been moved
 * there: until it leads to something that is pinned or says something else.
 */
#include "actions/disable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/copies.h"
#include "actions/disabled.h"
#include "actions/guard.h"
#include "actions/reading.h"
#include "actions/script.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/memory.h"

enum {
	LOOK_EVERY = 500,    /* ms: what a copy in a watched folder may live */
	REVIEW_EVERY = 5000, /* whether all is still pinned */
	WALK_EVERY = 60000,
	MOST_CHASES = 16,    /* files moved to the path while it is disabled */
	CLOCK_DOUBT = 60000, /* the wall clock may be set back by so much */
};

struct disable {
	const struct tools *tools;
	struct front *front;
	struct copies *copies;
	struct disabled_list list;
	size_t next_walk; /* index in the list */
	int64_t walked_at;
	int64_t reviewed_at;
};

static bool wants_file(
    void *context, uint32_t account, const struct stat *facts, bool told);
static uint64_t meet_file(void *context, uint32_t account, int file);

static int
save(const struct disable *disable)
{
	return disabled_save(&disable->list, disable->tools->state);
}

/* ---- files of a record ---- */

static struct disabled_file *
find_file(struct disabled *disabled, const struct handle *handle)
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
	if (status || find_file(disabled, &handle))
		return status;
	if (disabled->file_count >= MOST_FILES)
		return -ENOSPC;
	status = pin_look(fd, &was);
	if (status)
		return status;
	struct disabled_file *file = disabled_add_file(disabled, &handle, path);
	file->was = was;
	file->is_copy = disabled->file_count > 1;
	status = save(disable);
	if (status) {
		free(file->path);
		disabled->file_count--;
		return status;
	}
	crash_point(CRASH_DISABLE_NOTED);
	return 0;
}

/* By its home, or by any folder above it, if that is gone: it is the file system that counts. */
static int
open_by_handle(const struct disable *disable, const char *home, const struct handle *handle)
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

static void
watch_parent(struct disable *disable, const struct disabled *disabled, const char *path)
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
	auto_fd int opened =
	    parent < 0 ? -1 : beneath_reopen(parent, O_RDONLY | O_DIRECTORY);
	if (opened >= 0)
		copies_watch(disable->copies, disabled->account, opened);
}

/* ---- apply ---- */

/* Notes it, pins it, and reads what it says by then: it cannot be rewritten any more. */
static int
pin_file(struct disable *disable, struct disabled *disabled, int fd, const char *path,
    struct content *ret_content)
{
	int status = note_file(disable, disabled, fd, path);
	status = status ? status : pin_set(fd);
	if (status)
		return status;
	crash_point(CRASH_DISABLE_PINNED);
	watch_parent(disable, disabled, path);
	return script_read(fd, ret_content);
}

static struct disabled *
new_record(struct disable *disable, const struct order *order)
{
	const struct account *account = order->account;
	struct disabled *disabled = disabled_add(&disable->list);
	disabled->account = account->id;
	disabled->generation = account->generation;
	disabled->front = order->action->id;
	disabled->since = clock_wall();
	disabled->name = memory_copy_text(account->name);
	disabled->home = memory_copy_text(account->home);
	return disabled;
}

static void
write_reading(
    const struct disable *disable, struct disabled *disabled, const struct content *content)
{
	auto_fd int home = script_open_home(disable->tools, disabled->home);
	const struct account *account = guard_holder(
	    disable->tools->accounts, disabled->account, disabled->generation);
	if (home < 0 || !account || disabled->reading || !disabled->file_count)
		return;
	struct reading reading = {
	    home, account->uids[0].first, disabled->front, disabled->files[0].path};
	int status = reading_write(&reading, &content->bytes, &disabled->reading);
	if (status)
		log_warning("account '%s' gets no copy to read of what is disabled: %s",
		    account->name, strerror(-status));
}

static bool
same_content(const struct disabled *disabled, const struct content *content)
{
	return disabled->size == content->size &&
	       text_equal(disabled->digest.text, content->digest.text);
}

/*
 * The file that the path leads to now, if it says the same and is not pinned.
 * false: there is none, so nobody can execute the script by this path.
 */
static bool
is_back(struct disable *disable, const struct disabled *disabled, const char *path,
    int *ret_file)
{
	struct content content = {0};
	struct stat facts;
	auto_str why = {0};
	const struct account *account = guard_holder(
	    disable->tools->accounts, disabled->account, disabled->generation);
	auto_fd int home = script_open_home(disable->tools, disabled->home);
	auto_fd int found =
	    home < 0 ? -1 : script_find(disable->tools, home, disabled->home, path);
	if (!account || found < 0 || fstat(found, &facts) || !S_ISREG(facts.st_mode) ||
	    !guard_owns(disable->tools->accounts, account, facts.st_uid))
		return false;
	auto_fd int fd = script_read_open(found);
	if (fd < 0 || pin_holds(fd) || script_read(fd, &content))
		return false;
	bool same = same_content(disabled, &content);
	str_done(&content.bytes);
	if (same)
		*ret_file = take_fd(fd);
	return same;
}

/* Whoever was moved to the path meanwhile with the same content is disabled with it. */
static int
chase(struct disable *disable, struct disabled *disabled, const char *path)
{
	for (int i = 0; i < MOST_CHASES; i++) {
		struct content content = {0};
		auto_fd int fd = -1;
		if (!is_back(disable, disabled, path, &fd))
			return 0;
		int status = pin_file(disable, disabled, fd, path, &content);
		str_done(&content.bytes);
		if (status)
			return status;
		disabled->copies++;
	}
	return -EAGAIN;
}

static void
say_disabled(
    const struct disabled *disabled, const char *path, const struct str *front, struct str *text)
{
	str_add(text, "'");
	escape_text(text, path);
	str_add(text, "' is disabled: it cannot be opened or run by anybody but root");
	if (disabled->copies)
		str_addf(text, ", nor can %u copies", disabled->copies);
	if (front->length)
		str_addf(text, "; %s", str_text(front));
	if (disabled->reading) {
		str_add(text, "; its owner can read it in '~/");
		reading_name(disabled->front, text);
		str_add(text, "'");
	}
}

static int
close_other_name(struct disable *disable, const struct order *order, uint64_t front)
{
	int status = front_close_later(
	    disable->front, front, order->account, order->action->path);
	return status == -ENOTSUP ? 0 : status;
}

/* Everything about a file that passed all checks. */
static int
take_hold(struct disable *disable, const struct order *order, int fd,
    struct disabled *disabled, struct str *text)
{
	const char *path = order->action->path;
	struct content content = {0};
	auto_str front = {0}, real = {0};
	/* The web server knows a file by the path that its own configuration leads to. */
	const char *known = script_path(disable->tools, fd, &real) ? path : str_text(&real);
	int status = pin_file(disable, disabled, fd, known, &content);
	if (!status && !same_content(disabled, &content)) {
		disabled->size = content.size;
		disabled->digest = content.digest;
	}
	if (!status)
		write_reading(disable, disabled, &content);
	str_done(&content.bytes);
	status = status ? status : save(disable);
	status = status ? status : chase(disable, disabled, path);
	if (!status && front_is_here(disable->front))
		status = front_close_script(
		    disable->front, disabled->front, order->account, known, &front);
	/* Where homes lie behind a link the web server may go the one way or the other. */
	if (!status && !text_equal(known, path))
		status = close_other_name(disable, order, disabled->front);
	if (!status)
		say_disabled(disabled, path, &front, text);
	else if (front.length)
		str_addf(text, "the file is disabled, but: %s", str_text(&front));
	return status;
}

static int
find_script(const struct disable *disable, const struct order *order, struct str *text)
{
	const struct tools *tools = disable->tools;
	const struct account *account = order->account;
	struct stat facts;
	auto_fd int home = script_open_home(tools, account->home);
	if (home < 0) {
		str_addf(text, "the home cannot be opened: %s", strerror(-home));
		return home;
	}
	auto_fd int found = script_find(tools, home, account->home, order->action->path);
	if (found < 0) {
		str_add(text, found == -EXDEV  ? "it does not lie in the account's home"
			      : found == -ELOOP ? "a link lies on the way to it"
						: strerror(-found));
		return found;
	}
	if (fstat(found, &facts))
		return -errno;
	int status = script_check(tools, account, &facts, text);
	return status ? status : script_read_open(found);
}

static int
check_order(const struct action *action, struct str *text)
{
	if (action->subject.kind != KIND_SCRIPT && action->subject.kind != KIND_FILE)
		str_addf(text, "disabling a %s is not available in this release",
		    kind_name(action->subject.kind));
	else if (action->path[0] != '/')
		str_add(text, "it was not measured as a file that has a path");
	return text->length ? -ENOTSUP : 0;
}

/* The record to be: the action's own, one that holds this very file, or a new one. */
static int
claim(struct disable *disable, const struct order *order, int fd, struct disabled **ret_record)
{
	struct handle handle;
	uint64_t action = order->action->id;
	int status = handle_of(fd, &handle);
	struct disabled *disabled = disabled_find(&disable->list, action);
	if (!disabled && !status)
		disabled = disabled_find_file(&disable->list, order->account->id, &handle);
	if (status || (!disabled && disable->list.count >= MOST_DISABLED))
		return status ? status : -ENOSPC;
	if (!disabled)
		disabled = new_record(disable, order);
	if (disabled->generation != order->account->generation)
		return -ESTALE;
	if (!disabled_claims(disabled, action)) {
		if (disabled->claim_count == MOST_CLAIMS)
			return -ENOSPC;
		disabled->claims[disabled->claim_count++] = action;
	}
	*ret_record = disabled;
	return 0;
}

/* A record without a file is one that came to nothing. */
static void
drop_if_empty(struct disable *disable, struct disabled *disabled)
{
	if (disabled && !disabled->file_count)
		disabled_remove(&disable->list, disabled);
}

static void
say_failure(const struct action *action, int status, struct str *text)
{
	auto_str why = {0};
	str_add(&why, text->length	      ? str_text(text)
		      : status == -EOPNOTSUPP ? "its file system cannot make a file immutable"
		      : status == -EAGAIN     ? "it is changed faster than it can be held"
					      : strerror(-status));
	str_clear(text);
	str_add(text, "cannot disable '");
	escape_text(text, action->path);
	str_addf(text, "': %s", str_text(&why));
}

int
disable_apply(struct disable *disable, const struct order *order, struct str *text)
{
	struct disabled *disabled = NULL;
	int status = check_order(order->action, text);
	if (status)
		return status;
	/* Repeated: the file is where its handle says, wherever its name is by now. */
	struct disabled *known = disabled_find(&disable->list, order->action->id);
	auto_fd int fd = known && known->file_count
			     ? open_by_handle(disable, known->home, &known->files[0].handle)
			     : find_script(disable, order, text);
	if (fd == -ESTALE)
		fd = find_script(disable, order, text);
	status = fd < 0 ? fd : claim(disable, order, fd, &disabled);
	status = status ? status : take_hold(disable, order, fd, disabled, text);
	drop_if_empty(disable, disabled);
	if (status)
		say_failure(order->action, status, text);
	return status;
}

/* ---- release ---- */

static void
say_file(const struct disabled_file *file, struct str *text)
{
	if (text->length)
		str_add(text, "; ");
	str_add(text, "'");
	escape_text(text, file->path);
	str_add(text, "': ");
}

static int
release_file(
    struct disable *disable, const struct disabled *disabled, struct disabled_file *file,
    struct str *text)
{
	auto_str items = {0};
	auto_fd int fd = open_by_handle(disable, disabled->home, &file->handle);
	say_file(file, text);
	if (fd == -ESTALE) {
		str_add(text, "it is gone");
		return 0;
	}
	int status = fd < 0 ? fd : pin_undo(fd, &file->was, &items);
	str_add(text, str_text(&items));
	if (status)
		str_addf(text, "%sthe rest cannot be undone: %s", items.length ? ", " : "",
		    strerror(-status));
	return status;
}

static void
release_reading(const struct disable *disable, const struct disabled *disabled, struct str *text)
{
	auto_fd int home = script_open_home(disable->tools, disabled->home);
	if (!disabled->reading)
		return;
	int status =
	    home < 0 ? home : reading_remove(home, disabled->front, disabled->reading);
	str_addf(text, "; copy to read: %s", status ? "its owner removed it" : "removed");
}

static int
release_all(struct disable *disable, struct disabled *disabled, struct str *text)
{
	int worst = 0;
	crash_point(CRASH_ENABLE_BEGUN);
	for (size_t i = 0; i < disabled->file_count; i++) {
		int status = release_file(disable, disabled, &disabled->files[i], text);
		worst = status ? status : worst;
	}
	crash_point(CRASH_ENABLE_OPENED);
	int status = front_open(disable->front, disabled->front, text);
	if (worst)
		return worst;
	release_reading(disable, disabled, text);
	uint32_t account = disabled->account;
	disabled_remove(&disable->list, disabled);
	copies_forget(disable->copies, account);
	for (size_t i = 0; i < disable->list.count; i++)
		for (size_t j = 0; disable->list.items[i]->account == account &&
				   j < disable->list.items[i]->file_count;
		     j++)
			watch_parent(disable, disable->list.items[i],
			    disable->list.items[i]->files[j].path);
	worst = save(disable);
	return worst ? worst : status;
}

static void
withdraw(struct disabled *disabled, uint64_t action)
{
	for (uint32_t i = 0; i < disabled->claim_count; i++)
		if (disabled->claims[i] == action)
			disabled->claims[i--] = disabled->claims[--disabled->claim_count];
}

int
disable_release(struct disable *disable, const struct action *action, struct str *text)
{
	struct disabled *disabled = disabled_find(&disable->list, action->id);
	if (!disabled) {
		str_add(text, "already so: nothing is disabled by this action");
		return 0;
	}
	if (disabled->claim_count == 1)
		return release_all(disable, disabled, text);
	withdraw(disabled, action->id);
	str_addf(text, "it stays disabled: %u other actions hold it", disabled->claim_count);
	return save(disable);
}

/* ---- describe ---- */

static void
describe_file(const struct disable *disable, const struct disabled *disabled,
    const struct disabled_file *file, struct str *text)
{
	auto_fd int fd = open_by_handle(disable, disabled->home, &file->handle);
	say_file(file, text);
	if (file->is_copy)
		str_add(text, "a copy, ");
	str_add(text, fd == -ESTALE    ? "gone"
		      : fd < 0	       ? strerror(-fd)
		      : pin_holds(fd)  ? "no mode, group root, immutable"
				       : "not as it should be, mended at the next look");
}

int
disable_describe(struct disable *disable, const struct action *action, struct str *text)
{
	const struct disabled *disabled = disabled_find(&disable->list, action->id);
	if (!disabled) {
		str_add(text, "nothing is disabled by this action");
		return 0;
	}
	for (size_t i = 0; i < disabled->file_count; i++)
		describe_file(disable, disabled, &disabled->files[i], text);
	str_addf(text, "; turned up again %u times, renamed %u times; held by %u actions",
	    disabled->copies, disabled->renames, disabled->claim_count);
	return 0;
}

/* ---- meanwhile ---- */

static const struct account *
holder_of(const struct disable *disable, const struct disabled *disabled)
{
	return guard_holder(disable->tools->accounts, disabled->account, disabled->generation);
}

static void
note_place(struct disable *disable, struct disabled *disabled, struct disabled_file *file,
    const char *path)
{
	const struct account *account = holder_of(disable, disabled);
	if (!account || text_equal(file->path, path))
		return;
	free(file->path);
	file->path = memory_copy_text(path);
	disabled->renames++;
	watch_parent(disable, disabled, path);
	int status = save(disable);
	if (!status)
		status = front_close_later(disable->front, disabled->front, account, path);
	if (status && status != -ENOTSUP)
		log_error("cannot close what account '%s' renamed: %s", account->name,
		    strerror(-status));
}

/* Whether the path still leads to this very file. */
static bool
leads_to(const struct disable *disable, const struct disabled *disabled, const char *path,
    int file)
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
	auto_fd int fd = open_by_handle(disable, disabled->home, &file->handle);
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

static void
review(struct disable *disable)
{
	for (size_t i = 0; i < disable->list.count; i++) {
		struct disabled *disabled = disable->list.items[i];
		for (size_t j = 0; holder_of(disable, disabled) && j < disabled->file_count; j++)
			if (!disabled->files[j].gone)
				review_file(disable, disabled, &disabled->files[j]);
	}
}

/*
 * Of the right size and an account's own. What has not changed since the script
 * was disabled did nothing wrong, so far: another installation of the same
 * program is measured by itself. The time of change is the kernel's word.
 */
static bool
wants_file(void *context, uint32_t account, const struct stat *facts, bool told)
{
	const struct disable *disable = context;
	int64_t changed =
	    (int64_t)facts->st_ctim.tv_sec * 1000 + facts->st_ctim.tv_nsec / 1000000;
	for (size_t i = 0; i < disable->list.count; i++) {
		const struct disabled *disabled = disable->list.items[i];
		if (disabled->account == account && disabled->size == (uint64_t)facts->st_size &&
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
	const struct account *account = holder_of(disable, disabled);
	if (!account || script_path(disable->tools, fd, &path))
		return;
	int status = pin_file(disable, disabled, fd, str_text(&path), &content);
	str_done(&content.bytes);
	if (status) {
		log_error("cannot disable a copy of what is disabled of account '%s': %s",
		    account->name, strerror(-status));
		return;
	}
	disabled->copies++;
	log_warning("account '%s' copied what is disabled: copy %u is disabled too",
	    account->name, disabled->copies);
	status = save(disable);
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
		    same_content(disable->list.items[i], content))
			return disable->list.items[i];
	return NULL;
}

/* A file that may be a copy, or one of ours under another name. */
static uint64_t
meet_file(void *context, uint32_t account, int file)
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
		struct disabled_file *held = find_file(disabled, &handle);
		if (!leads_to(disable, disabled, held->path, fd) &&
		    !script_path(disable->tools, fd, &path))
			note_place(disable, disabled, held, str_text(&path));
		return 0;
	}
	const struct account *owner =
	    accounts_find_id(disable->tools->accounts, account);
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
	if (holder_of(disable, disabled) && home >= 0)
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

/* ---- begin and end ---- */

struct disable *
disable_new(const struct tools *tools, struct front *front)
{
	struct disable *disable = memory_new(1, sizeof(*disable));
	struct copies_eyes eyes = {wants_file, meet_file, disable};
	disable->tools = tools;
	disable->front = front;
	disable->copies = copies_new(&eyes);
	int status = disabled_load(tools->state, &disable->list);
	if (status)
		log_error("cannot read what is disabled: %s; such files stay as they are",
		    strerror(-status));
	for (size_t i = 0; i < disable->list.count; i++)
		for (size_t j = 0; j < disable->list.items[i]->file_count; j++)
			watch_parent(disable, disable->list.items[i],
			    disable->list.items[i]->files[j].path);
	return disable;
}

void
disable_free(struct disable *disable)
{
	if (!disable)
		return;
	copies_free(disable->copies);
	disabled_done(&disable->list);
	free(disable);
}
