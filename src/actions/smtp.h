/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handing one mail to the relay (RFC 5321) while the loop goes on; only the
 * relay's name, if it is not "localhost" or a number, is looked up at once by
 * the system's resolver. All its addresses are tried. Plain SMTP, for a relay on this host or
 * on a trusted wire; what the message needs on its further way is the relay's trade.
 */
#ifndef ACTIONS_SMTP_H
#define ACTIONS_SMTP_H

#include <stddef.h>

#include "base/attributes.h"

struct event_base;
struct smtp;

enum smtp_result {
	SMTP_TAKEN, /* the relay answers for it from now on */
	SMTP_LATER, /* not now: try again */
	SMTP_NEVER, /* this recipient or message is refused for good */
};

struct smtp_relay {
	char host[256];
	int port;
};

struct smtp_message {
	const struct smtp_relay *relay;
	const char *name; /* ours, for the greeting */
	const char *from; /* envelope; mail_address_is_fine() of both */
	const char *to;
	const char *bytes; /* the whole message, CRLF; borrowed until the result */
	size_t length;
	int patience; /* s for each answer; 0: as long as RFC 5321 says */
};

/* "smtp://host:port", port 25 if not said. -EINVAL: it is not that. */
int smtp_parse_relay(const char *url, struct smtp_relay *ret_relay) must_use;

/*
 * Begins; the result is told from the loop, once, and ends it, with the relay's words (one
 * line, escaped), unless smtp_cancel() came first. NULL: there is no such host.
 */
struct smtp *smtp_send(struct event_base *base, const struct smtp_message *message,
    void (*told)(void *context, enum smtp_result result, const char *words),
    void *context) must_use;

/* Breaks off; nothing is told. NULL is fine; not after the result was told. */
void smtp_cancel(struct smtp *smtp);

#endif
