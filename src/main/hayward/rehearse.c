/* SPDX-License-Identifier: Apache-2.0 */
/* hayward rehearse: a written past, played through the same flow as the daemon's. */
#include "main/hayward/command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/diag.h"
#include "base/escape.h"
#include "base/file.h"
#include "main/hayward/arguments.h"
#include "main/hayward/view.h"
#include "model/request.h"
#include "rehearse/rehearse.h"

enum { LARGEST_FILE = 1 << 20 };

/* Policy files are named relative to the scenario that names them. */
static int
read_beside(void *context, const char *path, struct str *out)
{
	const char *scenario = context;
	const char *slash = strrchr(scenario, '/');
	auto_str whole = {0};
	if (slash && *path != '/')
		str_add_bytes(&whole, scenario, (size_t)(slash - scenario) + 1);
	str_add(&whole, path);
	return file_read(AT_FDCWD, str_text(&whole), LARGEST_FILE, out);
}

/* Prints what is wrong; gives the exit status of one file. */
static int
play(char *path, bool verbose)
{
	auto_str text = {0}, told = {0}, shown = {0};
	int status = file_read(AT_FDCWD, path, LARGEST_FILE, &text);
	if (status) {
		escape_text(&shown, path);
		fprintf(stderr, "hayward rehearse: cannot read '%s': %s\n", str_text(&shown),
		    strerror(-status));
		return status == -ENOENT ? ANSWER_NOT_FOUND : ANSWER_INVALID;
	}
	struct diag *diag = diag_new();
	struct rehearsal rehearsal = {read_beside, path, verbose};
	status = rehearse_run(&rehearsal, path, str_text(&text), &told, diag);
	view_lines(&shown, str_text(&told));
	fwrite(str_text(&shown), 1, shown.length, stdout);
	auto_str wrong = {0};
	diag_print(diag, &wrong);
	fflush(stdout);
	fwrite(str_text(&wrong), 1, wrong.length, stderr);
	diag_free(diag);
	return status ? ANSWER_INVALID : ANSWER_OK;
}

int
command_rehearse(int argc, char **argv)
{
	bool verbose = false;
	const struct flag flags[] = {{"--verbose", &verbose, NULL}};
	struct arguments arguments;
	if (arguments_read(argc, argv, flags, array_length(flags), &arguments) ||
	    !arguments_count(&arguments, 1, SIZE_MAX))
		return ANSWER_USAGE;
	int worst = ANSWER_OK;
	for (size_t i = 0; i < arguments.word_count; i++) {
		int status = play(arguments.words[i], verbose);
		printf("%s %s\n", status ? "not ok" : "ok", arguments.words[i]);
		worst = status > worst ? status : worst;
	}
	return worst;
}
