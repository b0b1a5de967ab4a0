/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings are a table made of CONFIG_SETTINGS; what a value must look like
 * beyond its type is said once, in `rules`. A setting twice in one file is a
 * mistake; in a later file it is a wish.
 */
#include "config/parse.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/escape.h"
#include "config/panel.h"
#include "config/values.h"
#include "model/address.h"
#include "model/answer_tag.h"
#include "model/guarded.h"
#include "model/probe.h"
#include "model/starter.h"

enum setting_type { SETTING_TEXT, SETTING_TIME, SETTING_COUNT, SETTING_SIZE };

enum setting {
#define SETTING(member, name, fallback, what) INDEX_##member,
	CONFIG_SETTINGS(SETTING, SETTING, SETTING, SETTING)
#undef SETTING
	    SETTINGS
};

static const struct {
	const char *name;
	enum setting_type type;
	size_t offset;
} settings[] = {
#define TEXT(member, name, fallback, what)                                                     \
	{name, SETTING_TEXT, offsetof(struct config, member)},
#define TIME(member, name, fallback, what)                                                     \
	{name, SETTING_TIME, offsetof(struct config, member)},
#define COUNT(member, name, fallback, what)                                                    \
	{name, SETTING_COUNT, offsetof(struct config, member)},
#define SIZE(member, name, fallback, what)                                                     \
	{name, SETTING_SIZE, offsetof(struct config, member)},
    CONFIG_SETTINGS(TEXT, TIME, COUNT, SIZE)
#undef TEXT
#undef TIME
#undef COUNT
#undef SIZE
};

static const char *const setting_names[] = {
#define NAME(member, name, fallback, what) name,
    CONFIG_SETTINGS(NAME, NAME, NAME, NAME)
#undef NAME
	"panel",
    NULL,
};

enum { HIGHEST_UID = 2147483647 };

/* Numbers outside of these are mistakes; 0, 0: any that is not negative. */
static const struct {
	int64_t least;
	int64_t most;
	const char *words;
} ranges[SETTINGS] = {
    [INDEX_uid_first] = {1, HIGHEST_UID, "a uid above 0"},
    [INDEX_uid_last] = {1, HIGHEST_UID, "a uid above 0"},
    [INDEX_uid_floor] = {1, HIGHEST_UID, "a uid above 0"},
    [INDEX_interval] = {100, 60000, "from 100ms to 1m"},
    [INDEX_checkpoint] = {1000, 3600000, "from 1s to 1h"},
    [INDEX_clock_rate] = {1, 1000000, "from 1 to 1_000_000"},
    [INDEX_approaching] = {1, 100, "from 1 to 100"},
    [INDEX_script_slots] = {1, 65536, "from 1 to 65_536"},
};

static const char *
check_mode(const char *text)
{
	for (enum mode mode = MODE_OBSERVE; mode <= MODE_ENFORCE; mode++)
		if (text_equal(text, mode_name(mode)))
			return NULL;
	return "one of observe, warn and enforce";
}

static const char *
check_absolute(const char *text)
{
	return text[0] == '/' ? NULL : "an absolute path";
}

static const char *
check_absolute_or_none(const char *text)
{
	return *text ? check_absolute(text) : NULL;
}

static const char *
check_relay(const char *text)
{
	bool known = text_starts_with(text, "smtp://") || text_starts_with(text, "smtps://");
	return known ? NULL : "smtp://HOST or smtp://HOST:PORT";
}

static const char *
check_replies(const char *text)
{
	return !*text || answer_address_is_fine(text)
		   ? NULL
		   : "LOCAL@HOST, LOCAL of at most 18 letters and without a '+'";
}

static const char *
check_cgroup(const char *text)
{
	bool plain = *text && *text != '.' && !strchr(text, '/');
	return plain ? NULL : "one name, without a slash";
}

/* Behind a brace: how long what stands there is; 0: nothing that is known. */
static size_t
placeholder(const char *text)
{
	static const char *const known[] = {"{account}", "{domain}"};
	for (size_t i = 0; i < array_length(known); i++)
		if (text_starts_with(text, known[i]))
			return strlen(known[i]);
	return 0;
}

static const char *
check_access_logs(const char *text)
{
	size_t length;
	const char *at = text;
	for (const char *word; (word = text_next_word(&at, &length));)
		if (*word != '/' || word[length - 1] == '/')
			return "absolute paths of files, with blanks between them";
	for (const char *brace; (brace = strpbrk(text, "{}"));) {
		size_t known = placeholder(brace);
		if (!known)
			return "no other braces than {account} and {domain}";
		text = brace + known;
	}
	return NULL;
}

static const char *
check_pool_logs(const char *text)
{
	size_t length;
	const char *at = text;
	for (const char *word; (word = text_next_word(&at, &length));)
		if (*word != '/' || !memmem(word, length, "{account}", strlen("{account}")))
			return "absolute paths of files with {account} in them, with blanks "
			       "between them";
	return check_access_logs(text);
}

static const char *
check_proxies(const char *text)
{
	struct network network;
	size_t length;
	for (const char *word; (word = text_next_word(&text, &length));)
		if (network_parse(word, length, &network))
			return "addresses and networks such as 192.0.2.0/24, with blanks "
			       "between them";
	return NULL;
}

static const char *
check_services(const char *text)
{
	static const char *const wanted =
	    "http, smtp, pop, imap, ftp and ssh, alone or with '://', an address (an IPv6 one "
	    "in brackets), and ':' and a port, with blanks between them";
	struct probe probe;
	for (int status; (status = probe_next(&text, &probe));)
		if (status < 0)
			return wanted;
	return NULL;
}

static const char *
check_starters(const char *text)
{
	struct starter_program program;
	for (int status; (status = starter_next_program(&text, &program));)
		if (status < 0)
			return "programs without a folder and web, login, cron, mail or "
			       "service, such as h2o=web, with blanks between them";
	return NULL;
}

static const char *
check_guarded_paths(const char *text)
{
	return guarded_are_fine(text, true)
		   ? NULL
		   : "absolute paths without a slash at the end, or such "
		     "paths behind a '!', at most 64, with blanks between them";
}

static const char *
check_guarded_devices(const char *text)
{
	return guarded_are_fine(text, false)
		   ? NULL
		   : "absolute paths without a slash at the end, at most "
		     "64, with blanks between them";
}

static const char *
check_kernel_programs(const char *text)
{
	static const char names[] =
#define KERNEL_PROGRAMS(name, what) name " "
#include "model/kernel_programs.def"
#undef KERNEL_PROGRAMS
	    ;
	size_t length;
	for (const char *word; (word = text_next_word(&text, &length));)
		if (!text_has_word(names, word, length))
			return "guard, attack, polling, requests and newcomers, as many of "
			       "them as are to be loaded, with blanks between them";
	return NULL;
}

/* Each gives what the value must be, or NULL if it is. */
static const char *(*const rules[SETTINGS])(const char *text) = {
    [INDEX_mode] = check_mode,
    [INDEX_state] = check_absolute,
    [INDEX_run] = check_absolute,
    [INDEX_relay] = check_relay,
    [INDEX_cgroup] = check_cgroup,
    [INDEX_replies] = check_replies,
    [INDEX_export_folder] = check_absolute_or_none,
    [INDEX_database_options] = check_absolute_or_none,
    [INDEX_clamd] = check_absolute_or_none,
    [INDEX_rspamd] = check_absolute_or_none,
    [INDEX_mail_answers] = check_absolute_or_none,
    [INDEX_billing_hook] = check_absolute_or_none,
    [INDEX_access_logs] = check_access_logs,
    [INDEX_pool_logs] = check_pool_logs,
    [INDEX_proxies] = check_proxies,
    [INDEX_starters] = check_starters,
    [INDEX_services] = check_services,
    [INDEX_guarded_paths] = check_guarded_paths,
    [INDEX_guarded_devices] = check_guarded_devices,
    [INDEX_kernel_programs] = check_kernel_programs,
};

struct settings {
	struct config *config;
	struct arena *arena;
	struct diag *diag;
	size_t said[SETTINGS]; /* line in which it was said; 0: not yet */
};

static void
refuse(struct settings *into, const struct word *value, const char *hint, enum setting setting,
    const char *wanted)
{
	diag_add(into->diag, SEVERITY_ERROR, &value->place, hint, "'%s' wants %s, this is '%s'",
	    settings[setting].name, wanted, value->text);
}

static void
set_text(struct settings *into, enum setting setting, const struct word *value)
{
	const char *wanted = rules[setting] ? rules[setting](value->text) : NULL;
	if (!wanted && strlen(value->text) >= 4096)
		wanted = "something shorter";
	if (!wanted) {
		const char **member =
		    (const char **)((char *)into->config + settings[setting].offset);
		*member = arena_copy_text(into->arena, value->text);
		return;
	}
	static const char *const modes[] = {"observe", "warn", "enforce", NULL};
	const char *meant = setting == INDEX_mode ? did_you_mean(value->text, modes) : NULL;
	const char *hint =
	    meant ? arena_printf(into->arena, "did you mean '%s'?", meant) : NULL;
	refuse(into, value, hint, setting, wanted);
}

static void
set_number(struct settings *into, enum setting setting, const struct word *value)
{
	bool is_time = settings[setting].type == SETTING_TIME;
	bool is_size = settings[setting].type == SETTING_SIZE;
	int64_t number, count;
	int status = is_time   ? value_time(value->text, &number)
		     : is_size ? value_size(value->text, &number)
			       : value_count(value->text, &number);
	if (status == -ERANGE) {
		refuse(into, value, NULL, setting, "something smaller");
	} else if (status) {
		bool bare = is_time && !value_count(value->text, &count);
		const char *hint =
		    bare ? arena_printf(into->arena, "write %ss for seconds", value->text)
			 : NULL;
		refuse(into, value, hint, setting,
		    is_time   ? "a time such as 10s or 1h30m"
		    : is_size ? "a size such as 5GiB"
			      : "a number");
	} else if (ranges[setting].most &&
		   (number < ranges[setting].least || number > ranges[setting].most)) {
		refuse(into, value, NULL, setting, ranges[setting].words);
	} else {
		*(int64_t *)((char *)into->config + settings[setting].offset) = number;
	}
}

static void
set_value(struct settings *into, enum setting setting, const struct word *value)
{
	if (settings[setting].type == SETTING_TEXT)
		set_text(into, setting, value);
	else
		set_number(into, setting, value);
}

/* The setting of that name, or SETTINGS, which has been said in diag. */
static enum setting
find_setting(struct settings *into, const struct word *name)
{
	for (enum setting setting = 0; setting < SETTINGS; setting++)
		if (text_equal(settings[setting].name, name->text))
			return setting;
	const char *meant = did_you_mean(name->text, setting_names);
	diag_add(into->diag, SEVERITY_ERROR, &name->place,
	    meant ? arena_printf(into->arena, "did you mean '%s'?", meant) : NULL,
	    "unknown setting '%s'", name->text);
	return SETTINGS;
}

/* Whether it is said for the first time; else it says so. */
static bool
first_time(struct settings *into, enum setting setting, const struct word *name)
{
	size_t line, column;
	place_line_column(&name->place, &line, &column);
	size_t before = into->said[setting];
	if (before)
		diag_add(into->diag, SEVERITY_ERROR, &name->place, NULL,
		    "'%s' is said twice, first in line %zu", name->text, before);
	else
		into->said[setting] = line;
	return !before;
}

static void
skip_line(struct words *words)
{
	while (words->next.kind != WORD_LINE_END && words->next.kind != WORD_END)
		words_take(words);
}

static void
parse_line(struct settings *into, struct words *words)
{
	struct word name = words_take(words);
	if (name.kind != WORD_PLAIN) {
		diag_add(into->diag, SEVERITY_ERROR, &name.place, NULL,
		    "a line begins with the name of a setting");
		skip_line(words);
		return;
	}
	if (text_equal(name.text, "panel")) {
		config_parse_panel(words, &name, into->config);
		return;
	}
	enum setting setting = find_setting(into, &name);
	bool first = setting < SETTINGS && first_time(into, setting, &name);
	if (!first) {
		skip_line(words);
		return;
	}
	if (!words_has_value(words)) {
		diag_add(into->diag, SEVERITY_ERROR, &name.place, NULL, "'%s' has no value",
		    name.text);
		skip_line(words);
		return;
	}
	struct word value = words_take(words);
	set_value(into, setting, &value);
	if (words->next.kind != WORD_LINE_END && words->next.kind != WORD_END) {
		diag_add(into->diag, SEVERITY_ERROR, &words->next.place,
		    "write \"...\" around a value with spaces", "more than one value for '%s'",
		    name.text);
		skip_line(words);
	}
}

void
config_parse(
    const struct source *source, struct arena *arena, struct diag *diag, struct config *config)
{
	struct settings into = {.config = config, .arena = arena, .diag = diag};
	struct words words = words_read(source, true, arena, diag);
	while (words.next.kind != WORD_END) {
		if (words.next.kind == WORD_LINE_END)
			words_take(&words);
		else
			parse_line(&into, &words);
	}
}

void
config_set(const char *setting, struct arena *arena, struct diag *diag, struct config *config)
{
	struct settings into = {.config = config, .arena = arena, .diag = diag};
	size_t split = strcspn(setting, "=");
	const char *text = setting + split + (setting[split] == '=');
	struct place place = {.file = "--set", .text = setting, .length = split ? split : 1};
	struct word name = {WORD_PLAIN, arena_copy(arena, setting, split), place};
	place.offset = split + 1;
	place.length = *text ? strlen(text) : 1;
	struct word value = {WORD_QUOTED, text, place};
	if (!text_is_clean(setting)) {
		diag_add(diag, SEVERITY_ERROR, &place, NULL, "control characters");
		return;
	}
	enum setting found = find_setting(&into, &name);
	if (found < SETTINGS)
		set_value(&into, found, &value);
}

void
config_check(const struct config *config, struct diag *diag)
{
	if (config->uid_first > config->uid_last)
		diag_add(diag, SEVERITY_ERROR, NULL, NULL,
		    "'uid-first' %lld lies above 'uid-last' %lld", (long long)config->uid_first,
		    (long long)config->uid_last);
	if (config->clock_rate != 1)
		diag_add(diag, SEVERITY_WARNING, NULL, NULL,
		    "'clock-rate' is %lld: delays pass that much faster than announced",
		    (long long)config->clock_rate);
}
