/* SPDX-License-Identifier: Apache-2.0 */
/*
 * haywardd: one binary, twelve processes. Started by a person or a service manager
 * it is the parent; started by the parent with --role it is one of the others.
 * docs/processes.md tells which and why; procs/parent.c is where it begins.
 */
#include <stdio.h>

#include "base/crash.h"
#include "base/log.h"
#include "procs/background.h"
#include "procs/parent.h"
#include "procs/process.h"

static int
usage(const char *error)
{
	fprintf(stderr, "haywardd: %s\nTry 'haywardd --help'.\n", error);
	return EXIT_USAGE;
}

static int
run_role(const struct options *options)
{
	int process = process_find(options->role);
	if (process <= PROCESS_PARENT)
		return usage("no such role");
	return process_run((enum process)process, options);
}

static int
run_parent(const struct options *options)
{
	bool to_syslog = !options->foreground && !options->test;
	log_init("haywardd", to_syslog, options->verbose ? LOG_LEVEL_DEBUG : LOG_LEVEL_INFO);
	if (to_syslog)
		background_enter();
	if (options->allow_crash && crash_allow())
		return usage("HAYWARD_CRASH names no crash point");
	return parent_run(options);
}

int
main(int count, char **arguments)
{
	auto_arena struct arena *arena = arena_new();
	struct options options;
	auto_str text = {0};
	if (options_parse(count, arguments, arena, &options, &text))
		return usage(str_text(&text));
	if (options.help) {
		options_help(&text);
		fputs(str_text(&text), stdout);
		return EXIT_DONE;
	}
	if (options.version) {
		puts("haywardd " HAYWARD_VERSION);
		return EXIT_DONE;
	}
	if (options.crash_points) {
		crash_list(&text);
		fputs(str_text(&text), stdout);
		return EXIT_DONE;
	}
	return options.role ? run_role(&options) : run_parent(&options);
}
