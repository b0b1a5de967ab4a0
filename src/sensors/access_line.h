/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line of an access log: "common", "combined", or Debian's
 * "vhost_combined", which begins with host:port; told apart by form.
 *
 *     alice.example:80 192.0.2.1 - - [10/Oct/2026:13:55:36 +0000] "GET /a?b HTTP/1.1" 200 9 "-"
 * "-"
 *
 * SECURITY: visitors choose the request, the user's name and what stands behind
 * the size. The server writes a quote of theirs as \" (nginx: \x22), so that no
 * name can look like the end of the date and the beginning of a request.
 */
#ifndef SENSORS_ACCESS_LINE_H
#define SENSORS_ACCESS_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "model/address.h"

enum { LONGEST_ACCESS_LINE = 8192 };

/* Texts lie in the line and do not end with a NUL. */
struct access_line {
	const char *vhost; /* NULL: the format has none */
	size_t vhost_length;
	struct address client;
	const char
	    *path; /* as asked, without the query, host and scheme; "": none to be seen */
	size_t path_length;
	unsigned status;
	bool may_run; /* it does not look like a picture, a style sheet or the like */
};

/* A line without its newline. 0; -EBADMSG: it is none of these, or too long. */
int access_line_parse(const char *line, size_t length, struct access_line *ret_line) must_use;

#endif
