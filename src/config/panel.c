/* SPDX-License-Identifier: Apache-2.0 */
#include "config/panel.h"

#include <string.h>

#include "base/str.h"

static const char hint[] = "panel NAME detect \"PATH\" [suspended \"PATH\" [\"LINE\"]] "
			   "suspend \"COMMAND {account}\" unsuspend \"COMMAND {account}\"";

/* Says what is wrong, and passes over the rest of the line. */
static bool
refuse(struct words *words, const struct place *place, const char *what)
{
	diag_add(words->diag, SEVERITY_ERROR, place, hint, "%s", what);
	while (words->next.kind != WORD_LINE_END && words->next.kind != WORD_END)
		words_take(words);
	return false;
}

static bool
read_value(struct words *words, const char *what, const char **ret_text)
{
	struct place place = words->next.place;
	if (!words_has_value(words))
		return refuse(words, &place, what);
	*ret_text = arena_copy_text(words->arena, words_take(words).text);
	return true;
}

static bool
read_word(struct words *words, const char *word, const char *what, const char **ret_text)
{
	struct place place = words->next.place;
	if (!words_next_is(words, word))
		return refuse(words, &place, what);
	words_take(words);
	return read_value(words, what, ret_text);
}

static bool
read_marker(struct words *words, struct config_panel *panel)
{
	if (!words_next_is(words, "suspended"))
		return true;
	words_take(words);
	if (!read_value(words, "a panel's 'suspended' wants a file", &panel->marker))
		return false;
	if (words->next.kind == WORD_QUOTED)
		panel->marker_line = arena_copy_text(words->arena, words_take(words).text);
	return true;
}

static const char *
what_is_wrong(const struct config_panel *panel)
{
	if (panel->detect[0] != '/' || (*panel->marker && panel->marker[0] != '/'))
		return "a panel's files want absolute paths";
	if (panel->suspend[0] != '/' || panel->unsuspend[0] != '/')
		return "a panel's commands want absolute paths";
	if (!strstr(panel->suspend, "{account}") || !strstr(panel->unsuspend, "{account}"))
		return "a panel's commands want {account} among their words";
	return NULL;
}

static void
keep(struct words *words, const struct word *first, const struct config_panel *panel,
    struct config *config)
{
	for (uint32_t i = 0; i < config->panel_count; i++)
		if (text_equal(config->panels[i].name, panel->name)) {
			config->panels[i] = *panel;
			return;
		}
	if (config->panel_count == MOST_PANELS)
		refuse(words, &first->place, "too many panels");
	else
		config->panels[config->panel_count++] = *panel;
}

void
config_parse_panel(struct words *words, const struct word *first, struct config *config)
{
	struct config_panel panel = {.marker = "", .marker_line = ""};
	bool good =
	    read_value(words, "a panel wants a name", &panel.name) &&
	    read_word(words, "detect", "a panel wants 'detect' and a file", &panel.detect) &&
	    read_marker(words, &panel) &&
	    read_word(
		words, "suspend", "a panel wants 'suspend' and a command", &panel.suspend) &&
	    read_word(words, "unsuspend", "a panel wants 'unsuspend' and a command",
		&panel.unsuspend);
	if (!good)
		return;
	struct place place = words->next.place;
	const char *wrong = what_is_wrong(&panel);
	if (words->next.kind != WORD_LINE_END && words->next.kind != WORD_END)
		refuse(words, &place, "there is more on this line than a panel has");
	else if (wrong)
		refuse(words, &first->place, wrong);
	else
		keep(words, first, &panel, config);
}
