/* SPDX-License-Identifier: Apache-2.0 */
#include "main/form/request.h"

#include <errno.h>
#include <string.h>

#include "config/values.h"
#include "main/form/fields.h"

enum { MOST_PASSED_OVER = 16 * 1024 * 1024 };

static const char *
variable(const struct form_door *door, const char *name)
{
	const char *value = door->variable(door->context, name);
	return value ? value : "";
}

/*
 * Reads so many bytes, into out or (NULL) over them. Whatever the answer: a web server that
 * still has some of the body to hand over may take our end for a failure and show its own page.
 */
static int
read_bytes(const struct form_door *door, int64_t left, struct str *out)
{
	char buffer[16384];
	while (left > 0) {
		int wanted = left < (int)sizeof(buffer) ? (int)left : (int)sizeof(buffer);
		int got = door->read(door->context, buffer, wanted);
		if (got <= 0)
			return -EPIPE;
		if (out)
			str_add_bytes(out, buffer, (size_t)got);
		left -= got;
	}
	return 0;
}

static int
read_body(const struct form_door *door, bool is_wanted, struct str *out)
{
	int64_t length;
	bool has_length = value_count(variable(door, "CONTENT_LENGTH"), &length) == 0;
	if (has_length && length <= FORM_LARGEST_REQUEST)
		return read_bytes(door, length, is_wanted ? out : NULL);
	/* Without a length there is none, unless it comes in chunks. */
	if (has_length || *variable(door, "HTTP_TRANSFER_ENCODING"))
		(void)read_bytes(door,
		    has_length && length < MOST_PASSED_OVER ? length : MOST_PASSED_OVER, NULL);
	return has_length ? -EFBIG : -ENODATA;
}

struct form_request
form_request_read(const struct form_door *door)
{
	struct form_request request = {
	    .method = variable(door, "REQUEST_METHOD"),
	    .type = variable(door, "CONTENT_TYPE"),
	    .host = variable(door, "HTTP_HOST"),
	    .origin = variable(door, "HTTP_ORIGIN"),
	    .referer = variable(door, "HTTP_REFERER"),
	    .fetch_site = variable(door, "HTTP_SEC_FETCH_SITE"),
	    .visitor = variable(door, "REMOTE_ADDR"),
	};
	request.body_status =
	    read_body(door, text_equal(request.method, "POST"), &request.body);
	return request;
}

void
form_request_done(struct form_request *request)
{
	str_done(&request->body);
}

/* Length of a host and port without the port that the scheme has anyway. */
static size_t
without_port(const char *host, size_t length, const char *port)
{
	size_t port_length = strlen(port);
	bool has =
	    length > port_length && memcmp(host + length - port_length, port, port_length) == 0;
	return has ? length - port_length : length;
}

/* Whether the address of a page is one of that host. */
static bool
is_of_host(const char *url, const char *host)
{
	bool plain = strncasecmp(url, "http://", 7) == 0;
	if (!plain && strncasecmp(url, "https://", 8) != 0)
		return false;
	const char *port = plain ? ":80" : ":443";
	url += plain ? 7 : 8;
	size_t length = without_port(url, strcspn(url, "/?#"), port);
	size_t host_length = without_port(host, strlen(host), port);
	return length && length == host_length && strncasecmp(url, host, length) == 0;
}

bool
form_request_is_ours(const struct form_request *request)
{
	/* A page that keeps its address to itself says "null" even to its own site. */
	if (text_equal(request->origin, "null"))
		return text_equal(request->fetch_site, "same-origin");
	if (*request->origin && !is_of_host(request->origin, request->host))
		return false;
	return !*request->referer || is_of_host(request->referer, request->host);
}
