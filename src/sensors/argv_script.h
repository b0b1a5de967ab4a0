/* SPDX-License-Identifier: Apache-2.0 */
/* The part of the scan that takes a script's name; see sensors/argv_scan.h. */
#ifndef SENSORS_ARGV_SCRIPT_H
#define SENSORS_ARGV_SCRIPT_H

#include <linux/types.h>

#include "sensors/argv_types.h"

#define ARGV_HASH_START	 14695981039346656037ULL /* FNV-1a, 64 bits */
#define ARGV_HASH_FACTOR 1099511628211ULL

static inlined void
argv_begin_script(struct argv_scan *scan, __u32 at, unsigned char byte)
{
	scan->start = (__u16)at;
	scan->leaf = (__u16)(byte == '/' ? at + 1 : at);
	scan->length = 1;
	scan->hash = (ARGV_HASH_START ^ byte) * ARGV_HASH_FACTOR;
	scan->state = ARGV_SCRIPT;
}

/* Whether a name that begins so is "./"; and whether a slash follows a slash. */
static inlined int
argv_is_here(const struct argv_scan *scan, unsigned char byte)
{
	const __u64 dot = (ARGV_HASH_START ^ '.') * ARGV_HASH_FACTOR;
	return byte == '/' && scan->length == 1 && scan->hash == dot;
}

static inlined int
argv_is_repeated(const struct argv_scan *scan, __u32 at, unsigned char byte)
{
	return byte == '/' && scan->leaf == (__u16)at;
}

/*
 * One script by whatever spelling: in "./x" and "x" a dot and a slash at the beginning do not
 * count, in "//home/x" (which a web server gives to PHP) and "/home//x" the second slash.
 */
static inlined void
argv_step_script(struct argv_scan *scan, __u32 at, unsigned char byte)
{
	if (!byte) {
		scan->state = ARGV_FOUND_SCRIPT;
		return;
	}
	if (argv_is_repeated(scan, at, byte)) {
		scan->leaf = (__u16)(at + 1);
		if (scan->length <= 1)
			scan->start++;
		else
			scan->length++;
		return;
	}
	if (byte == '/')
		scan->leaf = (__u16)(at + 1);
	if (argv_is_here(scan, byte)) {
		scan->start = (__u16)(scan->start + 2);
		scan->length = 0;
		scan->hash = ARGV_HASH_START;
		return;
	}
	scan->length++;
	scan->hash = (scan->hash ^ byte) * ARGV_HASH_FACTOR;
}

#endif
