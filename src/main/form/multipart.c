/* SPDX-License-Identifier: Apache-2.0 */
/*
 * multipart/form-data (RFC 7578), as browsers write it: no preamble, names in quotes, no
 * transfer encoding. A file is refused; a field for files that was left empty is none.
 */
#include <errno.h>
#include <string.h>

#include "main/form/fields.h"

enum { LONGEST_BOUNDARY = 70, LONGEST_PART_HEAD = 4096 };

/* What is left of the body. */
struct rest {
	const char *at;
	const char *end;
};

static bool
takes(struct rest *rest, const char *text)
{
	size_t length = strlen(text);
	if ((size_t)(rest->end - rest->at) < length || memcmp(rest->at, text, length))
		return false;
	rest->at += length;
	return true;
}

/* What stands before the mark, which is passed; NULL: there is no mark. */
static const char *
take_until(struct rest *rest, const char *mark, size_t *ret_length)
{
	const char *start = rest->at;
	const char *found =
	    memmem(rest->at, (size_t)(rest->end - rest->at), mark, strlen(mark));
	if (!found)
		return NULL;
	*ret_length = (size_t)(found - start);
	rest->at = found + strlen(mark);
	return start;
}

/* ---- parameters of a header ---- */

static const char *
skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

/* A token, or what stands in quotes, without them. False: quotes that do not end. */
static bool
take_parameter_value(const char **at, struct str *out)
{
	str_clear(out);
	if (**at != '"') {
		size_t length = strcspn(*at, "; \t");
		str_add_bytes(out, *at, length);
		*at += length;
		return true;
	}
	for (++*at; **at && **at != '"'; ++*at) {
		if (**at == '\\' && (*at)[1] == '"')
			++*at;
		str_add_char(out, **at);
	}
	return *(*at)++ == '"';
}

/* The next ";name=value"; false: there is no more, or no such thing. */
static bool
take_parameter(const char **at, struct str *name, struct str *value)
{
	*at = skip_blanks(*at);
	if (**at != ';')
		return false;
	*at = skip_blanks(*at + 1);
	size_t length = strcspn(*at, "=;\" \t");
	str_clear(name);
	str_add_bytes(name, *at, length);
	*at = skip_blanks(*at + length);
	if (**at != '=')
		return false;
	*at = skip_blanks(*at + 1);
	return take_parameter_value(at, value);
}

static bool
is_named(const struct str *name, const char *wanted)
{
	return strcasecmp(str_text(name), wanted) == 0;
}

/* ---- a part ---- */

struct part {
	struct str name;
	bool has_name;
	bool is_file;
	bool file_has_name;
};

static void
read_disposition(const char *at, struct part *part)
{
	auto_str name = {0}, value = {0};
	at = skip_blanks(at);
	if (strncasecmp(at, "form-data", strlen("form-data")) != 0)
		return;
	at += strlen("form-data");
	while (take_parameter(&at, &name, &value)) {
		if (is_named(&name, "name")) {
			part->has_name = true;
			str_clear(&part->name);
			str_add_bytes(&part->name, str_text(&value), value.length);
		} else if (is_named(&name, "filename") || is_named(&name, "filename*")) {
			part->is_file = true;
			part->file_has_name = part->file_has_name || value.length > 0;
		}
	}
}

static void
read_part_head(const char *head, size_t length, struct part *part)
{
	static const char wanted[] = "Content-Disposition:";
	auto_str text = {0}, line = {0};
	size_t line_length;
	str_add_bytes(&text, head, length);
	const char *at = str_text(&text);
	for (const char *found; (found = text_next_line(&at, &line_length));) {
		str_clear(&line);
		str_add_bytes(&line, found, line_length);
		if (line.length && line.data[line.length - 1] == '\r')
			str_cut(&line, line.length - 1);
		if (strncasecmp(str_text(&line), wanted, strlen(wanted)) == 0)
			read_disposition(str_text(&line) + strlen(wanted), part);
	}
}

/* One part behind its delimiter, up to the next one, which is passed. */
static int
read_part(struct rest *rest, const char *delimiter, struct part *part, struct str *text,
    const char **ret_why)
{
	size_t length = 0;
	const char *head = takes(rest, "\r\n") ? "" : take_until(rest, "\r\n\r\n", &length);
	if (head && length <= LONGEST_PART_HEAD && !memchr(head, '\0', length))
		read_part_head(head, length, part);
	const char *content = part->has_name ? take_until(rest, delimiter, &length) : NULL;
	if (!content) {
		*ret_why = "The request is broken: a part of it has no name or no end.";
		return -EINVAL;
	}
	if (part->is_file && (part->file_has_name || length)) {
		*ret_why = "This form takes no files. Please send it without one.";
		return -EOPNOTSUPP;
	}
	str_clear(text);
	str_add_bytes(text, content, length);
	return 0;
}

/* The boundary that the Content-Type names. */
static bool
find_boundary(const char *type, struct str *out)
{
	auto_str name = {0}, value = {0};
	const char *at = type + strlen("multipart/form-data");
	while (take_parameter(&at, &name, &value))
		if (is_named(&name, "boundary") && value.length &&
		    value.length <= LONGEST_BOUNDARY) {
			str_add_bytes(out, value.data, value.length);
			return true;
		}
	return false;
}

int
form_multipart_read(
    const char *type, const struct str *body, struct form_fields *fields, const char **ret_why)
{
	auto_str boundary = {0}, delimiter = {0}, text = {0};
	struct rest rest = {str_text(body), str_text(body) + body->length};
	bool begins = find_boundary(type, &boundary);
	str_addf(&delimiter, "\r\n--%s", str_text(&boundary));
	if (!begins || !takes(&rest, str_text(&delimiter) + 2)) {
		*ret_why = "The request is broken: it does not begin as it should.";
		return -EINVAL;
	}
	while (!takes(&rest, "--")) {
		struct part part = {0};
		int status = -EINVAL;
		*ret_why = "The request is broken: it does not end as it should.";
		if (takes(&rest, "\r\n"))
			status = read_part(&rest, str_text(&delimiter), &part, &text, ret_why);
		if (!status && !part.is_file)
			status = form_fields_add(fields, &part.name, &text, ret_why);
		str_done(&part.name);
		if (status)
			return status;
	}
	return 0;
}
