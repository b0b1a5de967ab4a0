/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interpreters that hayward knows, and the search for a script among their
 * arguments outside the kernel. Pure: bytes in, a place in them out.
 */
#ifndef SENSORS_ARGV_H
#define SENSORS_ARGV_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "sensors/argv_scan.h"

struct argv_interpreter {
	char name[INTERPRETER_NAME]; /* without a version; zero-filled: the key of the kernel's
					table */
	uint32_t start_ms; /* processor time that it needs to start on a quick machine */
	struct interpreter interpreter;
};

size_t argv_interpreter_count(void);
struct argv_interpreter argv_interpreter_at(size_t index);

enum argv_kind {
	ARGV_IS_NOTHING, /* no interpreter, or one without a script: a shell at work */
	ARGV_IS_SCRIPT,
	ARGV_IS_CODE,	/* code on the command line, standard input */
	ARGV_IS_MODULE, /* named, and wherever the interpreter finds it */
};

struct argv_found {
	enum argv_kind kind;
	size_t start; /* IS_SCRIPT, IS_MODULE: where its text begins in the bytes */
	size_t length;
	char letter; /* IS_CODE: the option that brought it; '-' long one, 0 standard input;
			IS_MODULE: likewise, ' ' none */
};

/*
 * What the program of that base name (a version is fine: "python3.11") does
 * with these arguments: the bytes of /proc/PID/cmdline, of which the first
 * ARGV_WINDOW - 1 are looked at, as the kernel program does.
 */
struct argv_found argv_find(const char *program, const void *bytes, size_t length);

/* What people read for code, of that text if it is a module: "perl -e", "java Main". */
void argv_say_code(
    const char *program, char letter, const void *text, size_t length, struct str *out);

#endif
