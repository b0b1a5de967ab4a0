/* SPDX-License-Identifier: Apache-2.0 */
#include "forms/parameters.h"

#include <string.h>
#include <strings.h>

static void
give_out(struct parameters *parameters)
{
	if (parameters->out_length)
		parameters->events->bytes(
		    parameters->context, parameters->out, parameters->out_length);
	parameters->out_length = 0;
}

static void
give(struct parameters *parameters, char byte)
{
	parameters->out[parameters->out_length++] = byte;
	if (parameters->out_length == sizeof(parameters->out))
		give_out(parameters);
}

static void
end_value(struct parameters *parameters)
{
	give_out(parameters);
	parameters->events->end(parameters->context);
}

static int
hexadecimal(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	return byte >= 'A' && byte <= 'F' ? byte - 'A' + 10 : -1;
}

/* ---- urlencoded ---- */

static void
feed_urlencoded(struct parameters *parameters, char byte)
{
	int digit = parameters->digits ? hexadecimal(byte) : -1;
	if (digit >= 0) {
		parameters->number = parameters->number * 16 + (unsigned)digit;
		if (!--parameters->digits)
			give(parameters, (char)parameters->number);
		return;
	}
	parameters->digits = 0;
	if (byte == '%') {
		parameters->digits = 2;
		parameters->number = 0;
	} else if (byte == '&' || (byte == '=' && !parameters->in_value)) {
		end_value(parameters);
		parameters->in_value = byte == '=';
	} else
		give(parameters, (char)(byte == '+' ? ' ' : byte));
}

/* ---- JSON ---- */

static char
unescaped(char byte)
{
	switch (byte) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
	case 'b':
	case 'f':
		return ' ';
	default:
		return byte;
	}
}

/* What is not ASCII is a letter of a word in some language; as UTF-8 it would be a byte from
 * 0x80 on, and one of these stands for it. */
static void
give_character(struct parameters *parameters)
{
	give(parameters, (char)(parameters->number < 0x80 ? parameters->number : 0xc3));
}

static void
feed_json(struct parameters *parameters, char byte)
{
	int digit = parameters->digits ? hexadecimal(byte) : -1;
	if (digit >= 0) {
		parameters->number = parameters->number * 16 + (unsigned)digit;
		if (!--parameters->digits)
			give_character(parameters);
		return;
	}
	parameters->digits = 0;
	if (parameters->escaped) {
		parameters->escaped = false;
		if (byte == 'u') {
			parameters->digits = 4;
			parameters->number = 0;
		} else
			give(parameters, unescaped(byte));
	} else if (byte == '\\')
		parameters->escaped = true;
	else if (byte == '"')
		end_value(parameters);
	else
		give(parameters, byte);
}

/* ---- multipart ---- */

/* The name of a file is a parameter to some programs. */
static void
end_header(struct parameters *parameters)
{
	static const char wanted[] = "Content-Disposition:";
	size_t length = parameters->header_length;
	if (length >= sizeof(parameters->header))
		length = sizeof(parameters->header) - 1;
	parameters->header[length] = '\0';
	parameters->header_length = 0;
	if (strncasecmp(parameters->header, wanted, strlen(wanted)) != 0)
		return;
	parameters->is_file |= strcasestr(parameters->header, "filename") != NULL;
	give_out(parameters);
	parameters->events->bytes(parameters->context, parameters->header, length);
	end_value(parameters);
}

static void
feed_head(struct parameters *parameters, char byte)
{
	if (byte == '\r')
		return;
	if (byte != '\n') {
		if (parameters->header_length < sizeof(parameters->header))
			parameters->header[parameters->header_length++] = byte;
		return;
	}
	bool is_empty = parameters->header_length == 0;
	end_header(parameters);
	if (is_empty)
		parameters->part = PART_TEXT;
}

/* A list of addresses may come as a file, of whatever type. Of a picture there is nothing to
 * read as soon as that is seen: it would be all that is read. */
static bool
is_binary(const struct parameters *parameters, char byte)
{
	return parameters->is_file && (unsigned char)byte < ' ' && byte != '\n' &&
	       byte != '\r' && byte != '\t';
}

static void
feed_text(struct parameters *parameters, char byte)
{
	if (!is_binary(parameters, byte)) {
		give(parameters, byte);
		return;
	}
	end_value(parameters);
	parameters->part = PART_FILE;
}

static void
feed_part(struct parameters *parameters, char byte)
{
	switch (parameters->part) {
	case PART_NONE:
	case PART_FILE:
		break;
	case PART_DELIMITED:
		if (byte == '\n') {
			parameters->part = PART_HEAD;
			parameters->is_file = false;
			parameters->header_length = 0;
		}
		break;
	case PART_HEAD:
		feed_head(parameters, byte);
		break;
	case PART_TEXT:
		feed_text(parameters, byte);
		break;
	}
}

/* What looked like a delimiter was none. It begins with the only "\r" that it has, so none can
 * begin within it. */
static void
give_back(struct parameters *parameters)
{
	size_t matched = parameters->matched;
	parameters->matched = 0;
	for (size_t i = 0; i < matched; i++)
		feed_part(parameters, parameters->delimiter[i]);
}

static void
feed_multipart(struct parameters *parameters, char byte)
{
	if (byte != parameters->delimiter[parameters->matched])
		give_back(parameters);
	if (byte != parameters->delimiter[parameters->matched]) {
		feed_part(parameters, byte);
		return;
	}
	if (++parameters->matched < parameters->delimiter_length)
		return;
	parameters->matched = 0;
	if (parameters->part == PART_TEXT)
		end_value(parameters);
	parameters->part = PART_DELIMITED;
}

/* "multipart/form-data; boundary=x", with quotes or without. */
static bool
find_boundary(struct parameters *parameters, const char *type)
{
	static const char start[] = "\r\n--";
	const char *at = strcasestr(type, "boundary=");
	if (!at)
		return false;
	at += strlen("boundary=");
	bool quoted = *at == '"';
	at += quoted;
	size_t length = strcspn(at, quoted ? "\"" : "; \t,");
	if (!length || length > PARAMETERS_LONGEST_BOUNDARY || memchr(at, '\r', length))
		return false;
	memcpy(parameters->delimiter, start, strlen(start));
	memcpy(parameters->delimiter + strlen(start), at, length);
	parameters->delimiter_length = strlen(start) + length;
	parameters->matched = 2; /* the first one has no line end before it */
	return true;
}

/* ---- */

static bool
is_type(const char *content_type, const char *type)
{
	size_t length = strlen(type);
	return !strncasecmp(content_type, type, length) &&
	       (!content_type[length] || strchr("; \t,", content_type[length]));
}

void
parameters_begin_query(
    struct parameters *parameters, const struct parameters_events *events, void *context)
{
	*parameters = (struct parameters){.events = events, .context = context};
}

/* Who names no type has his words taken for those of a form by some programs. */
bool
parameters_begin_body(struct parameters *parameters, const char *content_type,
    const struct parameters_events *events, void *context)
{
	parameters_begin_query(parameters, events, context);
	if (!content_type || is_type(content_type, "application/x-www-form-urlencoded"))
		return true;
	if (is_type(content_type, "multipart/form-data")) {
		parameters->kind = PARAMETERS_MULTIPART;
		return find_boundary(parameters, content_type);
	}
	parameters->kind = PARAMETERS_JSON;
	if (is_type(content_type, "application/json"))
		return true;
	parameters->kind = PARAMETERS_PLAIN;
	return is_type(content_type, "text/plain") || is_type(content_type, "text/xml") ||
	       is_type(content_type, "application/xml");
}

void
parameters_feed(struct parameters *parameters, const char *bytes, size_t length)
{
	switch (parameters->kind) {
	case PARAMETERS_URLENCODED:
		for (size_t i = 0; i < length; i++)
			feed_urlencoded(parameters, bytes[i]);
		break;
	case PARAMETERS_MULTIPART:
		for (size_t i = 0; i < length; i++)
			feed_multipart(parameters, bytes[i]);
		break;
	case PARAMETERS_JSON:
		for (size_t i = 0; i < length; i++)
			feed_json(parameters, bytes[i]);
		break;
	case PARAMETERS_PLAIN:
		if (length)
			parameters->events->bytes(parameters->context, bytes, length);
		break;
	}
	give_out(parameters);
}

void
parameters_end(struct parameters *parameters)
{
	end_value(parameters);
}
