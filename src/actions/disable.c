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
#include <time.h>
#include <unistd.h>

#include "actions/disable_internal.h"
#include "actions/guard.h"
#include "actions/reading.h"
#include "base/beneath.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/escape.h"
#include "base/log.h"
#include "base/memory.h"

enum {
	MOST_CHASES = 16, /* files moved to the path while it is disabled */
	MOST_LOOKS = 200,
	LOOK_AGAIN = 100, /* microseconds */
};

/* ---- apply ---- */

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
	disabled->asked = memory_copy_text(order->action->path);
	return disabled;
}

static void
write_reading(
    const struct disable *disable, struct disabled *disabled, const struct content *content)
{
	auto_fd int home = script_open_home(disable->tools, disabled->home);
	const struct account *account =
	    guard_holder(disable->tools->accounts, disabled->account, disabled->generation);
	if (home < 0 || !account || disabled->reading || !disabled->file_count)
		return;
	struct reading reading = {
	    home, account->uids[0].first, disabled->front, disabled->files[0].path};
	int status = reading_write(&reading, &content->bytes, &disabled->reading);
	if (status)
		log_warning("account '%s' gets no copy to read of what is disabled: %s",
		    account->name, strerror(-status));
}

static void
pause_shortly(void)
{
	struct timespec wait = {0, LOOK_AGAIN * 1000L};
	nanosleep(&wait, NULL);
}

/*
 * Until the path leads to a file that is held: whatever of the account was moved
 * there meanwhile is held with the first. If it leads nowhere for long enough,
 * the script was renamed, and is held where it is.
 */
static int
chase(struct disable *disable, struct disabled *disabled, int first)
{
	int held = 0;
	for (int i = 0; i < MOST_LOOKS && held < MOST_CHASES; i++) {
		int found = disable_follow(disable, disabled, first);
		if (found < 0 || found == AT_PATH_HELD)
			return found < 0 ? found : 0;
		held += found == AT_PATH_LOOSE;
		if (found == AT_PATH_NOTHING)
			pause_shortly();
	}
	return held == MOST_CHASES ? -EAGAIN : 0;
}

/* A file that lost its name before it was pinned is gone with the last descriptor. */
static int
drop_unnamed(struct disabled *disabled, int first)
{
	if (disabled->file_count != 1 || !disable_has_no_name(first))
		return 0;
	free(disabled->files[0].path);
	disabled->file_count = 0;
	return -ENOENT;
}

static void
say_disabled(const struct disabled *disabled, const char *path, const struct str *front,
    struct str *text)
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
	int status =
	    front_close_later(disable->front, front, order->account, order->action->path);
	return status == -ENOTSUP ? 0 : status;
}

/* Everything about a file that passed all checks. */
static int
take_hold(struct disable *disable, const struct order *order, int fd, struct disabled *disabled,
    struct str *text)
{
	const char *path = order->action->path;
	struct content content = {0};
	auto_str front = {0}, real = {0};
	/* The web server knows a file by the path that its own configuration leads to. */
	const char *known = script_path(disable->tools, fd, &real) ? path : str_text(&real);
	int status = disable_pin(disable, disabled, fd, known, &content);
	if (!status) {
		disabled->size = content.size;
		disabled->digest = content.digest;
	}
	if (!status && !disable_has_no_name(fd))
		write_reading(disable, disabled, &content);
	str_done(&content.bytes);
	status = status ? status : chase(disable, disabled, fd);
	status = status ? status : drop_unnamed(disabled, fd);
	status = status ? status : disable_save(disable);
	if (!status && front_closes_scripts(disable->front))
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
		str_add(text, found == -EXDEV	? "it does not lie in the account's home"
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
			     ? disable_open(disable, known->home, &known->files[0].handle)
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
release_file(struct disable *disable, const struct disabled *disabled,
    struct disabled_file *file, struct str *text)
{
	auto_str items = {0};
	auto_fd int fd = disable_open(disable, disabled->home, &file->handle);
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
release_reading(
    const struct disable *disable, const struct disabled *disabled, struct str *text)
{
	auto_fd int home = script_open_home(disable->tools, disabled->home);
	if (!disabled->reading)
		return;
	int status = home < 0 ? home : reading_remove(home, disabled->front, disabled->reading);
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
			disable_watch_parent(disable, disable->list.items[i],
			    disable->list.items[i]->files[j].path);
	worst = disable_save(disable);
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
	return disable_save(disable);
}

/* ---- describe ---- */

static void
describe_file(const struct disable *disable, const struct disabled *disabled,
    const struct disabled_file *file, struct str *text)
{
	auto_fd int fd = disable_open(disable, disabled->home, &file->handle);
	say_file(file, text);
	if (file->is_copy)
		str_add(text, "a copy, ");
	str_add(text, fd == -ESTALE   ? "gone"
		      : fd < 0	      ? strerror(-fd)
		      : pin_holds(fd) ? "no mode, group root, immutable"
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

/* ---- begin and end ---- */

struct disable *
disable_new(const struct tools *tools, struct front *front)
{
	struct disable *disable = memory_new(1, sizeof(*disable));
	struct copies_eyes eyes = {disable_wants_file, disable_meet_file, disable};
	disable->tools = tools;
	disable->front = front;
	disable->copies = copies_new(&eyes);
	int status = disabled_load(tools->state, &disable->list);
	if (status)
		log_error("cannot read what is disabled: %s; such files stay as they are",
		    strerror(-status));
	for (size_t i = 0; i < disable->list.count; i++)
		for (size_t j = 0; j < disable->list.items[i]->file_count; j++)
			disable_watch_parent(disable, disable->list.items[i],
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
