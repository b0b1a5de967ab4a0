/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>
#include <unistd.h>

#include "base/escape.h"

static const char *process_name = "hayward";
static bool to_syslog;
static enum log_level most_level = LOG_LEVEL_INFO;

void
log_init(const char *process, bool use_syslog, enum log_level most)
{
	process_name = process;
	to_syslog = use_syslog;
	most_level = most;
	if (use_syslog)
		openlog(process, LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

static void
write_line(enum log_level level, const char *text)
{
	static const char *const words[] = {"error", "warning", "info", "debug"};
	static const int priorities[] = {LOG_ERR, LOG_WARNING, LOG_INFO, LOG_DEBUG};
	auto_str line = {0};
	if (to_syslog) {
		escape_text(&line, text);
		syslog(priorities[level], "%s: %s", words[level], str_text(&line));
		return;
	}
	str_addf(&line, "%s[%d]: %s: ", process_name, (int)getpid(), words[level]);
	escape_text(&line, text);
	str_add_char(&line, '\n');
	/* One write, so that lines of sibling processes do not mix. */
	if (write(STDERR_FILENO, line.data, line.length) < 0)
		return;
}

static void log_arguments(enum log_level level, const char *format, va_list arguments)
    printf_like(2, 0);

static void
log_arguments(enum log_level level, const char *format, va_list arguments)
{
	auto_free char *text = NULL;
	if (vasprintf(&text, format, arguments) < 0)
		abort();
	write_line(level, text);
}

void
log_at(enum log_level level, const char *format, ...)
{
	if (level > most_level)
		return;
	va_list arguments;
	va_start(arguments, format);
	log_arguments(level, format, arguments);
	va_end(arguments);
}

void
fatal(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	log_arguments(LOG_LEVEL_ERROR, format, arguments);
	va_end(arguments);
	exit(1);
}

void
panic(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	log_arguments(LOG_LEVEL_ERROR, format, arguments);
	va_end(arguments);
	abort();
}
