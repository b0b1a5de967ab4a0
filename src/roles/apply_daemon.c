/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/apply_daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/attributes.h"
#include "base/file.h"
#include "base/program.h"
#include "base/rest.h"

enum { MOST_WORDS = 16, LONGEST_COMMAND = 256, PATIENCE_MS = 60000, LARGEST_PID = 64 };

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

/* Its words are a line for each unit. One that reads its files just now runs. */
static bool
says_that_it_runs(const char *line, size_t length)
{
	return (length == strlen("active") && !memcmp(line, "active", length)) ||
	       (length == strlen("reloading") && !memcmp(line, "reloading", length));
}

/* Several rows of the table can be one unit: they follow each other, and it is asked for once.
 */
static bool
is_next_unit(enum daemon daemon, const char **last)
{
	const char *unit = daemon_info(daemon)->unit;
	bool is_next = !text_equal(unit, *last);
	*last = unit;
	return is_next;
}

static void
read_answer(const char *text, const struct daemon_set *asked, struct daemon_set *ret_running)
{
	const char *last = "", *line = NULL;
	size_t length = 0;
	for (enum daemon daemon = 0; daemon < DAEMON_COUNT; daemon++) {
		if (!asked->has[daemon])
			continue;
		if (is_next_unit(daemon, &last))
			line = text_next_line(&text, &length);
		ret_running->has[daemon] = line && says_that_it_runs(line, length);
	}
}

struct daemon_set
daemons_running(const struct daemon_set *asked)
{
	const char *arguments[DAEMON_COUNT + 3] = {"/usr/bin/systemctl", "is-active"};
	const char *last = "";
	struct daemon_set running = {0};
	auto_str words = {0};
	size_t count = 2;
	for (enum daemon daemon = 0; daemon < DAEMON_COUNT; daemon++)
		if (asked->has[daemon] && is_next_unit(daemon, &last))
			arguments[count++] = last;
	/* Its status is not 0 if any of them does not run; who cannot be asked says nothing. */
	if (count > 2 && program_run(arguments, NULL, PATIENCE_MS, &words) >= 0)
		read_answer(str_text(&words), asked, &running);
	return running;
}

bool
daemon_runs(enum daemon daemon)
{
	struct daemon_set asked = {0};
	asked.has[daemon] = true;
	return daemons_running(&asked).has[daemon];
}

static int
start(enum daemon daemon, struct str *said, struct str *ret_why)
{
	const char *unit = daemon_info(daemon)->unit;
	/* One that failed again and again before it was told anything has used up its starts. */
	auto_str unheard = {0};
	(void)ask_systemd("reset-failed", unit, &unheard);
	int status = ask_systemd("start", unit, ret_why);
	if (status == 0)
		str_addf(said, "started %s\n", unit);
	return status > 0 ? -EIO : status;
}

/* As actions/server.c says: two reloads at once leave Apache without CGI. */
static void
let_apache_rest(void)
{
	auto_str text = {0};
	auto_fd int proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc >= 0 && !file_read(AT_FDCWD, "/run/apache2/apache2.pid", LARGEST_PID, &text))
		process_let_rest(proc, (uint32_t)strtoul(str_text(&text), NULL, 10));
}

int
daemon_serve(
    enum daemon daemon, struct daemon_state state, struct str *said, struct str *ret_why)
{
	const struct daemon_info *info = daemon_info(daemon);
	if (state.has_changed && *info->check) {
		int status = run_command(info->check, ret_why);
		if (status)
			return status > 0 ? -EINVAL : status;
		str_clear(ret_why);
	}
	if (!state.runs)
		return start(daemon, said, ret_why);
	if (!state.has_changed || !*info->tell)
		return 0;
	if (daemon == DAEMON_APACHE)
		let_apache_rest();
	int status = run_command(info->tell, ret_why);
	if (status)
		return status > 0 ? -EIO : status;
	str_clear(ret_why);
	str_addf(said, "told %s\n", info->unit);
	return 0;
}

int
daemon_renew(enum daemon daemon, struct str *said, struct str *ret_why)
{
	struct daemon_state state = {.runs = daemon_runs(daemon), .has_changed = true};
	return daemon_serve(daemon, state, said, ret_why);
}
