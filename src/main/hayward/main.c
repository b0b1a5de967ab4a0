/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hayward(1): the command. Reading order:
 *
 *   commands.def     what there is
 *   arguments.c      words of the command line
 *   connection.c     a question to the daemon, and its answer
 *   view.c table.c   answers laid out for people; all escaping is there
 *   status.c ...     one file a command
 *
 * It has no privilege of its own: who may ask what is decided at the other end
 * of the socket, by what the kernel says about us.
 */
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/diag.h"
#include "base/memory.h"
#include "main/hayward/command.h"
#include "model/request.h"

#ifndef HAYWARD_VERSION
#define HAYWARD_VERSION "unknown"
#endif

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *synopsis;
	const char *what;
	const char *details;
} commands[] = {
#define COMMAND(symbol, name, synopsis, what, details)                                         \
	{name, command_##symbol, synopsis, what, details},
#include "main/hayward/commands.def"
#undef COMMAND
};

static const char options_help[] =
    "Options of all commands:\n"
    "  --json          print the answer as JSON\n"
    "  --run DIR       where hayward's socket is (default /run/hayward)\n"
    "  --socket PATH   the socket itself (default $HAYWARD_SOCKET, else DIR/control)\n"
    "  --help          what a command takes\n";

static const char exit_help[] =
    "Exit status: 0 done, 1 wrong usage, 2 invalid input, 3 not found, 4 refused,\n"
    "5 hayward not reached.\n";

static void
print_help(FILE *file)
{
	fprintf(file, "usage: hayward COMMAND [OPTIONS]\n\n");
	for (size_t i = 0; i < array_length(commands); i++)
		fprintf(file, "  %-10s %s\n", commands[i].name, commands[i].what);
	fprintf(file, "\n%s\n%s", options_help, exit_help);
}

static void
print_command_help(const struct command *command)
{
	printf("usage: hayward %s%s%s\n\n%s\n", command->name, *command->synopsis ? " " : "",
	    command->synopsis, command->what);
	if (*command->details)
		printf("\n%s\n", command->details);
	printf("\n%s", options_help);
}

static const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < array_length(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int
unknown_command(const char *name)
{
	const char *names[array_length(commands) + 1] = {0};
	for (size_t i = 0; i < array_length(commands); i++)
		names[i] = commands[i].name;
	const char *meant = did_you_mean(name, names);
	fprintf(stderr, "hayward: unknown command '%s'%s%s%s\n", name,
	    meant ? "; did you mean '" : "; see hayward --help", meant ? meant : "",
	    meant ? "'?" : "");
	return ANSWER_USAGE;
}

/* How many words an option of all commands takes when it stands before the command; 0: it is
 * none. */
static int
words_of_option(const char *word)
{
	if (strcmp(word, "--json") == 0)
		return 1;
	return strcmp(word, "--run") == 0 || strcmp(word, "--socket") == 0 ? 2 : 0;
}

/* Whether the words ask for help instead of for something to be done. */
static bool
wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
			return true;
	return false;
}

/* Runs a command with the options that stood before it moved behind it. */
static int
run(const struct command *command, int argc, char **argv, int first)
{
	if (wants_help(argc - first, argv + first)) {
		print_command_help(command);
		return ANSWER_OK;
	}
	auto_free char **words = memory_new((size_t)argc + 1, sizeof(*words));
	int count = 0;
	words[count++] = argv[first];
	for (int i = 1; i < first; i++)
		words[count++] = argv[i];
	for (int i = first + 1; i < argc; i++)
		words[count++] = argv[i];
	return command->run(count, words);
}

/* `hayward help`, `hayward help COMMAND`. */
static int
help(const char *name)
{
	const struct command *command = name ? command_find(name) : NULL;
	if (name && !command)
		return unknown_command(name);
	if (command)
		print_command_help(command);
	else
		print_help(stdout);
	return ANSWER_OK;
}

static bool
is_either(const char *word, const char *one, const char *other)
{
	return strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

int
main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	int first = 1;
	while (first < argc && words_of_option(argv[first]))
		first += words_of_option(argv[first]);
	if (first >= argc) {
		print_help(stderr);
		return ANSWER_USAGE;
	}
	const char *name = argv[first];
	if (is_either(name, "--help", "-h"))
		return help(NULL);
	if (strcmp(name, "help") == 0)
		return help(argv[first + 1]);
	if (is_either(name, "--version", "-V")) {
		puts("hayward " HAYWARD_VERSION);
		return ANSWER_OK;
	}
	const struct command *command = command_find(name);
	return command ? run(command, argc, argv, first) : unknown_command(name);
}
