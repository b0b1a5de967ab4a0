/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a script wrote, for its owner's terminal: escaped line by line, headers apart
 * from the body, and the status that a visitor would have got (RFC 3875, 6.2).
 */
#include "roles/cgi_test.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/escape.h"

/* Where the headers end and the body begins; NULL: they do not end. */
static const char *
find_body(const struct str *output, size_t *ret_headers)
{
	const char *text = str_text(output), *line = text;
	while (line < text + output->length) {
		const char *end = memchr(line, '\n', output->length - (size_t)(line - text));
		if (!end)
			return NULL;
		if (end == line || (end == line + 1 && *line == '\r')) {
			*ret_headers = (size_t)(line - text);
			return end + 1;
		}
		line = end + 1;
	}
	return NULL;
}

static void
tell_lines(const char *bytes, size_t length, const char *indent, struct str *out)
{
	while (length) {
		const char *end = memchr(bytes, '\n', length);
		size_t line = end ? (size_t)(end - bytes) : length;
		size_t bare = line && bytes[line - 1] == '\r' ? line - 1 : line;
		str_add(out, indent);
		escape_bytes(out, bytes, bare);
		str_add_char(out, '\n');
		bytes += line + (end != NULL);
		length -= line + (end != NULL);
	}
}

/* The value of a header among them, in whatever case it is written; NULL: there is none. */
static const char *
find_header(const char *headers, size_t length, const char *name)
{
	size_t own = strlen(name);
	for (const char *line = headers; line && line < headers + length;) {
		if (strncasecmp(line, name, own) == 0 && line[own] == ':')
			return line + own + 1 + strspn(line + own + 1, " \t");
		line = memchr(line, '\n', length - (size_t)(line - headers));
		line = line ? line + 1 : NULL;
	}
	return NULL;
}

/* Each line before the body is NAME: VALUE. */
static bool
are_headers(const char *headers, size_t length)
{
	for (const char *line = headers; line < headers + length;) {
		const char *end = memchr(line, '\n', length - (size_t)(line - headers));
		size_t name = strcspn(line, ": \t\r\n");
		if (!name || line[name] != ':' || !end)
			return false;
		line = end + 1;
	}
	return length > 0;
}

static void
tell_status(const char *headers, size_t length, struct str *out)
{
	const char *status = find_header(headers, length, "Status");
	long code = status ? strtol(status, NULL, 10) : 0;
	if (code < 100 || code > 999)
		code = find_header(headers, length, "Location") ? 302 : 200;
	str_addf(out, "status: %ld\n", code);
}

void
cgi_tell(const struct cgi_outcome *outcome, struct str *out)
{
	const struct str *output = &outcome->output;
	size_t length = 0;
	const char *text = str_text(output), *body = find_body(output, &length);
	if (!body || !are_headers(text, length)) {
		str_addf(out, "status: 500\nThe output does not begin with headers, "
			      "an empty line behind them; the web server shows an error.\n");
		body = text;
		length = 0;
	} else {
		tell_status(text, length, out);
		str_add(out, "headers:\n");
		tell_lines(text, length, "    ", out);
	}
	if (outcome->errors.length) {
		str_add(out, "errors:\n");
		tell_lines(str_text(&outcome->errors), outcome->errors.length, "    ", out);
	}
	size_t left = output->length - (size_t)(body - text);
	str_addf(out, "body, %zu bytes%s:\n", left,
	    output->length >= CGI_LARGEST ? ", the rest left out" : "");
	tell_lines(body, left, "    ", out);
}
