/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/mime.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"

enum {
	LONGEST_HEADERS = 1024 * 1024, /* of one part; of a value no more is kept than below */
	LONGEST_VALUE = 8 * 1024,
	LONGEST_BOUNDARY = 100, /* 70 by RFC 2046, and some who write more */
};

struct walk {
	mime_visit *visit;
	void *context;
	uint32_t count;
	bool whole;	  /* nothing was left out */
	bool signed_over; /* what is walked through lies within multipart/signed */
	char within[64];
};

struct span {
	const char *start;
	const char *end;
};

/* What a part's headers say of it. */
struct headers {
	struct str type;
	struct str disposition;
	struct str encoding;
	struct str id;
	size_t length; /* with the empty line */
	bool whole;
};

static void look_into(struct walk *walk, struct span part, uint32_t depth);

/* ---- lines and headers ---- */

/* The line, with its end. */
static struct span
next_line(struct span rest)
{
	const char *end = memchr(rest.start, '\n', (size_t)(rest.end - rest.start));
	return (struct span){rest.start, end ? end + 1 : rest.end};
}

static struct span
without_end(struct span line)
{
	while (line.end > line.start && (line.end[-1] == '\n' || line.end[-1] == '\r'))
		line.end--;
	return line;
}

/* The header's value if the line is of that name. */
static bool
is_header(struct span line, const char *name, struct span *ret_value)
{
	size_t length = strlen(name);
	if ((size_t)(line.end - line.start) <= length ||
	    strncasecmp(line.start, name, length) != 0)
		return false;
	const char *at = line.start + length;
	while (at < line.end && (*at == ' ' || *at == '\t'))
		at++;
	if (at == line.end || *at != ':')
		return false;
	*ret_value = (struct span){at + 1, line.end};
	return true;
}

static void
add_value(struct headers *headers, struct str *value, struct span line)
{
	if (value->length + (size_t)(line.end - line.start) > LONGEST_VALUE) {
		headers->whole = false;
		return;
	}
	/* A NUL would hide what stands behind it. */
	for (const char *at = line.start; at < line.end; at++)
		str_add_char(value, *at ? *at : ' ');
}

/* The first of several is what counts, as it does for most who read mail. */
static struct str *
wanted(struct headers *headers, struct span line, struct span *ret_value)
{
	struct str *value = is_header(line, "Content-Type", ret_value) ? &headers->type
	    : is_header(line, "Content-Disposition", ret_value)	       ? &headers->disposition
	    : is_header(line, "Content-Transfer-Encoding", ret_value)  ? &headers->encoding
	    : is_header(line, "Content-ID", ret_value)		       ? &headers->id
								       : NULL;
	return value && !value->length ? value : NULL;
}

static void
read_headers(struct span part, struct headers *headers)
{
	struct str *open = NULL;
	struct span rest = part;
	headers->whole = true;
	while (rest.start < rest.end) {
		struct span raw = next_line(rest), line = without_end(raw), value;
		rest.start = raw.end;
		if (line.start == line.end)
			break;
		if ((size_t)(raw.end - part.start) > LONGEST_HEADERS) {
			headers->whole = false;
			continue;
		}
		if (*line.start != ' ' && *line.start != '\t') {
			open = wanted(headers, line, &value);
			line = open ? value : line;
		}
		if (open)
			add_value(headers, open, line);
	}
	headers->length = (size_t)(rest.start - part.start);
}

static void
headers_done(struct headers *headers)
{
	str_done(&headers->type);
	str_done(&headers->disposition);
	str_done(&headers->encoding);
	str_done(&headers->id);
}

/* ---- values and parameters ---- */

static bool
is_token_letter(char letter)
{
	return isalnum((unsigned char)letter) || (letter && strchr("/+-._", letter));
}

static void
read_token(const struct str *value, char *buffer, size_t size)
{
	const char *at = str_text(value);
	size_t length = 0;
	at += strspn(at, " \t");
	for (; is_token_letter(*at) && length + 1 < size; at++)
		buffer[length++] = (char)tolower((unsigned char)*at);
	buffer[length] = '\0';
}

/* The value behind "=": in quotes or up to a blank or semicolon. *at moves behind it. */
static void
read_value(const char **at, struct str *out)
{
	const char *text = *at;
	bool quoted = *text == '"';
	for (text += quoted; *text; text++) {
		if (quoted ? *text == '"' : strchr("; \t", *text) != NULL)
			break;
		if (quoted && *text == '\\' && text[1])
			text++;
		str_add_char(out, *text);
	}
	*at = text + (quoted && *text == '"');
}

/* The number of RFC 2231's "name*N" and "name*N*"; -1: the name has none. */
static int
section_of(const char *name, size_t length, const char *wanted_name, bool *ret_encoded)
{
	size_t own = strlen(wanted_name);
	*ret_encoded = length && name[length - 1] == '*';
	if (length < own || strncasecmp(name, wanted_name, own) != 0)
		return -1;
	if (length == own || (length == own + 1 && *ret_encoded))
		return 0;
	int number = 0;
	if (name[own] != '*')
		return -1;
	for (size_t i = own + 1; i < length - *ret_encoded; i++) {
		if (!isdigit((unsigned char)name[i]) || number > 999)
			return -1;
		number = number * 10 + (name[i] - '0');
	}
	return number;
}

static int
hexadecimal(char letter)
{
	return isdigit((unsigned char)letter) ? letter - '0'
	    : isxdigit((unsigned char)letter) ? tolower((unsigned char)letter) - 'a' + 10
					      : -1;
}

/* charset'language'%41%42; the charset is left out, for only UTF-8 is shown as more than bytes. */
static void
add_encoded(struct str *out, const char *value, bool first)
{
	const char *quote = first ? strchr(value, '\'') : NULL;
	const char *second = quote ? strchr(quote + 1, '\'') : NULL;
	for (const char *at = second ? second + 1 : value; *at; at++) {
		int high = *at == '%' ? hexadecimal(at[1]) : -1;
		int low = high >= 0 ? hexadecimal(at[2]) : -1;
		bool encoded = low >= 0 && (high || low); /* a NUL would end the name */
		str_add_char(out, encoded ? (char)(high << 4 | low) : *at);
		at += encoded ? 2 : 0;
	}
}

/* The parameter's value, of all its sections if it has several; "" if it is not there. */
static void
parameter(const struct str *header, const char *name, struct str *out)
{
	const char *at = strchr(str_text(header), ';');
	while (at) {
		at += strspn(at, "; \t");
		size_t length = strcspn(at, "=; \t");
		const char *own = at;
		auto_str value = {0};
		bool encoded;
		at += length;
		at += strspn(at, " \t");
		if (*at == '=') {
			at += 1 + strspn(at + 1, " \t");
			read_value(&at, &value);
			int section = section_of(own, length, name, &encoded);
			if (section >= 0 && (section > 0 || !out->length)) {
				if (encoded)
					add_encoded(out, str_text(&value), section == 0);
				else
					str_add(out, str_text(&value));
			}
		}
		at = strchr(at, ';');
	}
}

/* ---- parts ---- */

static void
describe(const struct headers *headers, struct mime_part *part)
{
	auto_str name = {0};
	char disposition[32];
	read_token(&headers->type, part->type, sizeof(part->type));
	read_token(&headers->encoding, part->encoding, sizeof(part->encoding));
	read_token(&headers->disposition, disposition, sizeof(disposition));
	parameter(&headers->disposition, "filename", &name);
	if (!name.length)
		parameter(&headers->type, "name", &name);
	str_cut(&name, MIME_LONGEST_NAME);
	memcpy(part->name, str_text(&name), name.length + 1);
	part->set_aside = strcmp(disposition, "attachment") == 0;
	part->inlined = strcmp(disposition, "inline") == 0;
	part->referred = headers->id.length > 0;
	part->attached = part->set_aside || *part->name;
}

static void
tell(struct walk *walk, struct span span, const struct headers *headers, uint32_t depth)
{
	struct mime_part part = {.depth = depth,
	    .start = span.start,
	    .length = (size_t)(span.end - span.start),
	    .body = headers->length};
	if (walk->count == MIME_MOST_PARTS) {
		walk->whole = false;
		return;
	}
	part.number = ++walk->count;
	memcpy(part.within, walk->within, sizeof(part.within));
	part.signed_over = walk->signed_over;
	describe(headers, &part);
	walk->visit(walk->context, &part);
}

enum delimiter { NO_DELIMITER, DELIMITER, LAST_DELIMITER };

static enum delimiter
delimiter_of(struct span line, const struct str *boundary)
{
	size_t length = (size_t)(line.end - line.start), own = boundary->length;
	if (length < own + 2 || memcmp(line.start, "--", 2) != 0 ||
	    memcmp(line.start + 2, str_text(boundary), own) != 0)
		return NO_DELIMITER;
	const char *at = line.start + 2 + own;
	bool last = line.end - at >= 2 && memcmp(at, "--", 2) == 0;
	for (at += last ? 2 : 0; at < line.end; at++)
		if (!isspace((unsigned char)*at))
			return NO_DELIMITER;
	return last ? LAST_DELIMITER : DELIMITER;
}

/* Parts without a last delimiter go to the end: that is how they are read, too. */
static void
look_between(struct walk *walk, struct span body, const struct str *boundary, uint32_t depth)
{
	const char *begun = NULL;
	struct span rest = body;
	while (rest.start < rest.end && walk->count < MIME_MOST_PARTS) {
		struct span line = next_line(rest);
		enum delimiter delimiter = delimiter_of(line, boundary);
		rest.start = line.end;
		if (delimiter == NO_DELIMITER)
			continue;
		if (begun)
			look_into(walk, (struct span){begun, line.start}, depth);
		begun = line.end;
		if (delimiter == LAST_DELIMITER)
			return;
	}
	if (begun && begun < body.end)
		look_into(walk, (struct span){begun, body.end}, depth);
}

static void
look_into(struct walk *walk, struct span part, uint32_t depth)
{
	struct headers headers = {0};
	auto_str boundary = {0};
	char type[64], within[64];
	bool signed_over = walk->signed_over;
	memcpy(within, walk->within, sizeof(within));
	read_headers(part, &headers);
	walk->whole = walk->whole && headers.whole;
	read_token(&headers.type, type, sizeof(type));
	struct span body = {part.start + headers.length, part.end};
	bool several = text_starts_with(type, "multipart/"), one = !strcmp(type, "message/rfc822");
	if (several)
		parameter(&headers.type, "boundary", &boundary);
	several = several && boundary.length && boundary.length <= LONGEST_BOUNDARY;
	if ((several || one) && depth == MIME_DEEPEST)
		walk->whole = several = one = false;
	if (several || one)
		memcpy(walk->within, type, sizeof(type));
	walk->signed_over |= several && !strcmp(type, "multipart/signed");
	if (several)
		look_between(walk, body, &boundary, depth + 1);
	else if (one)
		look_into(walk, body, depth + 1);
	else
		tell(walk, part, &headers, depth);
	memcpy(walk->within, within, sizeof(within));
	walk->signed_over = signed_over;
	headers_done(&headers);
}

bool
mime_walk(const char *message, size_t length, mime_visit *visit, void *context)
{
	struct walk walk = {.visit = visit, .context = context, .whole = true};
	look_into(&walk, (struct span){message, message + length}, 0);
	return walk.whole && walk.count < MIME_MOST_PARTS;
}
