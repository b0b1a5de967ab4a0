/* SPDX-License-Identifier: Apache-2.0 */
#include "model/guarded.h"

#include <string.h>

/* The place that the word says; false if it says none. */
static bool
place_of(const char *word, size_t length, bool with_free, struct guarded_place *ret_place)
{
	struct guarded_place place = {.free = *word == '!'};
	if (place.free && !with_free)
		return false;
	word += place.free;
	place.length = length - place.free;
	if (place.length < 2 || place.length > LONGEST_GUARDED || word[0] != '/' ||
	    word[place.length - 1] == '/')
		return false;
	memcpy(place.path, word, place.length);
	*ret_place = place;
	return true;
}

bool
guarded_are_fine(const char *text, bool with_free)
{
	struct guarded_place place;
	size_t length, count = 0;
	for (const char *word; (word = text_next_word(&text, &length));)
		if (!place_of(word, length, with_free, &place) || ++count > MOST_GUARDED)
			return false;
	return true;
}

void
guarded_parse(const char *text, struct guarded *ret_guarded)
{
	size_t length;
	ret_guarded->count = 0;
	for (const char *word;
	     ret_guarded->count < MOST_GUARDED && (word = text_next_word(&text, &length));)
		if (place_of(word, length, true, &ret_guarded->places[ret_guarded->count]))
			ret_guarded->count++;
}

static bool
contains(const struct guarded_place *place, const char *path)
{
	return !strncmp(path, place->path, place->length) &&
	       (path[place->length] == '/' || !path[place->length]);
}

bool
guarded_has(const struct guarded *guarded, const char *path)
{
	const struct guarded_place *nearest = NULL;
	for (const struct guarded_place *at = guarded->places;
	     at < guarded->places + guarded->count; at++)
		if (contains(at, path) && (!nearest || at->length > nearest->length))
			nearest = at;
	return nearest && !nearest->free;
}

/* Whether the path is a process's own word for the root: /proc/self/root, /proc/7/root. */
static bool
is_root_of_process(const char *path)
{
	if (!text_starts_with(path, "/proc/") || !text_ends_with(path, "/root"))
		return false;
	const char *process = path + strlen("/proc/");
	size_t length = strcspn(process, "/");
	bool named = strspn(process, "0123456789") == length ||
		     text_starts_with(process, "self/") ||
		     text_starts_with(process, "thread-self/");
	return length && named && text_equal(process + length, "/root");
}

static void
step_up(struct str *out)
{
	const char *last = strrchr(str_text(out), '/');
	str_cut(out, last ? (size_t)(last - str_text(out)) : 0);
}

static void
walk(struct str *out, const char *name)
{
	while (*name) {
		size_t length = strcspn(name, "/");
		bool up = length == 2 && !strncmp(name, "..", 2);
		if (up)
			step_up(out);
		else if (length && !(length == 1 && *name == '.')) {
			str_add_char(out, '/');
			str_add_bytes(out, name, length);
		}
		if (out->length && is_root_of_process(str_text(out)))
			str_cut(out, 0);
		name += length;
		name += strspn(name, "/");
	}
}

void
path_clean(struct str *out, const char *folder, const char *name)
{
	str_clear(out);
	if (*name != '/' && !*folder)
		return;
	if (*name != '/')
		walk(out, folder);
	walk(out, name);
	if (!out->length)
		str_add_char(out, '/');
}
