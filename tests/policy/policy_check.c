/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the language run:
 *
 *     policy_check check FILE...   one set: its mistakes, as people read them
 *     policy_check format FILE     its one layout
 *     policy_check words           every word of the tables, one a line
 *
 * Files are named without their folders, so that expected texts are the same
 * everywhere. Exit status 0, 1 for mistakes in the policy, 2 for anything else.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "policy/load.h"

enum { MOST_BYTES = 16 * 1024 * 1024 };

static int
read_text(const char *path, struct str *out)
{
	int error = file_read(AT_FDCWD, path, MOST_BYTES, out);
	if (error)
		fprintf(stderr, "cannot read '%s': %s\n", path, strerror(-error));
	return error;
}

/* Includes are looked for beside the file on the command line, by name only. */
static int
include_beside(void *context, struct policy_set *set, const char *from, const char *pattern)
{
	const char *folder = context;
	auto_str path = {0}, text = {0};
	(void)from;
	str_addf(&path, "%s/%s", folder, pattern);
	int error = file_read(AT_FDCWD, str_text(&path), MOST_BYTES, &text);
	if (!error)
		policy_set_add(set, pattern, str_text(&text), text.length);
	return error;
}

static void
print_findings(const struct diag *diag)
{
	auto_str text = {0};
	diag_print(diag, &text);
	fputs(str_text(&text), stdout);
}

static int
check(int count, char **paths)
{
	struct policy_set *set = policy_set_new();
	struct diag *diag = diag_new();
	struct policy *policy = NULL;
	char folder[4096] = ".";
	int error = 0;
	for (int i = 0; i < count && !error; i++) {
		auto_str text = {0};
		error = read_text(paths[i], &text);
		snprintf(folder, sizeof(folder), "%s", paths[i]);
		policy_set_add(set, basename(paths[i]), str_text(&text), text.length);
	}
	int status =
	    error ? 2 : policy_load(set, include_beside, dirname(folder), diag, &policy) != 0;
	print_findings(diag);
	policy_free(policy);
	diag_free(diag);
	policy_set_free(set);
	return status;
}

static int
format(char *path)
{
	struct diag *diag = diag_new();
	auto_str text = {0}, out = {0};
	int status = read_text(path, &text) ? 2 : 0;
	if (!status)
		status = policy_format(
			     basename(path), str_text(&text), text.length, diag, &out) != 0;
	print_findings(diag);
	fputs(str_text(&out), stdout);
	diag_free(diag);
	return status;
}

/* What the reference for operators must mention. */
static int
words(void)
{
	for (int i = 0; i < MEASURE_COUNT; i++)
		puts(measure_info((enum measure)i)->name);
	for (int i = 0; i < VERB_COUNT; i++)
		puts(verb_info((enum verb)i)->name);
	for (int i = 0; i < SERVICE_COUNT; i++)
		puts(service_info((enum service)i)->name);
	for (int i = 0; i < KIND_COUNT; i++)
		puts(kind_name((enum subject_kind)i));
	return 0;
}

int
main(int count, char **arguments)
{
	if (count >= 3 && strcmp(arguments[1], "check") == 0)
		return check(count - 2, arguments + 2);
	if (count == 3 && strcmp(arguments[1], "format") == 0)
		return format(arguments[2]);
	if (count == 2 && strcmp(arguments[1], "words") == 0)
		return words();
	fputs("usage: policy_check check FILE... | format FILE | words\n", stderr);
	return 2;
}
