/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request of the web server, however it comes: CGI (RFC 3875) or FastCGI. All of it but
 * the visitor's address is a stranger's.
 */
#ifndef MAIN_FORM_REQUEST_H
#define MAIN_FORM_REQUEST_H

#include <stdbool.h>

#include "base/str.h"

/* Where it comes from. variable may give NULL; read gives bytes, 0 at the end, or less. */
struct form_door {
	void *context;
	const char *(*variable)(void *context, const char *name);
	int (*read)(void *context, char *buffer, int length);
};

struct form_request {
	/* Each "" if there is none; of the door, until it closes. */
	const char *method;
	const char *type;
	const char *host;
	const char *origin;
	const char *referer;
	const char *fetch_site;
	const char *visitor;
	struct str body;
	int body_status; /* 0; -ENODATA: no length was said; -EFBIG: too long; -EPIPE: cut off
			  */
};

struct form_request form_request_read(const struct form_door *door) must_use;
void form_request_done(struct form_request *request);

/*
 * Whether the page that has the form is of the host that was asked, by Origin and Referer
 * as far as the browser sends them. (A program can write what it likes there; a browser
 * that somebody else's page uses cannot.)
 */
bool form_request_is_ours(const struct form_request *request);

#endif
