/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/web_path.h"

#include <stdbool.h>
#include <string.h>

static int
hexadecimal(char digit)
{
	static const char digits[] = "0123456789abcdef";
	char lower = digit >= 'A' && digit <= 'F' ? (char)(digit - 'A' + 'a') : digit;
	const char *found = lower ? strchr(digits, lower) : NULL;
	return found ? (int)(found - digits) : -1;
}

/* The next byte of a path that has one; *at moves on. */
static char
next_byte(const char **at, const char *end)
{
	char byte = *(*at)++;
	if (byte != '%' || end - *at < 2)
		return byte;
	int high = hexadecimal((*at)[0]), low = hexadecimal((*at)[1]);
	if (high < 0 || low < 0)
		return byte;
	*at += 2;
	return (char)(16 * high + low);
}

/* Where the segment begins that ends at `end`, which lies behind its last byte. */
static size_t
segment_start(const char *path, size_t end)
{
	while (end && path[end - 1] != '/')
		end--;
	return end;
}

/* The path ends with a slash: takes it away again if the segment before says nothing. */
static size_t
close_segment(const char *path, size_t length)
{
	size_t end = length - 1;
	size_t start = segment_start(path, end);
	size_t size = end - start;
	bool up = size == 2 && !memcmp(path + start, "..", 2);
	if (start == 0)
		return length; /* the first slash, or what stands before it */
	if (size == 0 || (size == 1 && path[start] == '.'))
		return start;
	return up ? (start > 1 ? segment_start(path, start - 1) : start) : length;
}

size_t
web_path_plain(const char *path, size_t length, char *out)
{
	const char *at = path, *end = path + length;
	size_t used = 0;
	while (at < end) {
		out[used++] = next_byte(&at, end);
		if (out[used - 1] == '/')
			used = close_segment(out, used);
	}
	/* A last segment of dots is resolved like one with a slash behind it. */
	out[used] = '/';
	size_t closed = close_segment(out, used + 1);
	return closed <= used ? closed : used;
}
