/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/access_line.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "sensors/web_path.h"

enum { LONGEST_VHOST = 255, LONGEST_EXTENSION = 8 };

/* What is left to be read. */
struct rest {
	const char *at;
	const char *end;
};

static size_t
left(const struct rest *rest)
{
	return (size_t)(rest->end - rest->at);
}

/* Takes the text up to the next blank, and the blank. */
static bool
take_field(struct rest *rest, const char **ret_field, size_t *ret_length)
{
	const char *blank = memchr(rest->at, ' ', left(rest));
	if (!blank || blank == rest->at)
		return false;
	*ret_field = rest->at;
	*ret_length = (size_t)(blank - rest->at);
	rest->at = blank + 1;
	return true;
}

/* host:port, the port a number. */
static bool
take_vhost(const char *field, size_t length, struct access_line *line)
{
	const char *colon = memrchr(field, ':', length);
	if (!colon || colon == field || colon == field + length - 1)
		return false;
	for (const char *at = colon + 1; at < field + length; at++)
		if (!isdigit((unsigned char)*at))
			return false;
	line->vhost = field;
	line->vhost_length = (size_t)(colon - field);
	return line->vhost_length <= LONGEST_VHOST;
}

static bool
take_client(struct rest *rest, struct access_line *line)
{
	const char *field;
	size_t length;
	if (!take_field(rest, &field, &length))
		return false;
	if (!address_parse(field, length, &line->client))
		return true;
	return take_vhost(field, length, line) && take_field(rest, &field, &length) &&
	       !address_parse(field, length, &line->client);
}

/* "[10/Oct/2026:13:55:36 +0000]": 9 a digit, A a letter, s a sign. */
static bool
is_date(const char *text)
{
	static const char form[] = "[99/AAA/9999:99:99:99 s9999]";
	for (size_t i = 0; form[i]; i++) {
		unsigned char byte = (unsigned char)text[i];
		bool fits = form[i] == '9'   ? isdigit(byte)
			    : form[i] == 'A' ? isalpha(byte)
			    : form[i] == 's' ? byte == '+' || byte == '-'
					     : byte == (unsigned char)form[i];
		if (!fits)
			return false;
	}
	return true;
}

/* Passes identity, user and date, and the quote that begins the request. */
static bool
pass_date(struct rest *rest)
{
	static const char closing[] = "] \"";
	enum { DATE = 28, LEAST_BEFORE = 4 /* "- - " */ };
	const char *found = memmem(rest->at, left(rest), closing, sizeof(closing) - 1);
	if (!found || found - rest->at < LEAST_BEFORE + DATE - 1)
		return false;
	const char *date = found - DATE + 1;
	rest->at = found + sizeof(closing) - 1;
	return date[-1] == ' ' && is_date(date);
}

/* The quote that ends what was begun by one; behind a backslash none does. */
static const char *
closing_quote(const struct rest *rest)
{
	for (const char *at = rest->at; at < rest->end; at++) {
		if (*at == '"')
			return at;
		if (*at == '\\' && at + 1 < rest->end)
			at++;
	}
	return NULL;
}

/* ` 200`, and then the line's end or a blank. */
static bool
take_status(struct rest *rest, unsigned *ret_status)
{
	const char *at = rest->at;
	if (left(rest) < 4 || at[0] != ' ' || !isdigit((unsigned char)at[1]) ||
	    !isdigit((unsigned char)at[2]) || !isdigit((unsigned char)at[3]))
		return false;
	*ret_status = (unsigned)(100 * (at[1] - '0') + 10 * (at[2] - '0') + (at[3] - '0'));
	return left(rest) == 4 || at[4] == ' ';
}

/* The request: `GET /path?query HTTP/1.1`, or whatever else somebody sent. */

static bool
pass_method(struct rest *rest)
{
	const char *method;
	size_t length;
	if (!take_field(rest, &method, &length))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!isalpha((unsigned char)method[i]) && method[i] != '-' && method[i] != '_')
			return false;
	return true;
}

static void
cut_version(struct rest *rest)
{
	static const char version[] = " HTTP/";
	const char *blank = memrchr(rest->at, ' ', left(rest));
	if (blank && (size_t)(rest->end - blank) >= sizeof(version) - 1 &&
	    !memcmp(blank, version, sizeof(version) - 1))
		rest->end = blank;
}

static void
cut_query(struct rest *rest)
{
	const char *query = memchr(rest->at, '?', left(rest));
	if (query)
		rest->end = query;
}

/* "http://host/path", as a proxy is asked, is answered like "/path". */
static void
pass_host(struct rest *rest)
{
	static const char root[] = "/";
	static const char *const schemes[] = {"http://", "https://"};
	for (size_t i = 0; i < array_length(schemes); i++) {
		size_t length = strlen(schemes[i]);
		if (left(rest) < length || strncasecmp(rest->at, schemes[i], length) != 0)
			continue;
		const char *slash = memchr(rest->at + length, '/', left(rest) - length);
		*rest = slash ? (struct rest){slash, rest->end} : (struct rest){root, root + 1};
		return;
	}
}

static void
read_path(struct rest request, struct access_line *line)
{
	line->path = "";
	if (!pass_method(&request))
		return;
	cut_version(&request);
	cut_query(&request);
	pass_host(&request);
	if (!left(&request) || *request.at != '/')
		return;
	line->path = request.at;
	line->path_length = left(&request);
}

/* Whether it may run a script. */

static const char *const of_files[] = {"css", "js", "mjs", "map", "png", "jpg", "jpeg", "gif",
    "svg", "ico", "webp", "avif", "bmp", "tif", "tiff", "woff", "woff2", "ttf", "eot", "otf",
    "txt", "pdf", "zip", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar", "iso", "dmg", "exe",
    "mp3", "ogg", "oga", "opus", "flac", "wav", "m4a", "aac", "mp4", "m4v", "ogv", "webm",
    "mov", "avi", "mkv", "mpg", "mpeg", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "odt",
    "ods", "csv", NULL};
static const char *const of_scripts[] = {"php", "php3", "php4", "php5", "php7", "php8", "phtml",
    "phar", "cgi", "fcgi", "pl", "py", "rb", "sh", "lua", "asp", "aspx", "jsp", NULL};

static bool
ends_with_one_of(const char *segment, size_t length, const char *const *extensions)
{
	const char *dot = memrchr(segment, '.', length);
	size_t size = dot ? (size_t)(segment + length - dot - 1) : 0;
	if (!size || size > LONGEST_EXTENSION)
		return false;
	for (; *extensions; extensions++)
		if (strlen(*extensions) == size && !strncasecmp(*extensions, dot + 1, size))
			return true;
	return false;
}

/* "/index.php/style.css" runs index.php. */
static bool
may_run(const struct access_line *line)
{
	char plain[LONGEST_ACCESS_LINE + 1];
	size_t length = web_path_plain(line->path, line->path_length, plain);
	struct rest rest = {plain, plain + length};
	for (const char *slash; (slash = memchr(rest.at, '/', left(&rest)));
	     rest.at = slash + 1)
		if (ends_with_one_of(rest.at, (size_t)(slash - rest.at), of_scripts))
			return true;
	return !ends_with_one_of(rest.at, left(&rest), of_files);
}

int
access_line_parse(const char *text, size_t length, struct access_line *ret_line)
{
	struct access_line line = {0};
	struct rest rest = {text, text + length};
	if (length > LONGEST_ACCESS_LINE || memchr(text, '\0', length))
		return -EBADMSG;
	if (!take_client(&rest, &line) || !pass_date(&rest))
		return -EBADMSG;
	struct rest request = {rest.at, closing_quote(&rest)};
	if (!request.end)
		return -EBADMSG;
	rest.at = request.end + 1;
	if (!take_status(&rest, &line.status))
		return -EBADMSG;
	read_path(request, &line);
	line.may_run = may_run(&line);
	*ret_line = line;
	return 0;
}
