/* SPDX-License-Identifier: Apache-2.0 */
#include "base/escape.h"

#include <string.h>

size_t
utf8_next(const char *text, size_t length, uint32_t *ret_point)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *bytes = (const unsigned char *)text;
	if (!length)
		return 0;
	size_t size = bytes[0] < 0x80	    ? 1
		      : bytes[0] >> 5 == 6  ? 2
		      : bytes[0] >> 4 == 14 ? 3
		      : bytes[0] >> 3 == 30 ? 4
					    : 0;
	if (!size || size > length)
		return 0;
	uint32_t point = size == 1 ? bytes[0] : bytes[0] & (0x7fu >> size);
	for (size_t i = 1; i < size; i++) {
		if (bytes[i] >> 6 != 2)
			return 0;
		point = point << 6 | (bytes[i] & 0x3fu);
	}
	bool surrogate = point >= 0xd800 && point <= 0xdfff;
	if (point < smallest[size] || point > 0x10ffff || surrogate)
		return 0;
	*ret_point = point;
	return size;
}

/*
 * Controls, and characters that reorder or hide what stands around them: a
 * name must not be able to paint itself as another.
 */
static bool
is_treacherous(uint32_t point)
{
	return point < 0x20 || (point >= 0x7f && point < 0xa0) || point == 0xad ||
	       point == 0x61c || point == 0x180e || (point >= 0x200b && point <= 0x200f) ||
	       (point >= 0x2028 && point <= 0x202e) || (point >= 0x2060 && point <= 0x206f) ||
	       point == 0xfeff || (point >= 0xfff0 && point <= 0xfffb) ||
	       (point >= 0xe0000 && point <= 0xe0fff);
}

enum form { FORM_TEXT, FORM_HTML, FORM_HEADER };

static void
add_hex(struct str *out, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		str_addf(out, "\\x%02x", (unsigned char)bytes[i]);
}

static const char *
entity_of(char character)
{
	switch (character) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void
escape(struct str *out, const char *text, size_t length, enum form form)
{
	while (length) {
		uint32_t point = 0;
		size_t size = utf8_next(text, length, &point);
		const char *entity = form == FORM_HTML ? entity_of(*text) : NULL;
		if (!size || is_treacherous(point) || (form == FORM_HEADER && point > 0x7e))
			add_hex(out, text, size ? size : 1);
		else if (entity)
			str_add(out, entity);
		else if (point == '\\')
			str_add(out, "\\\\");
		else
			str_add_bytes(out, text, size);
		text += size ? size : 1;
		length -= size ? size : 1;
	}
}

void
escape_bytes(struct str *out, const void *bytes, size_t length)
{
	escape(out, bytes, length, FORM_TEXT);
}

void
escape_text(struct str *out, const char *text)
{
	escape(out, text, strlen(text), FORM_TEXT);
}

void
escape_html(struct str *out, const char *text)
{
	escape(out, text, strlen(text), FORM_HTML);
}

void
escape_header(struct str *out, const char *text)
{
	escape(out, text, strlen(text), FORM_HEADER);
}

bool
text_is_clean(const char *text)
{
	size_t length = strlen(text);
	while (length) {
		uint32_t point = 0;
		size_t size = utf8_next(text, length, &point);
		if (!size || is_treacherous(point))
			return false;
		text += size;
		length -= size;
	}
	return true;
}

void
escape_pattern(struct str *out, const char *text)
{
	for (const unsigned char *at = (const unsigned char *)text; *at; at++)
		if ((*at >= '0' && *at <= '9') || (*at >= 'A' && *at <= 'Z') ||
		    (*at >= 'a' && *at <= 'z'))
			str_add_char(out, (char)*at);
		else
			str_addf(out, "\\x%02x", *at);
}
