/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What processes tell the operator, on standard error or to syslog, one line
 * each: `haywardd/engine[4711]: warning: text`. Every byte goes through
 * escape_text(). base, policy, engine and cases never log.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

#include "base/attributes.h"

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Names this process in every line; to syslog as facility daemon if use_syslog. */
void log_init(const char *process, bool use_syslog, enum log_level most);

void log_at(enum log_level level, const char *format, ...) printf_like(2, 3);

#define log_error(...)	 log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* The world failed us: says why and ends this process (exit status 1). */
void fatal(const char *format, ...) printf_like(1, 2) never_returns;

/* We are wrong: says so and aborts. */
void panic(const char *format, ...) printf_like(1, 2) never_returns;

#endif
