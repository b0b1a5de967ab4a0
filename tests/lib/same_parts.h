/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold of every mail and the same without its files: it has none, as many parts, and
 * all others byte for byte.
 */
#ifndef TESTS_LIB_SAME_PARTS_H
#define TESTS_LIB_SAME_PARTS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "gates/mime.h"
#include "stored/attachments.h"
#include "stored/stubs.h"

struct parts_seen {
	uint32_t count;
	struct part_seen {
		const char *start;
		size_t length;
		bool is_file;
	} parts[MIME_MOST_PARTS];
};

static void
see_part(void *context, const struct mime_part *part)
{
	struct parts_seen *seen = context;
	seen->parts[seen->count++] =
	    (struct part_seen){part->start, part->length, attachment_is(part)};
}

static bool
is_same_without_files(const char *message, size_t length)
{
	static const struct stubs stubs = {"0123456789abcdef", "2027-01-31"};
	static struct parts_seen before, after;
	auto_str out = {0}, again = {0};
	before.count = after.count = 0;
	uint32_t count = stubs_put(message, length, &stubs, &out);
	bool is_as_it_was =
	    out.length == length && (!length || !memcmp(str_text(&out), message, length));
	if (count != attachments_count(message, length) || (!count && !is_as_it_was) ||
	    attachments_count(str_text(&out), out.length) ||
	    stubs_put(str_text(&out), out.length, &stubs, &again))
		return false;
	(void)mime_walk(message, length, see_part, &before);
	(void)mime_walk(str_text(&out), out.length, see_part, &after);
	if (before.count != after.count)
		return false;
	/* What is between them is the same, too: all that differs lies in files. */
	const char *one = message, *other = str_text(&out);
	for (uint32_t i = 0; i < before.count; i++) {
		const struct part_seen *old = &before.parts[i], *new = &after.parts[i];
		size_t old_length =
		    (size_t)(old->start - one) + (old->is_file ? 0 : old->length);
		size_t new_length =
		    (size_t)(new->start - other) + (old->is_file ? 0 : new->length);
		if (old_length != new_length || memcmp(one, other, old_length) != 0)
			return false;
		one = old->start + old->length;
		other = new->start + new->length;
	}
	size_t left = (size_t)(message + length - one);
	return left == (size_t)(str_text(&out) + out.length - other) &&
	       !memcmp(one, other, left);
}

#endif
