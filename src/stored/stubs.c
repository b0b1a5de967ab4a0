/* SPDX-License-Identifier: Apache-2.0 */
#include "stored/stubs.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/attributes.h"
#include "base/escape.h"
#include "gates/mime.h"
#include "model/quantity.h"
#include "stored/attachments.h"
#include "stored/encoded_words.h"

enum { LONGEST_LINE = 72 }; /* of quoted-printable, which may have 76 */

/* A mail while it is copied. */
struct copying {
	const struct stubs *stubs;
	struct str *out;
	const char *at; /* up to here it is copied, or replaced */
	const char *line_end;
	uint32_t count;
};

/* ---- the words ---- */

/* Of base64 what it stands for; of all else what is there. */
static int64_t
size_of(const struct mime_part *part)
{
	const char *body = part->start + part->body;
	size_t length = part->length - part->body;
	int64_t letters = 0;
	if (strcmp(part->encoding, "base64") != 0)
		return (int64_t)length;
	for (size_t i = 0; i < length; i++)
		letters += isalnum((unsigned char)body[i]) || body[i] == '+' || body[i] == '/';
	return letters * 3 / 4;
}

/* The name is its author's: what could be taken for anything but a name is \xNN in it. */
static void
add_words(const struct copying *copying, const struct mime_part *part, struct str *words)
{
	const struct stubs *stubs = copying->stubs;
	auto_str name = {0};
	encoded_words_read(*part->name ? part->name : "(it has no name)", &name);
	str_add(words, "A file was taken out of this mail: by the terms of this server\n"
		       "there may be none here.\n\n"
		       "    file: ");
	escape_bytes(words, str_text(&name), name.length);
	str_addf(words, "\n    kind: %s\n    size: ", *part->type ? part->type : "not said");
	quantity_add(words, UNIT_SIZE, size_of(part));
	str_add(words, "\n\nThe whole mail is kept");
	if (*stubs->until)
		str_addf(words, " until %s", stubs->until);
	str_addf(words,
	    ". To have it back say\n\n"
	    "    hayward mail restore %s\n\n"
	    "on the shell server, or ask the staff and give them that number.\n",
	    stubs->reference);
	if (part->signed_over)
		str_add(words,
		    "\nThis mail is signed, and the signature is about the file, too: it "
		    "does\nnot fit any more. That of the whole mail does.\n");
}

/* ---- as a part ---- */

/* What means something at the beginning of a line: a boundary, mbox, SMTP. */
static bool
must_be_quoted(char letter, size_t column)
{
	bool is_plain = letter == ' ' || (letter > ' ' && letter < 127 && letter != '=');
	return !is_plain || (column == 0 && strchr("-F.", letter));
}

/* Quoted-printable (RFC 2045, 6.7): in a part of any other encoding it is at home. No line of
 * the words ends with a blank. */
static void
add_quoted(struct str *out, const char *words, const char *line_end)
{
	size_t column = 0;
	for (const char *at = words; *at; at++) {
		if (*at == '\n') {
			str_add(out, line_end);
			column = 0;
			continue;
		}
		if (column >= LONGEST_LINE) {
			str_addf(out, "=%s", line_end);
			column = 0;
		}
		if (must_be_quoted(*at, column)) {
			str_addf(out, "=%02X", (unsigned)(unsigned char)*at);
			column += 3;
		} else {
			str_add_char(out, *at);
			column++;
		}
	}
}

static bool
is_blank(const char *line, const char *end)
{
	while (line < end && (end[-1] == '\n' || end[-1] == '\r'))
		end--;
	return line == end;
}

static bool
is_of_content(const char *line, const char *end)
{
	static const char name[] = "content-";
	return (size_t)(end - line) >= strlen(name) &&
	       strncasecmp(line, name, strlen(name)) == 0;
}

/* Of a mail that is nothing but a file these are the mail's: Subject, Date, Received. */
static void
add_other_headers(const struct copying *copying, const struct mime_part *part)
{
	const char *at = part->start, *end = part->start + part->body;
	bool is_left_out = false;
	while (at < end) {
		const char *feed = memchr(at, '\n', (size_t)(end - at));
		const char *next = feed ? feed + 1 : end;
		if (is_blank(at, next))
			break;
		if (*at != ' ' && *at != '\t')
			is_left_out = is_of_content(at, next);
		if (!is_left_out)
			str_add_bytes(copying->out, at, (size_t)(next - at));
		if (!is_left_out && !feed)
			str_add(copying->out, copying->line_end);
		at = next;
	}
}

static void
add_stub(const struct copying *copying, const struct mime_part *part)
{
	static const char *const headers[] = {"Content-Type: text/plain; charset=utf-8",
	    "Content-Transfer-Encoding: quoted-printable", ""};
	auto_str words = {0};
	add_other_headers(copying, part);
	for (size_t i = 0; i < array_length(headers); i++)
		str_addf(copying->out, "%s%s", headers[i], copying->line_end);
	add_words(copying, part, &words);
	add_quoted(copying->out, str_text(&words), copying->line_end);
}

static void
visit(void *context, const struct mime_part *part)
{
	struct copying *copying = context;
	if (!attachment_is(part))
		return;
	str_add_bytes(copying->out, copying->at, (size_t)(part->start - copying->at));
	add_stub(copying, part);
	copying->at = part->start + part->length;
	copying->count++;
}

/* As the message has them itself. */
static const char *
line_end_of(const char *message, size_t length)
{
	const char *feed = memchr(message, '\n', length);
	return feed && feed > message && feed[-1] == '\r' ? "\r\n" : "\n";
}

uint32_t
stubs_put(const char *message, size_t length, const struct stubs *stubs, struct str *out)
{
	struct copying copying = {.stubs = stubs,
	    .out = out,
	    .at = message,
	    .line_end = line_end_of(message, length)};
	/* What lies deeper than is looked into stays as it is. */
	(void)mime_walk(message, length, visit, &copying);
	str_add_bytes(out, copying.at, (size_t)(message + length - copying.at));
	return copying.count;
}
