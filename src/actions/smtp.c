/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/smtp.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/escape.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"

enum {
	LONGEST_REPLY = 16 * 1024,
	LONGEST_WORDS = 500,
	USUAL_PATIENCE = 300, /* s; RFC 5321, 4.5.3.2 */
	BODY_PATIENCE = 600,
	OLD_SMTP_PORT = 25,
};

/* What we wait for an answer to. */
enum stage {
	STAGE_GREETING,
	STAGE_EHLO,
	STAGE_HELO,
	STAGE_MAIL,
	STAGE_RCPT,
	STAGE_DATA,
	STAGE_BODY,
};

struct smtp {
	struct bufferevent *wire;
	enum stage stage;
	struct event_base *base;
	struct addrinfo *addresses;
	const struct addrinfo *next; /* address to try when this one fails */
	char *name;
	char *from;
	char *to;
	const char *bytes;
	size_t length;
	int patience;
	struct str words; /* of the reply that is coming in */
	void (*told)(void *context, enum smtp_result result, const char *words);
	void *context;
};

int
smtp_parse_relay(const char *url, struct smtp_relay *ret_relay)
{
	struct smtp_relay relay = {.port = OLD_SMTP_PORT};
	if (!text_starts_with(url, "smtp://"))
		return -EINVAL;
	const char *host = url + strlen("smtp://");
	bool bracketed = *host == '[';
	host += bracketed;
	size_t length = strcspn(host, bracketed ? "]" : ":/");
	if (!length || length >= sizeof(relay.host))
		return -EINVAL;
	memcpy(relay.host, host, length);
	const char *rest = host + length;
	rest += bracketed && *rest == ']';
	if (*rest == ':') {
		char *end = NULL;
		long port = strtol(rest + 1, &end, 10);
		if (end == rest + 1 || port < 1 || port > 65535)
			return -EINVAL;
		relay.port = (int)port;
		rest = end;
	}
	if (strcmp(rest, "") != 0 && strcmp(rest, "/") != 0)
		return -EINVAL;
	*ret_relay = relay;
	return 0;
}

static void
smtp_free(struct smtp *smtp)
{
	if (smtp->wire)
		bufferevent_free(smtp->wire);
	if (smtp->addresses)
		freeaddrinfo(smtp->addresses);
	str_done(&smtp->words);
	free(smtp->name);
	free(smtp->from);
	free(smtp->to);
	free(smtp);
}

void
smtp_cancel(struct smtp *smtp)
{
	if (smtp)
		smtp_free(smtp);
}

static void
be_patient(struct smtp *smtp, int seconds)
{
	struct timeval limit = {smtp->patience ? smtp->patience : seconds, 0};
	bufferevent_set_timeouts(smtp->wire, &limit, &limit);
}

static void
say(struct smtp *smtp, enum stage stage, const char *command, const char *argument)
{
	smtp->stage = stage;
	be_patient(smtp, USUAL_PATIENCE);
	evbuffer_add_printf(bufferevent_get_output(smtp->wire), "%s%s\r\n", command, argument);
}

/* Tells the result and ends. What the relay says to QUIT changes nothing: nobody waits for it.
 */
static void
finish(struct smtp *smtp, enum smtp_result result, const char *words)
{
	auto_str escaped = {0};
	escape_text(&escaped, words);
	str_cut(&escaped, LONGEST_WORDS);
	if (!evbuffer_get_length(bufferevent_get_output(smtp->wire))) {
		ssize_t sent = send(
		    bufferevent_getfd(smtp->wire), "QUIT\r\n", 6, MSG_NOSIGNAL | MSG_DONTWAIT);
		(void)sent;
	}
	smtp->told(smtp->context, result, str_text(&escaped));
	smtp_free(smtp);
}

/* A dot that begins a line is doubled (RFC 5321, 4.5.2). */
static void
say_body(struct smtp *smtp)
{
	struct evbuffer *out = bufferevent_get_output(smtp->wire);
	const char *at = smtp->bytes, *end = smtp->bytes + smtp->length;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *next = newline ? newline + 1 : end;
		if (*at == '.')
			evbuffer_add(out, ".", 1);
		evbuffer_add(out, at, (size_t)(next - at));
		at = next;
	}
	say(smtp, STAGE_BODY, ".", "");
	be_patient(smtp, BODY_PATIENCE);
}

static void
say_mail(struct smtp *smtp)
{
	auto_str path = {0};
	str_addf(&path, "<%s>", smtp->from);
	say(smtp, STAGE_MAIL, "MAIL FROM:", str_text(&path));
}

static void
say_recipient(struct smtp *smtp)
{
	auto_str path = {0};
	str_addf(&path, "<%s>", smtp->to);
	say(smtp, STAGE_RCPT, "RCPT TO:", str_text(&path));
}

/* The stage's command was accepted: the next one. */
static void
go_on(struct smtp *smtp)
{
	switch (smtp->stage) {
	case STAGE_GREETING:
		say(smtp, STAGE_EHLO, "EHLO ", smtp->name);
		break;
	case STAGE_EHLO:
	case STAGE_HELO:
		say_mail(smtp);
		break;
	case STAGE_MAIL:
		say_recipient(smtp);
		break;
	case STAGE_RCPT:
		say(smtp, STAGE_DATA, "DATA", "");
		break;
	case STAGE_DATA:
		say_body(smtp);
		break;
	case STAGE_BODY:
		break;
	}
}

/*
 * A 5xx to the recipient or the message is meant for good; before that it is
 * about us and the relay, which the operator can mend.
 */
static bool
hear_reply(struct smtp *smtp, char class)
{
	bool accepted = class == (smtp->stage == STAGE_DATA ? '3' : '2');
	bool about_mail =
	    smtp->stage == STAGE_RCPT || smtp->stage == STAGE_DATA || smtp->stage == STAGE_BODY;
	if (accepted && smtp->stage != STAGE_BODY) {
		go_on(smtp);
		return true;
	}
	if (smtp->stage == STAGE_EHLO && class == '5') {
		say(smtp, STAGE_HELO, "HELO ", smtp->name);
		return true;
	}
	finish(smtp,
	    accepted			 ? SMTP_TAKEN
	    : class == '5' && about_mail ? SMTP_NEVER
					 : SMTP_LATER,
	    str_text(&smtp->words));
	return false;
}

/*
 * One line of a reply; the last one of several has a blank behind its number.
 * False: the conversation is over and its memory gone.
 */
static bool
hear_line(struct smtp *smtp, const char *line)
{
	size_t length = strlen(line);
	if (length < 3 || strspn(line, "0123456789") != 3 || line[0] < '2' || line[0] > '5') {
		finish(smtp, SMTP_LATER, "what answers there does not speak SMTP");
		return false;
	}
	if (!smtp->words.length)
		str_add(&smtp->words, line);
	else if (smtp->words.length < LONGEST_WORDS && length > 4)
		str_addf(&smtp->words, " %s", line + 4);
	if (line[3] == '-')
		return true;
	bool goes_on = hear_reply(smtp, line[0]);
	if (goes_on)
		str_clear(&smtp->words);
	return goes_on;
}

static void
on_read(struct bufferevent *wire, void *context)
{
	struct smtp *smtp = context;
	struct evbuffer *in = bufferevent_get_input(wire);
	bool goes_on = true;
	while (goes_on) {
		auto_free char *line = evbuffer_readln(in, NULL, EVBUFFER_EOL_CRLF);
		if (!line)
			break;
		goes_on = hear_line(smtp, line);
	}
	if (goes_on && evbuffer_get_length(in) > LONGEST_REPLY)
		finish(smtp, SMTP_LATER, "what answers there does not speak SMTP");
}

static bool try_next(struct smtp *smtp);

static void
on_event(struct bufferevent *wire, short what, void *context)
{
	struct smtp *smtp = context;
	(void)wire;
	auto_str words = {0};
	if (what & BEV_EVENT_CONNECTED)
		return;
	if (what & BEV_EVENT_TIMEOUT)
		str_add(&words, "the relay does not answer");
	else if (what & BEV_EVENT_ERROR)
		str_add(&words, strerror(EVUTIL_SOCKET_ERROR()));
	else
		str_add(&words, "the relay hung up");
	if (smtp->stage != STAGE_GREETING || !try_next(smtp))
		finish(smtp, SMTP_LATER, str_text(&words));
}

/* The next address of the relay; false: there is no more. */
static bool
try_next(struct smtp *smtp)
{
	const struct addrinfo *address = smtp->next;
	if (!address)
		return false;
	smtp->next = address->ai_next;
	if (smtp->wire)
		bufferevent_free(smtp->wire);
	smtp->wire = bufferevent_socket_new(
	    smtp->base, -1, BEV_OPT_CLOSE_ON_FREE | BEV_OPT_DEFER_CALLBACKS);
	if (!smtp->wire)
		fatal("cannot make a buffer for a connection");
	bufferevent_setcb(smtp->wire, on_read, NULL, on_event, smtp);
	be_patient(smtp, USUAL_PATIENCE);
	bufferevent_enable(smtp->wire, EV_READ | EV_WRITE);
	/* What fails at once is told by on_event() as well. */
	int status =
	    bufferevent_socket_connect(smtp->wire, address->ai_addr, (int)address->ai_addrlen);
	return status == 0 || try_next(smtp);
}

static struct addrinfo *
look_up(const struct smtp_relay *relay)
{
	char port[8];
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
	struct addrinfo *addresses = NULL;
	snprintf(port, sizeof(port), "%d", relay->port);
	return getaddrinfo(relay->host, port, &hints, &addresses) ? NULL : addresses;
}

struct smtp *
smtp_send(struct event_base *base, const struct smtp_message *message,
    void (*told)(void *context, enum smtp_result result, const char *words), void *context)
{
	struct smtp *smtp = memory_new(1, sizeof(*smtp));
	smtp->base = base;
	smtp->name = memory_copy_text(message->name);
	smtp->from = memory_copy_text(message->from);
	smtp->to = memory_copy_text(message->to);
	smtp->bytes = message->bytes;
	smtp->length = message->length;
	smtp->patience = message->patience;
	smtp->told = told;
	smtp->context = context;
	smtp->addresses = look_up(message->relay);
	smtp->next = smtp->addresses;
	if (try_next(smtp))
		return smtp;
	smtp_free(smtp);
	return NULL;
}
