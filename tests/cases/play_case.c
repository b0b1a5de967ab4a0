/* SPDX-License-Identifier: Apache-2.0 */
/* Plays scenarios, one TAP line each; policy files are found beside them. See README. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "rehearse/rehearse.h"

enum { MOST_BYTES = 1 << 20 };

/* context is the scenario's own path. */
static int
read_beside(void *context, const char *path, struct str *out)
{
	const char *scenario = context;
	const char *slash = strrchr(scenario, '/');
	auto_str beside = {0};
	if (slash && *path != '/')
		str_add_bytes(&beside, scenario, (size_t)(slash + 1 - scenario));
	str_add(&beside, path);
	return file_read(AT_FDCWD, str_text(&beside), MOST_BYTES, out);
}

static bool
play(char *path, int number)
{
	auto_str text = {0}, out = {0}, said = {0};
	int status = file_read(AT_FDCWD, path, MOST_BYTES, &text);
	struct diag *diag = diag_new();
	struct rehearsal rehearsal = {.read = read_beside, .context = path, .verbose = true};
	if (!status)
		status = rehearse_run(&rehearsal, path, str_text(&text), &out, diag);
	diag_print(diag, &said);
	printf("%sok %d - %s\n", status ? "not " : "", number, path);
	if (status)
		fprintf(
		    stderr, "%s\n%s: %s\n", str_text(&out), str_text(&said), strerror(-status));
	diag_free(diag);
	return status == 0;
}

int
main(int count, char **arguments)
{
	int failed = 0;
	for (int i = 1; i < count; i++)
		failed += !play(arguments[i], i);
	printf("1..%d\n", count - 1);
	return failed > 0;
}
