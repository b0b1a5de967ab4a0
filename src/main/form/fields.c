/* SPDX-License-Identifier: Apache-2.0 */
#include "main/form/fields.h"

#include <errno.h>
#include <string.h>

#include "main/form/settings.h"

int
form_fields_add(struct form_fields *fields, const struct str *name, const struct str *text,
    const char **ret_why)
{
	if (!name->length || memchr(name->data, '\0', name->length) ||
	    (text->length && memchr(text->data, '\0', text->length))) {
		*ret_why = "A field has no name, or a byte that no text has.";
		return -EINVAL;
	}
	if (name->length > FORM_LONGEST_NAME || fields->count == FORM_MOST_VALUES) {
		*ret_why = "There are more fields, or longer names, than this form takes.";
		return -EFBIG;
	}
	fields->bytes += name->length + text->length;
	if (fields->bytes > FORM_LARGEST_TEXT) {
		*ret_why = "Your text is longer than this form takes. Please shorten it.";
		return -EFBIG;
	}
	fields->values[fields->count++] =
	    (struct form_value){arena_copy(fields->arena, name->data, name->length),
		arena_copy(fields->arena, str_text(text), text->length)};
	return 0;
}

static int
hex_value(char digit)
{
	const char *digits = "0123456789abcdef0123456789ABCDEF";
	const char *found = digit ? strchr(digits, digit) : NULL;
	return found ? (int)((found - digits) % 16) : -1;
}

/* The part of the body from *at to one of the marks, decoded; *at is then at the mark or the
 * end. */
static int
decode(const char **at, const char *end, const char *marks, struct str *out)
{
	str_clear(out);
	for (; *at < end && (!**at || !strchr(marks, **at)); ++*at) {
		if (**at == '%') {
			int high = end - *at > 2 ? hex_value((*at)[1]) : -1;
			int low = high >= 0 ? hex_value((*at)[2]) : -1;
			if (low < 0)
				return -EINVAL;
			str_add_char(out, (char)(high * 16 + low));
			*at += 2;
		} else {
			str_add_char(out, **at == '+' ? ' ' : **at);
		}
	}
	return 0;
}

static int
read_urlencoded(const struct str *body, struct form_fields *fields, const char **ret_why)
{
	auto_str name = {0}, text = {0};
	const char *at = str_text(body), *end = at + body->length;
	int status = 0;
	while (at < end && !status) {
		str_clear(&text);
		status = decode(&at, end, "=&", &name);
		if (!status && at < end && *at++ == '=') {
			status = decode(&at, end, "&", &text);
			at += at < end;
		}
		if (status)
			*ret_why = "The request is broken: '%' stands before two digits.";
		else if (name.length || text.length)
			status = form_fields_add(fields, &name, &text, ret_why);
	}
	return status;
}

/* Whether a Content-Type is that one, with parameters or without. */
static bool
is_type(const char *type, const char *wanted)
{
	size_t length = strlen(wanted);
	return strncasecmp(type, wanted, length) == 0 && strchr("; \t", type[length]);
}

int
form_fields_read(const char *type, const struct str *body, struct arena *arena,
    struct form_fields *ret_fields, const char **ret_why)
{
	*ret_fields = (struct form_fields){.arena = arena};
	if (body->length > FORM_LARGEST_REQUEST) {
		*ret_why = "Your text is longer than this form takes. Please shorten it.";
		return -EFBIG;
	}
	if (is_type(type, "application/x-www-form-urlencoded"))
		return read_urlencoded(body, ret_fields, ret_why);
	if (is_type(type, "multipart/form-data"))
		return form_multipart_read(type, body, ret_fields, ret_why);
	*ret_why = "This form takes what a browser sends for a form, and nothing else.";
	return -EOPNOTSUPP;
}

const char *
form_field(const struct form_fields *fields, const char *name)
{
	for (size_t i = 0; i < fields->count; i++)
		if (text_equal(fields->values[i].name, name))
			return fields->values[i].text;
	return "";
}

size_t
form_field_count(const struct form_fields *fields, const char *name)
{
	size_t count = 0;
	for (size_t i = 0; i < fields->count; i++)
		count += text_equal(fields->values[i].name, name);
	return count;
}
