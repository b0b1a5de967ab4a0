/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of the requests that a web server has told of lately a mail came of, and what of it the
 * visitor chose. Traces are kept in memory for a minute after they were of use last, and go
 * nowhere else; see forms/trace.h.
 *
 *     mod_hayward -> socket -> trace, kept
 *                                |      a mail that a program of the same uid handed in
 *                                +---->  meanwhile -> struct mail_request
 */
#ifndef GATES_FORM_WATCH_H
#define GATES_FORM_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"
#include "forms/trace.h"
#include "model/account.h"
#include "model/mail_request.h"

struct event_base;
struct form_watch;

/* is_server: whether a process of that uid can be a web server; nobody else is heard. */
struct form_watch *form_watch_new(struct event_base *loop,
    bool (*is_server)(void *context, uint32_t uid), void *context) must_use;
void form_watch_free(struct form_watch *watch);

/* Hears a listening socket of whole messages (SOCK_SEQPACKET), which it owns from now on. 0 or
 * -errno. */
int form_watch_serve(struct form_watch *watch, int listener) must_use;

/* A mail that a program here sends. */
struct form_mail {
	uint32_t uid;
	int64_t at;		       /* when it was handed in: wall clock, ms */
	const struct str *recipients;  /* of the envelope, one a line */
	const char *host;	       /* whose mail server it is: "web1.example" */
	const struct account *account; /* NULL: nobody's */
	const char *message;	       /* headers and body */
	size_t length;
};

/* Whether anybody asked a script of that uid lately: else there is nothing to find. */
bool form_watch_has(const struct form_watch *watch, uint32_t uid);

/* What it came of; id is 0 if that is not known. */
void form_watch_find(
    struct form_watch *watch, const struct form_mail *mail, struct mail_request *ret_request);

/* Keeps a trace; now: wall clock, ms. For tests; the socket's come here as well. */
void form_watch_add(struct form_watch *watch, const struct trace *trace, int64_t now);

/* How many are kept. */
size_t form_watch_count(const struct form_watch *watch);

#endif
