/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/closed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/wire.h"

enum {
	FILE_VERSION = 1,
	LARGEST_FILE = 64 * 1024 * 1024,
	LONGEST_TEXT = 4096,
	SMALLEST_ITEM = 21,
};

static const char file_name[] = "front";

/* ---- as it is kept ---- */

static void
encode_item(const struct closed *closed, struct str *out)
{
	wire_put_u64(out, closed->action);
	wire_put_u8(out, closed->is_account);
	wire_put_text(out, closed->path);
	wire_put_text(out, closed->name);
	wire_put_u32(out, closed->domain_count);
	for (uint32_t i = 0; i < closed->domain_count; i++)
		wire_put_text(out, closed->domains[i]);
}

int
closed_save(const struct closed_list *list, int folder)
{
	auto_str bytes = {0};
	wire_put_u32(&bytes, FILE_VERSION);
	wire_put_u32(&bytes, (uint32_t)list->count);
	for (size_t i = 0; i < list->count; i++)
		encode_item(&list->items[i], &bytes);
	return file_replace(folder, file_name, 0600, bytes.data, bytes.length);
}

static char *
decode_text(struct wire_reader *reader, struct arena *arena)
{
	return memory_copy_text(wire_get_text(reader, arena, LONGEST_TEXT));
}

static struct closed
decode_item(struct wire_reader *reader, struct arena *arena)
{
	struct closed closed = {.action = wire_get_u64(reader)};
	closed.is_account = wire_get_u8(reader) != 0;
	closed.path = decode_text(reader, arena);
	closed.name = decode_text(reader, arena);
	closed.domain_count = wire_get_below(reader, MOST_DOMAINS + 1);
	closed.domains = memory_new(closed.domain_count + 1, sizeof(*closed.domains));
	for (uint32_t i = 0; i < closed.domain_count; i++)
		closed.domains[i] = decode_text(reader, arena);
	return closed;
}

static void
append(struct closed_list *list, struct closed closed)
{
	memory_grow(&list->items, list->count, &list->capacity, sizeof(*list->items));
	list->items[list->count++] = closed;
}

int
closed_load(int folder, struct closed_list *ret_list)
{
	auto_str bytes = {0};
	auto_arena struct arena *arena = arena_new();
	int status = file_read(folder, file_name, LARGEST_FILE, &bytes);
	*ret_list = (struct closed_list){0};
	if (status)
		return status == -ENOENT ? 0 : status;
	struct closed_list list = {0};
	struct wire_reader reader = wire_read(bytes.data, bytes.length);
	bool known = wire_get_u32(&reader) == FILE_VERSION;
	uint32_t count = wire_get_count(&reader, SMALLEST_ITEM);
	for (uint32_t i = 0; i < count && !reader.failed; i++)
		append(&list, decode_item(&reader, arena));
	status = known ? wire_end(&reader) : -EBADMSG;
	if (status)
		closed_done(&list);
	else
		*ret_list = list;
	return status;
}

static void
item_done(struct closed *closed)
{
	for (uint32_t i = 0; i < closed->domain_count; i++)
		free(closed->domains[i]);
	free(closed->domains);
	free(closed->path);
	free(closed->name);
}

void
closed_done(struct closed_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		item_done(&list->items[i]);
	free(list->items);
	*list = (struct closed_list){0};
}

static bool
is_there(const struct closed_list *list, const struct closed *wanted)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct closed *closed = &list->items[i];
		if (closed->action == wanted->action &&
		    closed->is_account == wanted->is_account &&
		    text_equal(closed->path, wanted->path))
			return true;
	}
	return false;
}

/*
 * A home such as "/" or "/home" holds others' files. Two names deep is where the homes of
 * customers begin; what else is wrong with one closes too little, not too much.
 */
static bool
home_is_one_own(const char *home)
{
	const char *second = *home == '/' ? strchr(home + 1, '/') : NULL;
	return second && second[1] && second[1] != '/' && home[1] != '/' &&
	       !strstr(home, "/..") && home[strlen(home) - 1] != '/';
}

int
closed_add(struct closed_list *list, uint64_t action, const struct account *account,
    const char *path, bool *ret_is_new)
{
	const char *home = home_is_one_own(account->home) ? account->home : "";
	struct closed closed = {.action = action, .is_account = !path};
	closed.path = memory_copy_text(path ? path : home);
	closed.name = memory_copy_text(account->name);
	if (!path)
		closed.domain_count =
		    account->domain_count < MOST_DOMAINS ? account->domain_count : MOST_DOMAINS;
	closed.domains = memory_new(closed.domain_count + 1, sizeof(*closed.domains));
	for (uint32_t i = 0; i < closed.domain_count; i++)
		closed.domains[i] = memory_copy_text(account->domains[i]);
	*ret_is_new = !is_there(list, &closed);
	int status = *ret_is_new && list->count >= MOST_CLOSED ? -ENOSPC : 0;
	if (*ret_is_new && !status)
		append(list, closed);
	else
		item_done(&closed);
	return status;
}

size_t
closed_remove(struct closed_list *list, uint64_t action)
{
	size_t kept = 0, count = list->count;
	for (size_t i = 0; i < count; i++)
		if (list->items[i].action == action)
			item_done(&list->items[i]);
		else
			list->items[kept++] = list->items[i];
	list->count = kept;
	return count - kept;
}

/* ---- as Apache reads it ---- */

/*
 * `<If>` is the last kind of section that is looked at, for the name that the
 * request leads to in the end, whatever was rewritten on the way; and what is
 * redirected there cannot be un-redirected by an .htaccess, which knows no such
 * word: at worst its owner sends visitors elsewhere.
 */

static const char head[] = "# Written by hayward, which writes it anew when it is changed.\n"
			   "# What is closed, and why, is told by: hayward cases\n";

static const char script_page[] =
    "<!DOCTYPE html><html lang='en'><meta charset='utf-8'><title>Temporarily unavailable"
    "</title><h1>Temporarily unavailable</h1><p>This part of the site is switched off for the "
    "moment. The rest of the site works. Please try again later.</p><p>If this is your site: "
    "the notice that was sent to you says why and what to do.</p></html>";

static const char account_page[] =
    "<!DOCTYPE html><html lang='en'><meta charset='utf-8'><title>Temporarily unavailable"
    "</title><h1>Temporarily unavailable</h1><p>This site is not available for the moment. "
    "Please try again later.</p><p>If this is your site: the notice that was sent to you says "
    "why and what to do.</p></html>";

/* ProxyPassMatch to a FastCGI server leaves its address before the file's name. */
static void
add_file_condition(struct str *out, const char *path)
{
	str_add(out, "%{REQUEST_FILENAME} =~ m#^(?:proxy:fcgi:\\x2f\\x2f[^\\x2f]*)?");
	escape_pattern(out, path);
	str_add(out, "(?:\\x2f|\\z)#");
}

static void
add_section(struct str *out, const char *condition, int status, const char *page)
{
	str_addf(out, "<If \"%s\">\n    Redirect %d \"/\"\n", condition, status);
	if (page)
		str_addf(out, "    ErrorDocument %d \"%s\"\n", status, page);
	str_add(out, "</If>\n");
}

static void
render_script(const struct closed *closed, struct str *out)
{
	auto_str condition = {0};
	add_file_condition(&condition, closed->path);
	add_section(out, str_text(&condition), 503, script_page);
}

static void
add_home_conditions(struct str *out, const char *home)
{
	add_file_condition(out, home);
	str_add(out, " || %{DOCUMENT_ROOT} =~ m#^");
	escape_pattern(out, home);
	str_add(out, "(?:\\x2f|\\z)# || ");
}

/*
 * Every request that leads to a file of the home, to a site whose root lies
 * there (also when it is handed on to a server of the account's own), to
 * /~name, or to a domain of the account. Only what proves a domain to who gives
 * certificates stays reachable, as plain files: TLS stays.
 */
static void
render_account(const struct closed *closed, struct str *out)
{
	auto_str condition = {0};
	str_add(&condition, "! ( %{REQUEST_URI} =~ m#^/\\.well-known/acme-challenge/"
			    "[A-Za-z0-9_-]+\\z# && -f %{REQUEST_FILENAME} ) && ( ");
	if (*closed->path)
		add_home_conditions(&condition, closed->path);
	str_add(&condition, "%{REQUEST_URI} =~ m#^/~");
	escape_pattern(&condition, closed->name);
	str_add(&condition, "(?:/|\\z)#");
	for (uint32_t i = 0; i < closed->domain_count; i++) {
		str_add(&condition, " || %{HTTP_HOST} =~ m#^(?:www\\x2e)?");
		escape_pattern(&condition, closed->domains[i]);
		str_add(&condition, "\\x2e?(?::[0-9]+)?\\z#i");
	}
	str_add(&condition, " )");
	add_section(out, str_text(&condition), 503, account_page);
}

void
closed_render(const struct closed_list *list, struct str *out)
{
	if (!list->count)
		return;
	str_add(out, head);
	/* The owner's reading copy of a script holds what the script kept to itself. */
	add_section(out, "%{REQUEST_FILENAME} =~ m#\\x2fhayward-disabled-[0-9a-f]{16}\\x2etxt#",
	    404, NULL);
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].is_account)
			render_account(&list->items[i], out);
		else
			render_script(&list->items[i], out);
}
