/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/mail.h"

#include <ctype.h>
#include <inttypes.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/escape.h"

enum {
	WIDTH = 76,	       /* RFC 2045: of an encoded line; RFC 2047: of a header's */
	WRAP = 72,	       /* of a text, so that encoding it breaks no line */
	LONGEST_SUBJECT = 250, /* bytes */
	ENCODED_CHUNK = 42,    /* bytes in one encoded word: 12 + 4/3 of it is below 75 */
	LONGEST_LOCAL = 64,    /* RFC 5321 */
	LONGEST_DOMAIN = 253,
};

static bool
is_dot_atom(const char *text, size_t length, const char *beside)
{
	bool after_dot = true;
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];
		if (byte == '.' ? after_dot
				: byte > 0x7e || (!isalnum(byte) && !strchr(beside, byte)))
			return false;
		after_dot = byte == '.';
	}
	return length && !after_dot;
}

bool
mail_address_is_fine(const char *address)
{
	const char *at = strrchr(address, '@');
	size_t local = at ? (size_t)(at - address) : 0;
	size_t domain = at ? strlen(at + 1) : 0;
	return local && local <= LONGEST_LOCAL && domain <= LONGEST_DOMAIN &&
	       is_dot_atom(address, local, "!#$%&'*+-/=?^_`{|}~") &&
	       is_dot_atom(at + 1, domain, "-");
}

void
mail_add_id(uint64_t id, const char *host, struct str *out)
{
	bool fine = is_dot_atom(host, strlen(host), "-");
	str_addf(out, "hayward.%016" PRIx64 "@%s", id, fine ? host : "localhost");
}

static size_t
columns_of(const char *text, size_t length)
{
	size_t columns = 0;
	for (size_t i = 0; i < length; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

/* How much of a line fits: up to the last blank before the width, or the first one after it. */
static size_t
fitting(const char *line, size_t length, size_t indent, size_t width)
{
	size_t best = 0;
	for (size_t i = indent; i < length; i++) {
		if (line[i] != ' ')
			continue;
		if (best && columns_of(line, i) > width)
			break;
		best = i;
	}
	return best ? best : length;
}

static void
wrap_line(const char *line, size_t length, struct str *out)
{
	size_t indent = strspn(line, " ");
	size_t width = WRAP;
	indent = indent < length && indent < WRAP / 2 ? indent : 0;
	const char *first = line;
	while (columns_of(line, length) > width) {
		size_t fits = fitting(line, length, line == first ? indent : 0, width);
		if (fits == length)
			break;
		str_add_bytes(out, line, fits);
		str_add_char(out, '\n');
		str_add_fill(out, ' ', indent);
		line += fits + 1;
		length -= fits + 1;
		width = WRAP - indent;
	}
	str_add_bytes(out, line, length);
}

void
mail_wrap(const char *text, struct str *out)
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		wrap_line(text, length, out);
		text += length;
		if (*text)
			str_add_char(out, *text++);
	}
}

static void
add_date(int64_t wall, struct str *out)
{
	static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
	static const char *const months[] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	auto_str utc = {0};
	int year = 1970, month = 1, day = 1;
	char clock[9] = "00:00:00";
	wall = wall < 0 ? 0 : wall;
	clock_add_utc(&utc, wall);
	sscanf(str_text(&utc), "%d-%d-%dT%8[0-9:]", &year, &month, &day, clock);
	str_addf(out, "Date: %s, %02d %s %d %s +0000\r\n", days[wall / 86400000 % 7], day,
	    months[(month + 11) % 12], year, clock);
}

/* Bytes of a whole number of characters, at most max. */
static size_t
chunk_of(const char *text, size_t length, size_t max)
{
	size_t taken = 0;
	while (taken < length) {
		uint32_t point;
		size_t size = utf8_next(text + taken, length - taken, &point);
		size = size ? size : 1;
		if (taken + size > max)
			break;
		taken += size;
	}
	return taken;
}

static void
add_encoded_words(const char *text, size_t length, struct str *out)
{
	for (size_t at = 0; at < length;) {
		char encoded[BASE64_ENCODE_RAW_LENGTH(ENCODED_CHUNK) + 1] = {0};
		size_t chunk = chunk_of(text + at, length - at, ENCODED_CHUNK);
		base64_encode_raw(encoded, chunk, (const uint8_t *)text + at);
		str_addf(out, "%s=?UTF-8?B?%s?=", at ? "\r\n " : "", encoded);
		at += chunk;
	}
}

/* ASCII words as they are, folded at blanks; a word that looks encoded is not left so. */
static bool
add_plain_words(const char *text, size_t length, size_t column, struct str *out)
{
	size_t start = out->length;
	for (size_t at = 0; at < length;) {
		size_t word = strcspn(text + at, " ");
		bool fits = column + word + 1 <= WIDTH;
		if (word > WIDTH - 2 || (word == 0 && at) || memchr(text + at, '=', word)) {
			str_cut(out, start);
			return false;
		}
		if (at)
			str_add(out, fits ? " " : "\r\n ");
		column = fits ? column + word + 1 : word + 1;
		str_add_bytes(out, text + at, word);
		at += word;
		at += text[at] == ' ';
	}
	return true;
}

/* Text of a header: one line, no controls, whatever comes. */
static void
add_words(const char *name, const char *words, struct str *out)
{
	auto_str line = {0};
	if (text_is_clean(words))
		str_add(&line, words);
	else
		escape_text(&line, words);
	str_cut(&line, chunk_of(str_text(&line), line.length, LONGEST_SUBJECT));
	bool ascii = columns_of(str_text(&line), line.length) == line.length;
	str_addf(out, "%s: ", name);
	if (!ascii || !add_plain_words(str_text(&line), line.length, strlen(name) + 2, out))
		add_encoded_words(str_text(&line), line.length, out);
	str_add(out, "\r\n");
}

static void
add_address(const char *name, const char *address, struct str *out)
{
	if (address && mail_address_is_fine(address))
		str_addf(out, "%s: <%s>\r\n", name, address);
}

static bool
is_plain(unsigned char byte, bool last_of_line, bool first_of_line)
{
	if (byte == ' ' || byte == '\t')
		return !last_of_line;
	if (first_of_line &&
	    (byte == '.' || byte == 'F')) /* "From " and lone dots get changed */
		return false;
	return byte > 0x20 && byte < 0x7f && byte != '=';
}

/* RFC 2045, 6.7: every line below 76 characters, blanks at ends of lines kept. */
static void
add_quoted_printable(const char *text, struct str *out)
{
	size_t column = 0;
	for (; *text; text++) {
		char encoded[4] = {*text};
		if (*text == '\n') {
			str_add(out, "\r\n");
			column = 0;
			continue;
		}
		if (!is_plain((unsigned char)*text, text[1] == '\n' || !text[1], column == 0))
			snprintf(encoded, sizeof(encoded), "=%02X", (unsigned char)*text);
		if (column + strlen(encoded) >= WIDTH) {
			str_add(out, "=\r\n");
			column = 0;
		}
		str_add(out, encoded);
		column += strlen(encoded);
	}
	if (column)
		str_add(out, "\r\n");
}

static void
add_part(const char *type, const char *text, struct str *out)
{
	str_addf(out,
	    "Content-Type: %s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n",
	    type);
	add_quoted_printable(text, out);
}

static void
add_headers(const struct mail *mail, struct str *out)
{
	if (is_dot_atom(mail->host, strlen(mail->host), "-"))
		str_addf(out, "From: \"hayward on %s\"\r\n <%s>\r\n", mail->host, mail->from);
	else
		add_address("From", mail->from, out);
	add_address("To", mail->to, out);
	add_address("Cc", mail->copy, out);
	add_address("Reply-To", mail->reply_to, out);
	add_words("Subject", mail->subject, out);
	add_date(mail->wall, out);
	str_add(out, "Message-ID: <");
	mail_add_id(mail->id, mail->host, out);
	str_add(out, ">\r\nMIME-Version: 1.0\r\nAuto-Submitted: auto-generated\r\n");
	add_words("X-Hayward-Notice", mail->label, out);
}

void
mail_compose(const struct mail *mail, struct str *out)
{
	auto_str boundary = {0};
	/* An encoded part cannot hold "=_", so it cannot hold the boundary. */
	str_addf(&boundary, "=_hayward_%016" PRIx64, mail->id);
	add_headers(mail, out);
	if (!mail->html) {
		add_part("text/plain", mail->text, out);
		return;
	}
	str_addf(out, "Content-Type: multipart/alternative; boundary=\"%s\"\r\n\r\n--%s\r\n",
	    str_text(&boundary), str_text(&boundary));
	add_part("text/plain", mail->text, out);
	str_addf(out, "\r\n--%s\r\n", str_text(&boundary));
	add_part("text/html", mail->html, out);
	str_addf(out, "\r\n--%s--\r\n", str_text(&boundary));
}
