/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/escape.h"
#include "model/request.h"

enum { OPTIONS_OF_ALL = 3, MOST_FLAGS = 16 };

/* A command's flags with the options of all commands behind them. */
struct flags {
	struct flag items[MOST_FLAGS];
	size_t count;
};

static struct flags
flags_of(const struct flag *own, size_t count, struct arguments *arguments)
{
	const struct flag of_all[OPTIONS_OF_ALL] = {
	    {"--json", &arguments->json, NULL},
	    {"--run", NULL, &arguments->run},
	    {"--socket", NULL, &arguments->socket},
	};
	struct flags flags = {0};
	for (size_t i = 0; i < count && flags.count < MOST_FLAGS - OPTIONS_OF_ALL; i++)
		flags.items[flags.count++] = own[i];
	for (size_t i = 0; i < OPTIONS_OF_ALL; i++)
		flags.items[flags.count++] = of_all[i];
	return flags;
}

static const struct flag *
flag_find(const struct flags *flags, const char *word, size_t length)
{
	for (size_t i = 0; i < flags->count; i++) {
		const char *name = flags->items[i].name;
		if (strlen(name) == length && memcmp(name, word, length) == 0)
			return &flags->items[i];
	}
	return NULL;
}

static int
unknown_flag(const struct flags *flags, const char *word, struct str *wrong)
{
	const char *names[MOST_FLAGS + 1] = {0};
	for (size_t i = 0; i < flags->count; i++)
		names[i] = flags->items[i].name;
	const char *meant = did_you_mean(word, names);
	str_addf(wrong, "unknown option '%s'", word);
	if (meant)
		str_addf(wrong, "; did you mean '%s'?", meant);
	return -EINVAL;
}

/* Takes one flag at argv[*at], and its value, moving *at to its last word. */
static int
take_flag(const struct flags *flags, int argc, char **argv, int *at, struct str *wrong)
{
	const char *word = argv[*at];
	const char *equals = strchr(word, '=');
	size_t length = equals ? (size_t)(equals - word) : strlen(word);
	const struct flag *flag = flag_find(flags, word, length);
	if (!flag)
		return unknown_flag(flags, word, wrong);
	if (flag->is_set && equals) {
		str_addf(wrong, "'%s' takes no value", flag->name);
		return -EINVAL;
	}
	if (flag->is_set) {
		*flag->is_set = true;
		return 0;
	}
	if (!equals && *at + 1 >= argc) {
		str_addf(wrong, "'%s' needs a value", flag->name);
		return -EINVAL;
	}
	*flag->value = equals ? equals + 1 : argv[++*at];
	return 0;
}

int
arguments_parse(int argc, char **argv, const struct flag *flags, size_t flag_count,
    struct arguments *ret_arguments, struct str *ret_wrong)
{
	*ret_arguments = (struct arguments){.command = argv[0], .words = argv + 1};
	struct flags all = flags_of(flags, flag_count, ret_arguments);
	bool plain = false;
	for (int i = 1; i < argc; i++) {
		if (!plain && strcmp(argv[i], "--") == 0) {
			plain = true;
		} else if (plain || argv[i][0] != '-' || argv[i][1] == '\0') {
			ret_arguments->words[ret_arguments->word_count++] = argv[i];
		} else {
			int status = take_flag(&all, argc, argv, &i, ret_wrong);
			if (status)
				return status;
		}
	}
	return 0;
}

int
arguments_read(int argc, char **argv, const struct flag *flags, size_t flag_count,
    struct arguments *ret_arguments)
{
	auto_str wrong = {0}, shown = {0};
	if (!arguments_parse(argc, argv, flags, flag_count, ret_arguments, &wrong))
		return ANSWER_OK;
	escape_text(&shown, str_text(&wrong));
	fprintf(stderr, "hayward %s: %s\n", argv[0], str_text(&shown));
	return ANSWER_USAGE;
}

bool
arguments_count(const struct arguments *arguments, size_t least, size_t most)
{
	size_t count = arguments->word_count;
	if (count >= least && count <= most)
		return true;
	fprintf(stderr, "hayward %s: %s; see hayward %s --help\n", arguments->command,
	    count < least ? "something is missing" : "too many words", arguments->command);
	return false;
}

uint64_t
case_number_of(const char *text)
{
	char *end;
	if (strspn(text, "0123456789") != strlen(text))
		return 0;
	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	return errno || *end || number > INT64_MAX ? 0 : number;
}

uint64_t
case_number_from(const struct arguments *arguments)
{
	uint64_t number = case_number_of(arguments->words[0]);
	if (number)
		return number;
	auto_str shown = {0};
	escape_text(&shown, arguments->words[0]);
	fprintf(stderr, "hayward %s: '%s' is not the number of a case\n", arguments->command,
	    str_text(&shown));
	return 0;
}

void
arguments_socket(const struct arguments *arguments, struct str *out)
{
	const char *given = getenv("HAYWARD_SOCKET");
	if (arguments->socket)
		str_add(out, arguments->socket);
	else if (arguments->run)
		str_addf(out, "%s/control", arguments->run);
	else
		str_add(out, given && *given ? given : "/run/hayward/control");
}
