/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/prose.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/escape.h"

/* Characters, not bytes: escaped text is valid UTF-8. */
static size_t
characters(const char *text, size_t length)
{
	size_t count = 0;
	for (size_t i = 0; i < length; i++)
		count += ((unsigned char)text[i] & 0xc0) != 0x80;
	return count;
}

/* Gives the column behind the indent at which the text begins: 0 unless the lead is too long.
 */
static size_t
add_lead(struct str *out, size_t indent, const char *lead)
{
	auto_str escaped = {0};
	escape_text(&escaped, lead);
	str_add(out, str_text(&escaped));
	size_t used = characters(str_text(&escaped), escaped.length);
	bool apart = used == 0 || lead[strlen(lead) - 1] == ' ';
	size_t fill = used < indent ? indent - used : !apart;
	str_add_fill(out, ' ', fill);
	return used + fill - indent;
}

void
prose_add(struct str *out, size_t indent, const char *lead, const char *text)
{
	auto_str escaped = {0};
	escape_text(&escaped, text);
	const char *next = str_text(&escaped);
	if (!*next)
		return;
	size_t column = add_lead(out, indent, lead);
	bool first = true;
	while (*(next += strspn(next, " "))) {
		size_t length = strcspn(next, " ");
		size_t width = characters(next, length);
		bool wrap = !first && indent + column + 1 + width > PROSE_WIDTH;
		if (wrap) {
			str_add_char(out, '\n');
			str_add_fill(out, ' ', indent);
			column = 0;
		} else if (!first) {
			str_add_char(out, ' ');
			column++;
		}
		first = false;
		str_add_bytes(out, next, length);
		column += width;
		next += length;
	}
	str_add_char(out, '\n');
}

void
prose_heading(struct str *out, const char *text)
{
	str_add_char(out, '\n');
	prose_add(out, 0, "", text);
}
