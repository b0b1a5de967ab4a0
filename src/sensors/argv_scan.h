/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which script does `perl -w -Ilib x.pl arg` run? One byte of the argument
 * area at a time, without memory and without loops, so that the very same
 * code runs in the kernel at each exec and under the fuzzer here.
 *
 *      PROGRAM --\0--> START --'-'--> DASH --letters--> LETTERS --\0--> START
 *                        |              `--'-'--> LONG --\0--> START
 *                        |`--(an option wants it)--> VALUE --\0--> START
 *                        `--anything else--> SCRIPT --\0--> FOUND_SCRIPT
 *
 * A letter that takes code, and a dash alone (standard input), end in FOUND_CODE: there is
 * no script file. What a letter means to which interpreter stands in interpreters.def.
 */
#ifndef SENSORS_ARGV_SCAN_H
#define SENSORS_ARGV_SCAN_H

#include <linux/types.h>

#include "sensors/argv_script.h"
#include "sensors/argv_types.h"

static inlined struct argv_scan
argv_scan_start(enum argv_state state)
{
	return (struct argv_scan){.hash = ARGV_HASH_START, .state = (__u8)state};
}

/*
 * The end of the program's own name. `busybox sh x` and a link `sh` to busybox
 * both run the script x; `busybox awk` runs none.
 */
static inlined void
argv_end_program(struct argv_scan *scan, const struct interpreter *interpreter)
{
	__u32 name = scan->option_hash;
	scan->option_hash = 0;
	if (!interpreter->applets[0] || name == interpreter->applets[0] ||
	    name == interpreter->applets[1])
		scan->state = ARGV_START;
	else if (name != interpreter->self)
		scan->state = ARGV_FOUND_CODE;
}

static inlined void
argv_step_program(
    struct argv_scan *scan, const struct interpreter *interpreter, unsigned char byte)
{
	if (!byte)
		argv_end_program(scan, interpreter);
	else if (byte == '/')
		scan->option_hash = 0;
	else
		scan->option_hash = argv_option_hash_step(scan->option_hash, byte);
}

static inlined void
argv_step_start(
    struct argv_scan *scan, const struct interpreter *interpreter, __u32 at, unsigned char byte)
{
	__u8 wanted = scan->wanted;
	scan->wanted = WANT_ANY;
	if (wanted == WANT_VALUE)
		scan->state = byte ? ARGV_VALUE : ARGV_START;
	else if (!byte)
		scan->state = ARGV_FOUND_CODE;
	else if (wanted == WANT_ANY && (byte == '-' || (byte == '+' && interpreter->plus)))
		scan->state = ARGV_DASH;
	else if (wanted == WANT_ANY && interpreter->operand == OPERAND_CODE)
		scan->state = ARGV_FOUND_CODE;
	else
		argv_begin_script(scan, at, byte);
	if (wanted == WANT_ANY && scan->state == ARGV_SCRIPT &&
	    interpreter->operand == OPERAND_MODULE)
		scan->letter = BROUGHT_BY_NONE;
}

static inlined void
argv_step_letters(
    struct argv_scan *scan, const struct interpreter *interpreter, unsigned char byte)
{
	unsigned char letter = interpreter->letters[byte & 127];
	scan->state = byte ? ARGV_LETTERS : ARGV_START;
	if (letter == LETTER_CODE) {
		scan->letter = byte;
		scan->state = ARGV_FOUND_CODE;
	} else if (letter == LETTER_VALUE) {
		scan->state = ARGV_MAYBE_VALUE;
	} else if (letter == LETTER_SCRIPT || letter == LETTER_MODULE) {
		scan->letter = letter == LETTER_MODULE ? byte : 0;
		scan->state = ARGV_MAYBE_SCRIPT;
	} else if (letter == LETTER_ATTACHED) {
		scan->state = ARGV_VALUE;
	}
}

static inlined void
argv_end_long(struct argv_scan *scan, const struct interpreter *interpreter)
{
	scan->state = ARGV_START;
	if (!scan->option_hash && interpreter->operand == OPERAND_CODE)
		scan->state = ARGV_FOUND_CODE;
	else if (!scan->option_hash) /* "--": whatever follows is the script */
		scan->wanted = WANT_SCRIPT;
	else if (scan->option_hash == interpreter->one_dash)
		scan->wanted = WANT_SCRIPT;
	for (int i = 0; i < INTERPRETER_LONG_OPTIONS && scan->option_hash; i++) {
		if (interpreter->long_code[i] == scan->option_hash) {
			scan->letter = '-';
			scan->state = ARGV_FOUND_CODE;
		} else if (interpreter->long_value[i] == scan->option_hash && !scan->assigned) {
			scan->wanted = WANT_VALUE;
		}
	}
}

static inlined void
argv_begin_word(struct argv_scan *scan, unsigned char byte)
{
	scan->option_hash = argv_option_hash_step(0, byte);
	scan->state = ARGV_LONG;
}

static inlined void
argv_step_long(
    struct argv_scan *scan, const struct interpreter *interpreter, unsigned char byte)
{
	if (!byte)
		argv_end_long(scan, interpreter);
	else if (byte == '=')
		scan->assigned = 1;
	else if (!scan->assigned)
		scan->option_hash = argv_option_hash_step(scan->option_hash, byte);
}

/* Takes the byte at position `at` of the argument area; non-zero when the answer is found. */
static inlined int
argv_step(
    struct argv_scan *scan, const struct interpreter *interpreter, __u32 at, unsigned char byte)
{
	if (scan->state == ARGV_SCRIPT) {
		argv_step_script(scan, at, byte);
	} else if (scan->state == ARGV_PROGRAM) {
		argv_step_program(scan, interpreter, byte);
	} else if (scan->state == ARGV_VALUE) {
		if (!byte)
			scan->state = ARGV_START;
	} else if (scan->state == ARGV_START) {
		argv_step_start(scan, interpreter, at, byte);
	} else if (scan->state == ARGV_LETTERS) {
		argv_step_letters(scan, interpreter, byte);
	} else if (scan->state == ARGV_LONG) {
		argv_step_long(scan, interpreter, byte);
	} else if (scan->state == ARGV_MAYBE_VALUE) {
		scan->wanted = byte ? WANT_ANY : WANT_VALUE;
		scan->state = byte ? ARGV_VALUE : ARGV_START;
	} else if (scan->state == ARGV_MAYBE_SCRIPT) {
		scan->wanted = WANT_SCRIPT;
		scan->state = ARGV_START;
		if (byte)
			argv_step_start(scan, interpreter, at, byte);
	} else if (scan->state == ARGV_DASH) {
		scan->option_hash = 0;
		scan->assigned = 0;
		if (byte == '-')
			scan->state = ARGV_LONG;
		else if (byte && interpreter->one_dash)
			argv_begin_word(scan, byte);
		else if (byte)
			argv_step_letters(scan, interpreter, byte);
		else
			scan->state = ARGV_FOUND_CODE;
	}
	return scan->state >= ARGV_FOUND_SCRIPT;
}

/* At the end of the bytes: a script that the window cuts is a script all the same. */
static inlined int
argv_has_script(const struct argv_scan *scan)
{
	return scan->state == ARGV_FOUND_SCRIPT || scan->state == ARGV_SCRIPT;
}

/* Whether that is no file, but the name of a module. */
static inlined int
argv_has_module(const struct argv_scan *scan)
{
	return argv_has_script(scan) && scan->letter;
}

#endif
