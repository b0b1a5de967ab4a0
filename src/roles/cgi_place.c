/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Apache knows of a script's site, from the file that web_sites.c renders: the
 * one place where it stands in the web role, and what Apache goes by.
 */
#include "roles/cgi_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

enum { LARGEST = 16 << 20 };

/* The value of a directive on this line, without quotes; false: it is another one. */
static bool
take_value(const char *line, const char *directive, struct str *ret_value)
{
	size_t length = strlen(directive);
	line += strspn(line, " \t");
	if (strncmp(line, directive, length) != 0 || line[length] != ' ')
		return false;
	line += length + 1;
	line += *line == '"';
	str_clear(ret_value);
	str_add_bytes(ret_value, line, strcspn(line, "\""));
	return true;
}

static void
take_number(const char *line, const char *directive, int64_t *ret_number)
{
	auto_str value = {0};
	if (take_value(line, directive, &value))
		*ret_number = strtoll(str_text(&value), NULL, 10);
}

/* proxy:unix:SOCKET|fcgi://... */
static void
take_socket(const char *line, struct str *ret_socket)
{
	static const char prefix[] = "proxy:unix:";
	auto_str value = {0};
	if (!take_value(line, "SetHandler", &value) ||
	    !text_starts_with(str_text(&value), prefix))
		return;
	const char *path = str_text(&value) + sizeof(prefix) - 1;
	str_clear(ret_socket);
	str_add_bytes(ret_socket, path, strcspn(path, "|"));
}

static bool
is_below(const char *path, const struct str *folder)
{
	return folder->length && strncmp(path, str_text(folder), folder->length) == 0 &&
	       path[folder->length] == '/';
}

/* One site's lines, from its beginning to its end. True: the script lies in it. */
static bool
read_site(char **rest, struct cgi_place *place)
{
	auto_str root = {0};
	bool is_ours = false;
	for (char *line; (line = strsep(rest, "\n")) && !strstr(line, "</VirtualHost>");) {
		take_value(line, "ServerName", &place->server);
		if (take_value(line, "DocumentRoot", &root))
			is_ours = is_below(place->path, &root);
		take_number(line, "RLimitCPU", &place->cpu_s);
		take_number(line, "RLimitMEM", &place->memory);
		take_number(line, "RLimitNPROC", &place->processes);
		take_socket(line, &place->socket);
	}
	if (is_ours) {
		str_clear(&place->root);
		str_add(&place->root, str_text(&root));
	}
	return is_ours;
}

int
cgi_place_read(struct cgi_place *place)
{
	auto_str path = {0}, text = {0};
	str_addf(&path, "/etc/apache2/hayward/accounts/%s.conf", place->account);
	int status = file_read(AT_FDCWD, str_text(&path), LARGEST, &text);
	if (status)
		return status;
	for (char *rest = text.data; rest;)
		if (read_site(&rest, place))
			return 0;
	return -ENOENT;
}

void
cgi_for_each_variable(const struct cgi_place *place, const char *query,
    void (*add)(void *context, const char *name, const char *value), void *context)
{
	auto_str uri = {0};
	str_addf(&uri, "%s%s%s", place->script, *query ? "?" : "", query);
	const char *const variables[][2] = {
	    {"GATEWAY_INTERFACE", "CGI/1.1"},
	    {"SERVER_PROTOCOL", "HTTP/1.1"},
	    {"SERVER_SOFTWARE", "Apache"},
	    {"SERVER_NAME", str_text(&place->server)},
	    {"SERVER_ADDR", "127.0.0.1"},
	    {"SERVER_PORT", "80"},
	    {"REQUEST_METHOD", "GET"},
	    {"REQUEST_SCHEME", "http"},
	    {"REQUEST_URI", str_text(&uri)},
	    {"QUERY_STRING", query},
	    {"SCRIPT_NAME", place->script},
	    {"SCRIPT_FILENAME", place->path},
	    {"DOCUMENT_ROOT", str_text(&place->root)},
	    {"CONTEXT_PREFIX", ""},
	    {"SERVER_ADMIN", "[no address given]"},
	    {"CONTEXT_DOCUMENT_ROOT", str_text(&place->root)},
	    {"REMOTE_ADDR", "127.0.0.1"},
	    {"HTTP_HOST", str_text(&place->server)},
	    {"HTTP_USER_AGENT", "hayward cgi-test"},
	    {"HTTP_ACCEPT", "*/*"},
	    {"PATH", "/usr/local/bin:/usr/bin:/bin"},
	};
	for (size_t i = 0; i < array_length(variables); i++)
		add(context, variables[i][0], variables[i][1]);
}
