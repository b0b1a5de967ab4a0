/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line is taken apart while it comes, as far as its brackets go:
 *
 *     {"queue_id": "7A3F", ..., "recipients": [{"address": ...}, {...}, ...]}
 *     1                                       2 3             2  3       2  1
 *
 * What lies in 2 or more of them is kept of the first recipient only, the others are counted.
 */
#include "site/queue_lines.h"

#include <jansson.h>
#include <stdlib.h>

#include "base/memory.h"

/* Addresses are shorter (RFC 5321), reasons are what other servers say. */
enum {
	LONGEST_LINE = 64 * 1024,
	LONGEST_WORD = 64,
	LONGEST_ADDRESS = 320,
	LONGEST_REASON = 200
};

/* Brackets around the recipients. */
enum { IN_LIST = 2 };

struct queue_lines {
	struct str line; /* of the mail that is being read, as far as it is kept */
	bool is_too_long;
	bool in_text;
	bool is_escaped;
	int depth;
	int64_t recipients;
	int64_t more;
	struct str held;
	struct str others;
};

struct queue_lines *
queue_lines_new(void)
{
	return memory_new(1, sizeof(struct queue_lines));
}

void
queue_lines_free(struct queue_lines *lines)
{
	if (!lines)
		return;
	str_done(&lines->line);
	str_done(&lines->held);
	str_done(&lines->others);
	free(lines);
}

/* ---- one mail, made short ---- */

/* In whole characters: jansson takes no half ones. */
static void
copy_text(json_t *to, const json_t *from, const char *name, size_t most)
{
	const json_t *member = json_object_get(from, name);
	const char *text = json_string_value(member);
	size_t length = json_string_length(member);
	if (!text)
		return;
	if (length > most)
		for (length = most; length && (text[length] & 0xc0) == 0x80;)
			length--;
	json_object_set_new(to, name, json_stringn(text, length));
}

static void
copy_number(json_t *to, const json_t *from, const char *name)
{
	json_object_set_new(
	    to, name, json_integer(json_integer_value(json_object_get(from, name))));
}

static json_t *
shortened(const json_t *mail, int64_t recipients)
{
	json_t *given = json_object(), *list = json_array(), *recipient = json_object();
	const json_t *first = json_array_get(json_object_get(mail, "recipients"), 0);
	copy_text(given, mail, "queue_id", LONGEST_WORD);
	copy_text(given, mail, "queue_name", LONGEST_WORD);
	copy_text(given, mail, "sender", LONGEST_ADDRESS);
	copy_number(given, mail, "arrival_time");
	copy_number(given, mail, "message_size");
	copy_text(recipient, first, "address", LONGEST_ADDRESS);
	copy_text(recipient, first, "delay_reason", LONGEST_REASON);
	json_array_append_new(list, recipient);
	json_object_set_new(given, "recipients", list);
	json_object_set_new(given, "recipient_count", json_integer(recipients));
	return given;
}

/* Whether there was room for it. */
static bool
add_line(struct queue_lines *lines, const json_t *mail)
{
	const char *queue = json_string_value(json_object_get(mail, "queue_name"));
	struct str *out = text_equal(queue, "hold") ? &lines->held : &lines->others;
	json_t *given = shortened(mail, lines->recipients);
	auto_free char *text = json_dumps(given, JSON_COMPACT);
	size_t before = out->length;
	json_decref(given);
	if (!text)
		return false;
	str_addf(out, "%s\n", text);
	bool fits = out->length <= MOST_QUEUE;
	if (!fits)
		str_cut(out, before);
	return fits;
}

static void
end_line(struct queue_lines *lines)
{
	json_t *mail = lines->is_too_long
			   ? NULL
			   : json_loadb(str_text(&lines->line), lines->line.length, 0, NULL);
	bool is_there = lines->is_too_long || lines->line.length;
	if (is_there && (!json_is_object(mail) || !add_line(lines, mail)))
		lines->more++;
	json_decref(mail);
	str_clear(&lines->line);
	lines->is_too_long = lines->in_text = lines->is_escaped = false;
	lines->depth = 0;
	lines->recipients = 0;
}

/* ---- byte by byte ---- */

static void
read_text(struct queue_lines *lines, char byte)
{
	bool is_escaped = lines->is_escaped;
	lines->is_escaped = !is_escaped && byte == '\\';
	if (byte == '"' && !is_escaped)
		lines->in_text = !lines->in_text;
}

/* In how many brackets the byte is; one that is a bracket is outside of itself. */
static int
read_bracket(struct queue_lines *lines, char byte)
{
	if (byte == '{' || byte == '[')
		return lines->depth++;
	if (byte == '}' || byte == ']')
		return --lines->depth;
	return lines->depth;
}

/* Whether the byte is part of what is kept. */
static bool
is_kept(struct queue_lines *lines, char byte)
{
	if (lines->in_text || byte == '"') {
		read_text(lines, byte);
		return lines->depth < IN_LIST ||
		       (lines->depth > IN_LIST && lines->recipients == 1);
	}
	int depth = read_bracket(lines, byte);
	if (depth == IN_LIST && lines->depth > IN_LIST)
		lines->recipients++;
	/* The comma behind the first would have nothing behind it. */
	return depth < IN_LIST ||
	       (lines->recipients == 1 && (depth > IN_LIST || byte == '{' || byte == '}'));
}

void
queue_lines_read(void *context, const void *bytes, size_t length)
{
	struct queue_lines *lines = context;
	for (const char *at = bytes, *end = at + length; at < end; at++) {
		if (*at == '\n')
			end_line(lines);
		else if (is_kept(lines, *at)) {
			lines->is_too_long |= lines->line.length == LONGEST_LINE;
			if (!lines->is_too_long)
				str_add_char(&lines->line, *at);
		}
	}
}

void
queue_lines_tell(struct queue_lines *lines, bool was_all, struct str *out)
{
	/* What did not come to its end is one, too. */
	lines->more += lines->line.length > 0;
	str_add_bytes(out, str_text(&lines->held), lines->held.length);
	str_add_bytes(out, str_text(&lines->others), lines->others.length);
	if (lines->more || !was_all)
		str_addf(out, "{\"more\":%lld%s}\n", (long long)lines->more,
		    was_all ? "" : ",\"unread\":true");
}
