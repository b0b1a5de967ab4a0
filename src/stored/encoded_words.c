/* SPDX-License-Identifier: Apache-2.0 */
#include "stored/encoded_words.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* "=?CHARSET?ENCODING?TEXT?=" */
struct encoded {
	const char *charset;
	size_t charset_length;
	char encoding; /* 'B' or 'Q' */
	const char *text;
	size_t length;
	const char *end; /* behind it */
};

static bool
find_encoded(const char *at, struct encoded *ret_encoded)
{
	if (strncmp(at, "=?", 2) != 0)
		return false;
	const char *charset = at + 2, *encoding = strchr(charset, '?');
	if (!encoding || !encoding[1] || encoding[2] != '?')
		return false;
	const char *text = encoding + 3, *end = strstr(text, "?=");
	char letter = (char)toupper((unsigned char)encoding[1]);
	if (!end || (letter != 'B' && letter != 'Q'))
		return false;
	*ret_encoded = (struct encoded){
	    charset, (size_t)(encoding - charset), letter, text, (size_t)(end - text), end + 2};
	return true;
}

static bool
is_charset(const struct encoded *encoded, const char *name)
{
	/* A language may stand behind it (RFC 2231, 5). */
	size_t length = 0;
	while (length < encoded->charset_length && encoded->charset[length] != '*')
		length++;
	return length == strlen(name) && strncasecmp(encoded->charset, name, length) == 0;
}

static int
value_of(char letter, bool sixteen)
{
	static const char hexadecimal[] = "0123456789ABCDEF",
			  base64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	const char *digits = sixteen ? hexadecimal : base64;
	const char *found = strchr(digits, sixteen ? toupper((unsigned char)letter) : letter);
	return letter && found ? (int)(found - digits) : -1;
}

static void
decode_q(const struct encoded *encoded, struct str *out)
{
	for (size_t i = 0; i < encoded->length; i++) {
		char letter = encoded->text[i];
		bool is_code = letter == '=' && i + 2 < encoded->length;
		int high = is_code ? value_of(encoded->text[i + 1], true) : -1;
		int low = is_code ? value_of(encoded->text[i + 2], true) : -1;
		if (high >= 0 && low >= 0) {
			str_add_char(out, (char)(high << 4 | low));
			i += 2;
		} else {
			str_add_char(out, letter == '_' ? ' ' : letter);
		}
	}
}

static void
decode_b(const struct encoded *encoded, struct str *out)
{
	unsigned bits = 0, count = 0;
	for (size_t i = 0; i < encoded->length; i++) {
		int value = value_of(encoded->text[i], false);
		if (value < 0)
			continue;
		bits = (bits << 6 | (unsigned)value) & 0xffffff;
		count += 6;
		if (count >= 8) {
			count -= 8;
			str_add_char(out, (char)(bits >> count & 0xff));
		}
	}
}

static void
add_latin(const struct str *bytes, struct str *out)
{
	for (size_t i = 0; i < bytes->length; i++) {
		unsigned char byte = (unsigned char)bytes->data[i];
		if (byte >= 0x80)
			str_add_char(out, (char)(0xc0 | byte >> 6));
		str_add_char(out, (char)(byte >= 0x80 ? 0x80 | (byte & 0x3f) : byte));
	}
}

static bool
decode(const struct encoded *encoded, struct str *out)
{
	auto_str bytes = {0};
	bool is_latin = is_charset(encoded, "iso-8859-1");
	if (!is_latin && !is_charset(encoded, "utf-8") && !is_charset(encoded, "us-ascii"))
		return false;
	if (encoded->encoding == 'Q')
		decode_q(encoded, &bytes);
	else
		decode_b(encoded, &bytes);
	if (is_latin)
		add_latin(&bytes, out);
	else
		str_add_bytes(out, str_text(&bytes), bytes.length);
	return true;
}

void
encoded_words_read(const char *text, struct str *out)
{
	struct encoded encoded;
	const char *behind = NULL; /* the last one */
	for (const char *at = text; *at;) {
		/* Blanks between two of them are none of the text's. */
		const char *next = at + (behind == at ? strspn(at, " \t") : 0);
		if (find_encoded(next, &encoded) && decode(&encoded, out)) {
			at = behind = encoded.end;
			continue;
		}
		str_add_char(out, *at++);
	}
}
