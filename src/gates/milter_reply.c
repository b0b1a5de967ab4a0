/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/milter_reply.h"

#include <string.h>

#include "base/escape.h"

enum {
	DIGITS = 3,
	LONGEST_LINE = 400, /* of the 512 of RFC 5321, with room for what the server adds */
	MOST_LINES = 8,
};

static void
add_number(struct str *out, uint32_t number)
{
	const unsigned char bytes[] = {(unsigned char)(number >> 24),
	    (unsigned char)(number >> 16), (unsigned char)(number >> 8), (unsigned char)number};
	str_add_bytes(out, bytes, sizeof(bytes));
}

void
milter_reply(struct str *out, char letter, const void *bytes, size_t length)
{
	add_number(out, (uint32_t)length + 1);
	str_add_char(out, letter);
	str_add_bytes(out, bytes, length);
}

void
milter_reply_agree(struct str *out, uint32_t version, uint32_t actions, uint32_t protocol,
    const char *const *macros, uint32_t stage_count)
{
	auto_str data = {0};
	add_number(&data, version);
	add_number(&data, actions);
	add_number(&data, protocol);
	for (uint32_t stage = 0; stage < stage_count; stage++) {
		add_number(&data, stage);
		str_add_bytes(&data, macros[stage], strlen(macros[stage]) + 1);
	}
	milter_reply(out, 'O', data.data, data.length);
}

/* "550" and "5.7.1"; without them it would be a reply of nobody's. */
static size_t
status_length(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	if (digits != DIGITS || (*text != '4' && *text != '5') || text[digits] != ' ')
		return 0;
	size_t status = strspn(text + digits + 1, "0123456789.");
	return status && text[digits + 1 + status] == ' ' ? digits + 1 + status : digits;
}

/* The server expands macros in it, so each of its signs is doubled. */
static void
add_line(struct str *out, const char *status, size_t status_size, const char *line,
    size_t length, bool last)
{
	auto_str raw = {0}, clean = {0};
	str_add_bytes(&raw, line, length);
	escape_header(&clean, str_text(&raw));
	str_cut(&clean, LONGEST_LINE);
	str_add_bytes(out, status, DIGITS);
	str_add_char(out, last ? ' ' : '-');
	if (status_size > DIGITS) {
		str_add_bytes(out, status + DIGITS + 1, status_size - DIGITS - 1);
		str_add_char(out, ' ');
	}
	for (const char *at = str_text(&clean); *at; at++)
		str_add(out, *at == '%' ? "%%" : (char[]){*at, '\0'});
	if (!last)
		str_add(out, "\r\n");
}

void
milter_reply_words(struct str *out, const char *text)
{
	static const char unknown[] = "451 4.3.0";
	auto_str words = {0};
	size_t status_size = status_length(text), length;
	const char *status = status_size ? text : unknown, *line;
	const char *at = text + status_size;
	at += strspn(at, " ");
	status_size = status_size ? status_size : strlen(unknown);
	for (int count = 1; (line = text_next_line(&at, &length)); count++) {
		bool last = !*at || count == MOST_LINES;
		add_line(&words, status, status_size, line, length, last);
		if (last)
			break;
	}
	if (!words.length)
		add_line(&words, status, status_size, "refused", strlen("refused"), true);
	milter_reply(out, 'y', str_text(&words), words.length + 1);
}

static void
add_text(struct str *out, const char *text)
{
	str_add_bytes(out, text, strlen(text) + 1);
}

void
milter_reply_insert(struct str *out, const char *name, const char *value)
{
	auto_str data = {0};
	add_number(&data, 0);
	add_text(&data, name);
	str_add_char(&data, ' ');
	add_text(&data, value);
	milter_reply(out, 'i', data.data, data.length);
}

void
milter_reply_remove(struct str *out, const char *name, uint32_t index)
{
	auto_str data = {0};
	add_number(&data, index);
	add_text(&data, name);
	add_text(&data, "");
	milter_reply(out, 'm', data.data, data.length);
}
