/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is wanted of each account is on disk before a command runs; the command
 * runs in an errand, so nobody waits for it. All commands are such that to
 * repeat them does no harm: a panel that is asked to suspend whom it has
 * suspended says so, and the marker, not its exit status, tells what is so.
 *
 * SECURITY: the account's name is an argument by itself or a part of one, never
 * of a line that a shell reads, and only plain names are handed on. Markers are
 * files of the panel's, not of its customers.
 */
#include "actions/panel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "actions/guard.h"
#include "base/beneath.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/wire.h"
#include "model/config.h"

enum {
	FILE_VERSION = 1,
	LARGEST_FILE = 16 * 1024 * 1024,
	LARGEST_MARKER = 1024 * 1024,
	SMALLEST_ITEM = 30,
	LOOK_EVERY = 5000,
	LIMIT = 10 * 60 * 1000,
	LONGEST_SAYING = 300,
	MOST_AGAIN = 50, /* times a panel is contradicted before we only tell */
};

static const char file_name[] = "panels";

enum asked { ASKED_NOTHING, ASKED_SUSPEND, ASKED_RELEASE };

struct held {
	uint32_t account;
	uint32_t generation;
	char name[64]; /* of the account */
	char *panel;
	uint32_t verbs; /* that hold it, a bit each */
	bool was;	/* suspended before us */
	bool done;	/* we asked the panel to suspend it, or were about to */
	bool stands;	/* it was seen suspended */
	uint32_t again; /* how often it had to be suspended anew */
	/* Not on disk. */
	uint64_t errand;   /* 0: none runs */
	enum asked asking; /* what it does */
	enum asked ran;	   /* the command that ended well last */
	int status;	   /* of the last command, if it failed; else 0 */
	struct str said;   /* what it said, escaped */
};

struct panels {
	const struct tools *tools;
	struct errands *errands;
	size_t count;
	size_t capacity;
	struct held **items;
	int64_t looked_at;
};

static struct held *
find(const struct panels *panels, uint32_t account)
{
	for (size_t i = 0; i < panels->count; i++)
		if (panels->items[i]->account == account)
			return panels->items[i];
	return NULL;
}

static struct held *
add(struct panels *panels, uint32_t account, uint32_t generation)
{
	struct held *held = memory_new(1, sizeof(*held));
	held->account = account;
	held->generation = generation;
	memory_grow(&panels->items, panels->count, &panels->capacity, sizeof(*panels->items));
	panels->items[panels->count++] = held;
	return held;
}

static void
held_free(struct held *held)
{
	free(held->panel);
	str_done(&held->said);
	free(held);
}

static void
forget(struct panels *panels, struct held *held)
{
	for (size_t i = 0; i < panels->count; i++)
		if (panels->items[i] == held) {
			panels->items[i] = panels->items[--panels->count];
			held_free(held);
			return;
		}
}

/* The file. */

static int
save(const struct panels *panels)
{
	auto_str bytes = {0};
	wire_put_u32(&bytes, FILE_VERSION);
	wire_put_u32(&bytes, (uint32_t)panels->count);
	for (size_t i = 0; i < panels->count; i++) {
		const struct held *held = panels->items[i];
		wire_put_u32(&bytes, held->account);
		wire_put_u32(&bytes, held->generation);
		wire_put_text(&bytes, held->name);
		wire_put_text(&bytes, held->panel);
		wire_put_u32(&bytes, held->verbs);
		wire_put_u8(&bytes, held->was);
		wire_put_u8(&bytes, held->done);
		wire_put_u8(&bytes, held->stands);
		wire_put_u32(&bytes, held->again);
	}
	return file_replace(panels->tools->state, file_name, 0600, bytes.data, bytes.length);
}

static int
load(struct panels *panels)
{
	auto_str bytes = {0};
	auto_arena struct arena *arena = arena_new();
	int status = file_read(panels->tools->state, file_name, LARGEST_FILE, &bytes);
	if (status)
		return status == -ENOENT ? 0 : status;
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	bool known = wire_get_u32(&reader) == FILE_VERSION;
	uint32_t count = wire_get_count(&reader, SMALLEST_ITEM);
	for (uint32_t i = 0; i < count && known; i++) {
		uint32_t account = wire_get_u32(&reader);
		struct held *held = add(panels, account, wire_get_u32(&reader));
		wire_get_text_into(&reader, held->name, sizeof(held->name));
		held->panel = memory_copy_text(wire_get_text(&reader, arena, 4096));
		held->verbs = wire_get_u32(&reader);
		held->was = wire_get_u8(&reader) != 0;
		held->done = wire_get_u8(&reader) != 0;
		held->stands = wire_get_u8(&reader) != 0;
		held->again = wire_get_u32(&reader);
	}
	return known ? wire_end(&reader) : -EBADMSG;
}

struct panels *
panels_new(const struct tools *tools, struct errands *errands)
{
	struct panels *panels = memory_new(1, sizeof(*panels));
	panels->tools = tools;
	panels->errands = errands;
	int status = load(panels);
	if (status)
		log_error("cannot read what panels hold: %s", strerror(-status));
	return panels;
}

void
panels_free(struct panels *panels)
{
	if (!panels)
		return;
	for (size_t i = 0; i < panels->count; i++)
		held_free(panels->items[i]);
	free(panels->items);
	free(panels);
}

/* What is so. */

static bool
is_plain(const char *name)
{
	if (!*name || *name == '-' || *name == '.')
		return false;
	for (; *name; name++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-",
			*name))
			return false;
	return true;
}

/* The text with the account's name where it belongs. */
static void
fill_in(const char *text, const char *account, struct str *out)
{
	static const char mark[] = "{account}";
	for (const char *found; (found = strstr(text, mark)); text = found + strlen(mark)) {
		str_add_bytes(out, text, (size_t)(found - text));
		str_add(out, account);
	}
	str_add(out, text);
}

static bool
has_line(const char *text, const char *line)
{
	size_t length = strlen(line);
	for (const char *at = text; at && *at; at = strchr(at, '\n'), at += at != NULL)
		if (strncmp(at, line, length) == 0 &&
		    (at[length] == '\n' || at[length] == '\r' || at[length] == '\0'))
			return true;
	return false;
}

/* Whether a file of the panel's is there, and has the line. A customer's file says nothing. */
static bool
says(const struct tools *tools, const char *path, const char *line, const char *account)
{
	auto_str filled = {0}, text = {0};
	struct stat stat;
	fill_in(path, account, &filled);
	auto_fd int fd = beneath_follow(tools->root, str_text(&filled), O_RDONLY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &stat) || stat.st_mode & S_IWOTH)
		return false;
	if (!*line)
		return true;
	str_clear(&filled);
	fill_in(line, account, &filled);
	return !file_read_fd(fd, LARGEST_MARKER, &text) &&
	       has_line(str_text(&text), str_text(&filled));
}

static const struct config_panel *
owner_of(const struct tools *tools, const char *account)
{
	const struct config *config = tools->config;
	for (uint32_t i = 0; config && i < config->panel_count; i++)
		if (says(tools, config->panels[i].detect, "", account))
			return &config->panels[i];
	return NULL;
}

static const struct config_panel *
panel_of(const struct panels *panels, const struct held *held)
{
	const struct config *config = panels->tools->config;
	for (uint32_t i = 0; config && i < config->panel_count; i++)
		if (text_equal(config->panels[i].name, held->panel))
			return &config->panels[i];
	return NULL;
}

static bool
is_suspended(const struct panels *panels, const struct config_panel *panel, const char *account)
{
	return says(panels->tools, panel->marker, panel->marker_line, account);
}

/* Commands. */

static int
start(struct panels *panels, struct held *held, enum asked what)
{
	const struct config_panel *panel = panel_of(panels, held);
	const char *command = what == ASKED_SUSPEND ? panel->suspend : panel->unsuspend;
	const char *arguments[MOST_ARGUMENTS + 1] = {0};
	auto_arena struct arena *arena = arena_new();
	char *rest = arena_copy_text(arena, command);
	size_t count = 0;
	for (char *word; (word = strsep(&rest, " ")) && count < MOST_ARGUMENTS;) {
		auto_str filled = {0};
		if (!*word)
			continue;
		fill_in(word, held->name, &filled);
		arguments[count++] = arena_copy_text(arena, str_text(&filled));
	}
	struct errand_command order = {
	    .command = {.arguments = arguments, .who = COMMAND_ROOT}, .limit = LIMIT};
	int status = errands_command(panels->errands, &order, &held->errand);
	if (status)
		held->errand = 0;
	held->asking = what;
	held->ran = ASKED_NOTHING;
	return status == -EAGAIN ? 0 : status; /* too much to do: at the next call */
}

void
panels_hear(struct panels *panels, const struct errand_news *news)
{
	for (size_t i = 0; i < panels->count; i++) {
		struct held *held = panels->items[i];
		if (held->errand != news->errand)
			continue;
		held->errand = 0;
		held->status = news->status;
		held->ran = news->status ? ASKED_NOTHING : held->asking;
		str_clear(&held->said);
		escape_text(&held->said, news->output);
		str_cut(&held->said, LONGEST_SAYING);
		log_info("panel %s: its command for '%s' ended with %d: %.300s", held->panel,
		    held->name, news->status, news->output);
		return;
	}
}

/* The failure of the last command, once; a later call begins anew. */
static int
tell_failure(struct held *held, struct str *text)
{
	int status = held->status;
	str_addf(text, "panel %s: its command failed", held->panel);
	if (status > 0)
		str_addf(text, " with exit status %d", status);
	else
		str_addf(text, ": %s", strerror(-status));
	if (held->said.length)
		str_addf(text, " (%s)", str_text(&held->said));
	held->status = 0;
	return status > 0 ? -EIO : status;
}

/* A new record, with what was before; nothing is done yet. */
static int
begin(
    struct panels *panels, const struct order *order, struct held **ret_held, struct str *text)
{
	const struct account *account = order->account;
	const struct config_panel *panel = owner_of(panels->tools, account->name);
	if (!panel)
		return -ENOENT;
	if (!is_plain(account->name) || strlen(account->name) >= sizeof((*ret_held)->name)) {
		str_add(text, "the account's name is none that a panel's command can be given");
		return -EINVAL;
	}
	struct held *held = add(panels, account->id, account->generation);
	memcpy(held->name, account->name, strlen(account->name) + 1);
	held->panel = memory_copy_text(panel->name);
	held->was = *panel->marker && is_suspended(panels, panel, held->name);
	*ret_held = held;
	return 0;
}

static void
tell_held(const struct held *held, const struct config_panel *panel, struct str *text)
{
	str_addf(text,
	    held->was ? "panel %s: already so, suspended before"
		      : "panel %s: suspended by its own command",
	    held->panel);
	if (!panel || !*panel->marker)
		str_add(text, ", and whether it stays so cannot be seen");
	if (held->again)
		str_addf(
		    text, ", %u times anew because the panel had released it", held->again);
}

/* The command ended well, and yet the panel says that nothing changed. */
static int
tell_contradiction(struct held *held, struct str *text)
{
	held->ran = ASKED_NOTHING;
	str_addf(
	    text, "panel %s: its command ended well, but nothing changed by it", held->panel);
	return -EIO;
}

static int
ask(struct panels *panels, struct held *held, enum asked what)
{
	int status = save(panels);
	status = status ? status : start(panels, held, what);
	return status ? status : -EINPROGRESS;
}

static int
note_verb(struct panels *panels, struct held *held, enum verb verb)
{
	if (held->verbs & 1u << verb)
		return 0;
	held->verbs |= 1u << verb;
	return save(panels);
}

int
panels_hold(struct panels *panels, const struct order *order, struct str *text)
{
	struct held *held = find(panels, order->account->id);
	int status = held ? 0 : begin(panels, order, &held, text);
	if (status)
		return status;
	if (held->generation != order->account->generation) {
		str_add(
		    text, "a panel still holds the login's former holder: release that first");
		return -ESTALE;
	}
	status = note_verb(panels, held, order->action->verb);
	if (status || held->errand)
		return status ? status : -EINPROGRESS;
	const struct config_panel *panel = panel_of(panels, held);
	if (!panel) {
		str_addf(text, "panel %s is not in the configuration any more", held->panel);
		return -ENOTSUP;
	}
	if (*panel->marker ? is_suspended(panels, panel, held->name)
			   : held->ran == ASKED_SUSPEND) {
		tell_held(held, panel, text);
		held->stands = true;
		return save(panels);
	}
	if (held->status)
		return tell_failure(held, text);
	if (held->ran == ASKED_SUSPEND)
		return tell_contradiction(held, text);
	held->done = true; /* noted before it is */
	return ask(panels, held, ASKED_SUSPEND);
}

static int
let_go(struct panels *panels, struct held *held, const char *words, struct str *text)
{
	str_addf(text, "panel %s: %s", held->panel, words);
	forget(panels, held);
	return save(panels);
}

int
panels_release(struct panels *panels, const struct action *action, struct str *text)
{
	struct held *held = find(panels, action->subject.account);
	if (!held || held->generation != action->subject.generation)
		return -ENOENT;
	held->verbs &= ~(1u << action->verb);
	if (held->errand)
		return -EINPROGRESS;
	if (held->verbs) {
		str_addf(text, "panel %s: stays suspended for another hold", held->panel);
		return save(panels);
	}
	const struct config_panel *panel = panel_of(panels, held);
	if (held->was)
		return let_go(panels, held, "was suspended before us, and stays so", text);
	if (!held->done)
		return let_go(panels, held, "not suspended by us, left as it is", text);
	if (!panel)
		return let_go(panels, held,
		    "not in the configuration any more, what it suspended is left as it is",
		    text);
	if (held->ran == ASKED_RELEASE &&
	    (!*panel->marker || !is_suspended(panels, panel, held->name)))
		return let_go(panels, held, "released by its own command", text);
	if (*panel->marker && !is_suspended(panels, panel, held->name))
		return let_go(panels, held, "already so, it released it by itself", text);
	if (held->status)
		return tell_failure(held, text);
	/* Staff may have suspended it meanwhile, which a second command would lift. */
	if (held->ran == ASKED_RELEASE)
		return let_go(panels, held,
		    "its release command ended well, and yet it says suspended: by others, or "
		    "not yet done; left as it is",
		    text);
	return ask(panels, held, ASKED_RELEASE);
}

void
panels_describe(const struct panels *panels, const struct action *action, struct str *text)
{
	const struct held *held = find(panels, action->subject.account);
	if (!held || held->generation != action->subject.generation || !held->verbs)
		return;
	tell_held(held, panel_of(panels, held), text);
	str_add_char(text, '\n');
}

/* What the panel released behind our back. */
static void
look(struct panels *panels, struct held *held)
{
	const struct config_panel *panel = panel_of(panels, held);
	if (!held->verbs || !held->stands || held->errand || !panel || !*panel->marker ||
	    held->again >= MOST_AGAIN || is_suspended(panels, panel, held->name))
		return;
	if (!guard_holder(panels->tools->accounts, held->account, held->generation))
		return; /* nobody's login any more, or another's */
	/* Whoever had it suspended before us has changed his mind: it is ours alone now. */
	held->was = false;
	held->done = true;
	held->again++;
	log_warning(
	    "panel %s released '%s' while it is held here: suspended again, for the %u. "
	    "time%s",
	    held->panel, held->name, held->again,
	    held->again == MOST_AGAIN ? ", and not again" : "");
	int status = save(panels);
	status = status ? status : start(panels, held, ASKED_SUSPEND);
	if (status)
		log_error("panel %s: cannot suspend '%s' again: %s", held->panel, held->name,
		    strerror(-status));
}

int64_t
panels_tick(struct panels *panels, int64_t now)
{
	if (!panels->count)
		return INT64_MAX;
	if (now >= panels->looked_at + LOOK_EVERY) {
		for (size_t i = 0; i < panels->count; i++)
			look(panels, panels->items[i]);
		panels->looked_at = now;
	}
	return panels->looked_at + LOOK_EVERY;
}
