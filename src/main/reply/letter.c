/* SPDX-License-Identifier: Apache-2.0 */
#include "main/reply/letter.h"

#include <gmime/gmime.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "base/attributes.h"
#include "main/reply/words.h"

enum {
	DEEPEST_PART = 10,
	MOST_PARTS = 100,
	LARGEST_HEAD = 64 * 1024, /* a hundred thousand addresses in it take long */
	LONGEST_TO = 2000,
	LONGEST_REASON = 100,
};

void
letter_done(struct letter *letter)
{
	str_done(&letter->from);
	str_done(&letter->to);
	str_done(&letter->automatic);
	str_done(&letter->words);
}

/* ---- the part that a person wrote ---- */

struct search {
	const char *subtype; /* of text/ */
	size_t parts;
};

static bool
is_wanted(GMimeObject *object, const struct search *search)
{
	const char *disposition = g_mime_object_get_disposition(object);
	bool attached = disposition && strcasecmp(disposition, "attachment") == 0;
	GMimeContentType *type = g_mime_object_get_content_type(object);
	return GMIME_IS_PART(object) && !attached && type &&
	       g_mime_content_type_is_type(type, "text", search->subtype);
}

/* The first one; a mail inside of the mail is somebody else's words. */
static GMimePart *
find_text(GMimeObject *object, struct search *search, int depth)
{
	if (!object || depth > DEEPEST_PART || ++search->parts > MOST_PARTS)
		return NULL;
	if (!GMIME_IS_MULTIPART(object))
		return is_wanted(object, search) ? GMIME_PART(object) : NULL;
	int count = g_mime_multipart_get_count(GMIME_MULTIPART(object));
	for (int i = 0; i < count && search->parts < MOST_PARTS; i++) {
		GMimePart *found = find_text(
		    g_mime_multipart_get_part(GMIME_MULTIPART(object), i), search, depth + 1);
		if (found)
			return found;
	}
	return NULL;
}

/* Converters of rarely used sets have been a way into programs: these are in use. */
static bool
is_usual_charset(const char *charset)
{
	static const char *const usual[] = {"us-ascii", "iso-8859-", "windows-125", "cp125",
	    "koi8-", "gb2312", "gbk", "gb18030", "big5", "shift_jis", "euc-jp", "euc-kr",
	    "iso-2022-jp", NULL};
	for (size_t i = 0; usual[i]; i++)
		if (strncasecmp(charset, usual[i], strlen(usual[i])) == 0)
			return true;
	return false;
}

/* The part's bytes in UTF-8; in another set than the usual ones, as they are. */
static void
add_text(GMimePart *part, struct str *out)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	const char *charset =
	    g_mime_object_get_content_type_parameter(GMIME_OBJECT(part), "charset");
	GMimeStream *memory = g_mime_stream_mem_new();
	GMimeStream *stream = g_mime_stream_filter_new(memory);
	GMimeFilter *filter = charset && is_usual_charset(charset)
				  ? g_mime_filter_charset_new(charset, "utf-8")
				  : NULL;
	if (filter) {
		g_mime_stream_filter_add(GMIME_STREAM_FILTER(stream), filter);
		g_object_unref(filter);
	}
	if (content && g_mime_data_wrapper_write_to_stream(content, stream) >= 0 &&
	    g_mime_stream_flush(stream) == 0) {
		const GByteArray *bytes =
		    g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
		str_add_bytes(out, bytes->data, bytes->len);
	}
	g_object_unref(stream);
	g_object_unref(memory);
}

static void
read_words(GMimeObject *whole, struct str *ret_words)
{
	auto_str text = {0}, page = {0};
	GMimePart *part = find_text(whole, &(struct search){.subtype = "plain"}, 0);
	if (part) {
		add_text(part, &text);
	} else {
		part = find_text(whole, &(struct search){.subtype = "html"}, 0);
		if (!part)
			return;
		add_text(part, &page);
		words_of_html(str_text(&page), page.length, &text);
	}
	words_of_answer(str_text(&text), text.length, ret_words);
}

/* ---- headers ---- */

/* What tells of the content belongs to the outermost part. */
static const char *
header_of(GMimeMessage *message, const char *name)
{
	GMimeObject *part = g_mime_message_get_mime_part(message);
	const char *value = g_mime_object_get_header(GMIME_OBJECT(message), name);
	if (!value && part)
		value = g_mime_object_get_header(part, name);
	return value ? value : "";
}

static void
add_header(GMimeMessage *message, const char *name, struct str *out)
{
	const char *value = header_of(message, name);
	if (*value && out->length < LONGEST_TO) {
		str_add(out, out->length ? " " : "");
		words_fold(value, strlen(value), LONGEST_TO, out);
	}
}

static void
read_from(GMimeMessage *message, struct str *ret_from)
{
	InternetAddressList *list = g_mime_message_get_from(message);
	InternetAddress *first = list && internet_address_list_length(list) > 0
				     ? internet_address_list_get_address(list, 0)
				     : NULL;
	if (!first || !INTERNET_ADDRESS_IS_MAILBOX(first))
		return;
	const char *address =
	    internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(first));
	if (address)
		words_fold(address, strlen(address), LONGEST_FROM, ret_from);
}

/*
 * Headers by which programs say that they are none of us; RFC 3834, and what
 * was usual before it. "": any value says so; else any that begins with it,
 * after a '!' any other one.
 */
static const struct {
	const char *name;
	const char *value;
} marks[] = {
    {"Auto-Submitted", "!no"},
    {"Precedence", "bulk"},
    {"Precedence", "junk"},
    {"Precedence", "list"},
    {"Precedence", "auto"},
    {"X-Auto-Response-Suppress", "!none"},
    {"X-Autoreply", ""},
    {"X-Autorespond", ""},
    {"List-Id", ""},
    {"X-Hayward-Notice", ""},
    {"Content-Type", "multipart/report"},
};

static bool
is_marked(const char *value, const char *mark)
{
	value += strspn(value, " \t");
	if (!*value)
		return false;
	if (*mark == '!')
		return strncasecmp(value, mark + 1, strlen(mark + 1)) != 0;
	return strncasecmp(value, mark, strlen(mark)) == 0;
}

static void
read_marks(GMimeMessage *message, struct str *ret_automatic)
{
	for (size_t i = 0; i < array_length(marks); i++) {
		const char *value = header_of(message, marks[i].name);
		if (!is_marked(value, marks[i].value))
			continue;
		str_addf(ret_automatic, "%s: ", marks[i].name);
		words_fold(value, strlen(value), LONGEST_REASON, ret_automatic);
		return;
	}
}

/* Some put the envelope before the mail, as in a mailbox file. */
static size_t
length_of_envelope(const char *bytes, size_t length)
{
	static const char from[] = "From ";
	if (length < strlen(from) || memcmp(bytes, from, strlen(from)) != 0)
		return 0;
	const char *end = memchr(bytes, '\n', length);
	return end ? (size_t)(end + 1 - bytes) : length;
}

static bool
has_large_head(const char *bytes, size_t length)
{
	size_t head = length < LARGEST_HEAD ? length : LARGEST_HEAD;
	return length > LARGEST_HEAD && !memmem(bytes, head, "\n\n", 2) &&
	       !memmem(bytes, head, "\n\r\n", 3);
}

static GMimeMessage *
parse(const char *bytes, size_t length)
{
	GMimeStream *stream = g_mime_stream_mem_new_with_buffer(bytes, length);
	GMimeParser *parser = g_mime_parser_new_with_stream(stream);
	g_mime_parser_set_format(parser, GMIME_FORMAT_MESSAGE);
	GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
	g_object_unref(parser);
	g_object_unref(stream);
	return message;
}

void
letter_read(const void *bytes, size_t length, struct letter *ret_letter)
{
	if (!length)
		return;
	size_t skipped = length_of_envelope(bytes, length);
	const char *start = (const char *)bytes + skipped;
	if (has_large_head(start, length - skipped)) {
		str_add(&ret_letter->automatic, "its head is larger than any person's");
		return;
	}
	g_mime_init();
	GMimeMessage *message = parse(start, length - skipped);
	if (!message)
		return;
	static const char *const told[] = {"X-Original-To", "Delivered-To", "To", "Cc"};
	for (size_t i = 0; i < array_length(told); i++)
		add_header(message, told[i], &ret_letter->to);
	read_from(message, &ret_letter->from);
	read_marks(message, &ret_letter->automatic);
	read_words(g_mime_message_get_mime_part(message), &ret_letter->words);
	g_object_unref(message);
}
