/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/apply_daemon.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/program.h"

enum { MOST_WORDS = 16, LONGEST_COMMAND = 256, PATIENCE_MS = 60000 };

/* A command of the table. */
static int
run_command(const char *command, struct str *ret_words)
{
	char copy[LONGEST_COMMAND], *rest = copy, *word;
	const char *arguments[MOST_WORDS + 1] = {0};
	size_t count = 0;
	if (snprintf(copy, sizeof(copy), "%s", command) >= (int)sizeof(copy))
		return -E2BIG;
	while ((word = strsep(&rest, " ")) && count < MOST_WORDS)
		arguments[count++] = word;
	int status = program_check(arguments, PATIENCE_MS, ret_words);
	if (status && !ret_words->length)
		str_addf(ret_words, "'%s' ends with %d", command, status);
	return status;
}

static int
ask_systemd(const char *verb, const char *unit, struct str *ret_words)
{
	const char *const arguments[] = {"/usr/bin/systemctl", verb, "--quiet", unit, NULL};
	return program_check(arguments, PATIENCE_MS, ret_words);
}

bool
daemon_runs(enum daemon daemon)
{
	auto_str ignored = {0};
	return ask_systemd("is-active", daemon_info(daemon)->unit, &ignored) == 0;
}

static int
start(enum daemon daemon, struct str *said, struct str *ret_why)
{
	const char *unit = daemon_info(daemon)->unit;
	int status = ask_systemd("start", unit, ret_why);
	if (status == 0)
		str_addf(said, "started %s\n", unit);
	return status > 0 ? -EIO : status;
}

int
daemon_serve(enum daemon daemon, bool changed, struct str *said, struct str *ret_why)
{
	const struct daemon_info *info = daemon_info(daemon);
	if (changed && *info->check) {
		int status = run_command(info->check, ret_why);
		if (status)
			return status > 0 ? -EINVAL : status;
		str_clear(ret_why);
	}
	if (!daemon_runs(daemon))
		return start(daemon, said, ret_why);
	if (!changed || !*info->tell)
		return 0;
	int status = run_command(info->tell, ret_why);
	if (status)
		return status > 0 ? -EIO : status;
	str_clear(ret_why);
	str_addf(said, "told %s\n", info->unit);
	return 0;
}
