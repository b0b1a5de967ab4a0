/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths are made absolute, because the parent leaves its directory and the
 * children are given what was understood, not what was typed.
 */
#include "procs/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

#define DEFAULT_CONFIG "/etc/hayward/hayward.conf"

/* OPTION(member, name, argument's name or NULL, what) in the order of the help. */
#define TEXT_OPTIONS(OPTION)                                                                   \
	OPTION(config, "config", "FILE", "settings; default " DEFAULT_CONFIG)                  \
	OPTION(state, "state", "DIR", "journal, database, checkpoint; over the setting")       \
	OPTION(run, "run", "DIR", "socket and pid file; over the setting")                     \
	OPTION(notices, "notices", "DIR", "write notices there as .eml files, send none")      \
	OPTION(passwd, "passwd", "FILE", "read accounts from it instead of asking the system") \
	OPTION(pass_key, "pass-key", "FILE", "what passes of mails are sealed with; else it makes one")
#define FLAG_OPTIONS(OPTION)                                                                   \
	OPTION(foreground, "foreground", NULL, "stay, and log to standard error")              \
	OPTION(test, "test", NULL, "check settings, accounts and policy, and exit")            \
	OPTION(observe, "observe", NULL, "act on nothing, tell nobody; over the setting")      \
	OPTION(verbose, "verbose", NULL, "log more")                                           \
	OPTION(                                                                                \
	    crash_points, "crash-points", NULL, "list the points where a test may crash it")   \
	OPTION(allow_crash, "allow-crash", NULL, "crash where HAYWARD_CRASH says; for tests")  \
	OPTION(version, "version", NULL, "print the version")                                  \
	OPTION(help, "help", NULL, "print this")

enum { FIRST_VALUE = 256 };

enum option_value {
	OPTION_BEFORE = FIRST_VALUE,
#define VALUE(member, name, argument, what) OPTION_##member,
	TEXT_OPTIONS(VALUE) FLAG_OPTIONS(VALUE)
#undef VALUE
	    OPTION_set,
	OPTION_role,
};

static const struct option long_options[] = {
#define WITH_ARGUMENT(member, name, argument, what)                                            \
	{name, required_argument, NULL, OPTION_##member},
#define WITHOUT_ARGUMENT(member, name, argument, what)                                         \
	{name, no_argument, NULL, OPTION_##member},
    TEXT_OPTIONS(WITH_ARGUMENT) FLAG_OPTIONS(WITHOUT_ARGUMENT)
#undef WITH_ARGUMENT
#undef WITHOUT_ARGUMENT
	{"set", required_argument, NULL, OPTION_set},
    {"role", required_argument, NULL, OPTION_role},
    {0},
};

static const char *
absolute(const char *path, struct arena *arena)
{
	if (path[0] == '/')
		return path;
	auto_free char *here = getcwd(NULL, 0);
	return arena_printf(arena, "%s/%s", here ? here : "", path);
}

static int
add_setting(struct options *options, const char *setting, struct str *error)
{
	if (!strchr(setting, '=')) {
		str_addf(error, "'--set %s' has no '='", setting);
		return -EINVAL;
	}
	if (options->setting_count == MOST_SETTINGS) {
		str_addf(error, "more than %d '--set'", MOST_SETTINGS);
		return -EINVAL;
	}
	options->settings[options->setting_count++] = setting;
	return 0;
}

static int
take_option(int value, struct arena *arena, struct options *options, struct str *error)
{
	switch (value) {
#define TAKE_TEXT(member, name, argument, what)                                                \
	case OPTION_##member:                                                                  \
		options->member = absolute(optarg, arena);                                     \
		return 0;
#define TAKE_FLAG(member, name, argument, what)                                                \
	case OPTION_##member:                                                                  \
		options->member = true;                                                        \
		return 0;
		TEXT_OPTIONS(TAKE_TEXT)
		FLAG_OPTIONS(TAKE_FLAG)
#undef TAKE_TEXT
#undef TAKE_FLAG
	case OPTION_set:
		return add_setting(options, optarg, error);
	case OPTION_role:
		options->role = optarg;
		return 0;
	}
	str_add(error, "an option that is not understood");
	return -EINVAL;
}

int
options_parse(int count, char **arguments, struct arena *arena, struct options *ret_options,
    struct str *ret_error)
{
	struct options options = {.config = DEFAULT_CONFIG};
	optind = 0;
	opterr = 0;
	for (;;) {
		int at = optind ? optind : 1;
		int value = getopt_long(count, arguments, "+:", long_options, NULL);
		if (value < 0)
			break;
		if (value == ':') {
			str_addf(ret_error, "'%s' wants a value", arguments[at]);
			return -EINVAL;
		}
		if (value == '?') {
			str_addf(ret_error, "unknown option '%s'", arguments[at]);
			return -EINVAL;
		}
		int status = take_option(value, arena, &options, ret_error);
		if (status)
			return status;
	}
	if (optind < count) {
		str_addf(ret_error, "'%s' is one argument too many", arguments[optind]);
		return -EINVAL;
	}
	*ret_options = options;
	return 0;
}

char **
options_arguments(const struct options *options, const char *role, struct arena *arena)
{
	size_t most = 3 + 2 * array_length(long_options) + 2 * options->setting_count + 1;
	char **arguments = arena_alloc(arena, most * sizeof(*arguments));
	size_t count = 0;
	arguments[count++] = arena_copy_text(arena, "haywardd");
	arguments[count++] = arena_copy_text(arena, "--role");
	arguments[count++] = arena_copy_text(arena, role);
#define GIVE_TEXT(member, name, argument, what)                                                \
	if (options->member) {                                                                 \
		arguments[count++] = arena_copy_text(arena, "--" name);                        \
		arguments[count++] = arena_copy_text(arena, options->member);                  \
	}
#define GIVE_FLAG(member, name, argument, what)                                                \
	if (options->member)                                                                   \
		arguments[count++] = arena_copy_text(arena, "--" name);
	TEXT_OPTIONS(GIVE_TEXT)
	FLAG_OPTIONS(GIVE_FLAG)
#undef GIVE_TEXT
#undef GIVE_FLAG
	for (size_t i = 0; i < options->setting_count; i++) {
		arguments[count++] = arena_copy_text(arena, "--set");
		arguments[count++] = arena_copy_text(arena, options->settings[i]);
	}
	return arguments;
}

static void
add_help(struct str *out, const char *name, const char *argument, const char *what)
{
	size_t start = out->length;
	str_addf(out, "  --%s%s%s", name, argument ? " " : "", argument ? argument : "");
	size_t width = out->length - start;
	str_add_fill(out, ' ', width < 24 ? 24 - width : 1);
	str_addf(out, "%s\n", what);
}

void
options_help(struct str *out)
{
	str_add(out, "usage: haywardd [options]\n\n");
#define HELP(member, name, argument, what) add_help(out, name, argument, what);
	TEXT_OPTIONS(HELP)
	add_help(out, "set", "NAME=VALUE", "a setting, over hayward.conf; may be repeated");
	FLAG_OPTIONS(HELP)
#undef HELP
}
