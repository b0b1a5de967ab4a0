/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/mail_gate.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "gates/doors.h"
#include "gates/mail_session.h"

enum {
	MOST_CONVERSATIONS = 2000,
	/*
	 * ms. A mail server has 300 s for the end of a mail, or does without us: with all that
	 * the sessions wait for, and the search for the part, it comes to 190.
	 */
	SCAN_PATIENCE = 120000,
	RATING_PATIENCE = 10000, /* ms; whoever sends waits for it */
	READ_AT_ONCE = 65536,
	TICK_SECONDS = 1,
	SILENT_SECONDS = 3600, /* a server that says nothing so long has forgotten us */
};

/* What lies behind a door. */
struct entrance {
	struct mail_gate *gate;
	struct mail_place *place;
	enum mail_door kind;
};

struct conversation {
	struct mail_gate *gate;
	struct bufferevent *stream;
	struct mail_session *session;
	struct conversation *next, **link;
};

struct mail_gate {
	struct event_base *loop;
	struct mail_shared shared;
	struct event *tick;
	struct doors doors;
	struct mail_place *places;
	struct conversation *first;
	size_t count;
};

static void
conversation_free(struct conversation *conversation)
{
	*conversation->link = conversation->next;
	if (conversation->next)
		conversation->next->link = conversation->link;
	conversation->gate->count--;
	bufferevent_free(conversation->stream);
	mail_session_free(conversation->session);
	free(conversation);
}

/* At once if nothing else waits to be sent: an event loop would ask first whether it may. */
static size_t
send_at_once(struct bufferevent *stream, const struct str *output)
{
	if (evbuffer_get_length(bufferevent_get_output(stream)))
		return 0;
	ssize_t sent = send(bufferevent_getfd(stream), output->data, output->length,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	return sent > 0 ? (size_t)sent : 0;
}

/* Sends what there is to say; reads on unless an answer is owed, so that nothing piles up. */
static void
keep_up(struct conversation *conversation)
{
	struct milter *milter = mail_session_milter(conversation->session);
	struct str *output = milter_output(milter);
	size_t sent = output->length ? send_at_once(conversation->stream, output) : 0;
	if (sent < output->length)
		bufferevent_write(
		    conversation->stream, output->data + sent, output->length - sent);
	str_clear(output);
	if (milter_waits(milter))
		bufferevent_disable(conversation->stream, EV_READ);
	else
		bufferevent_enable(conversation->stream, EV_READ);
}

static void
on_bytes(struct bufferevent *stream, void *context)
{
	struct conversation *conversation = context;
	struct milter *milter = mail_session_milter(conversation->session);
	struct evbuffer *input = bufferevent_get_input(stream);
	size_t length = evbuffer_get_length(input);
	int status = milter_read(milter, evbuffer_pullup(input, -1), length);
	evbuffer_drain(input, length);
	if (status) {
		if (status != -ECONNRESET)
			log_warning("a mail server speaks nonsense: hung up");
		conversation_free(conversation);
		return;
	}
	keep_up(conversation);
}

static void
on_event(struct bufferevent *stream, short events, void *context)
{
	(void)stream, (void)events;
	conversation_free(context);
}

static void
on_answered(void *context)
{
	keep_up(context);
}

/* ---- doors ---- */

static void
begin(const struct entrance *entrance, int fd, const struct ucred *peer)
{
	static const struct timeval silence = {.tv_sec = SILENT_SECONDS};
	struct mail_gate *gate = entrance->gate;
	struct bufferevent *stream =
	    bufferevent_socket_new(gate->loop, fd, BEV_OPT_CLOSE_ON_FREE);
	if (!stream) {
		close(fd);
		return;
	}
	struct conversation *conversation = memory_new(1, sizeof(*conversation));
	struct mail_server server = {
	    .pid = (uint32_t)peer->pid,
	    .uid = peer->uid,
	    .door = entrance->kind,
	    .place = entrance->place,
	};
	conversation->gate = gate;
	conversation->stream = stream;
	conversation->session =
	    mail_session_new(&gate->shared, &server, on_answered, conversation);
	conversation->link = &gate->first;
	conversation->next = gate->first;
	if (gate->first)
		gate->first->link = &conversation->next;
	gate->first = conversation;
	gate->count++;
	bufferevent_setcb(stream, on_bytes, NULL, on_event, conversation);
	bufferevent_setwatermark(stream, EV_READ, 0, READ_AT_ONCE);
	bufferevent_set_timeouts(stream, &silence, NULL);
	bufferevent_enable(stream, EV_READ); /* what is written may be from the beginning */
}

/* SECURITY: whoever can open the socket could pretend to be a mail server, and learn or tell
 * lies about mails. Customers are nobody's mail server. */
static void
on_visit(void *context, int fd, const struct ucred *peer)
{
	const struct entrance *entrance = context;
	const struct mail_gate *gate = entrance->gate;
	bool has_room = gate->count < MOST_CONVERSATIONS;
	if (has_room && gate->shared.ways.is_server(gate->shared.ways.context, peer->uid)) {
		begin(entrance, fd, peer);
		return;
	}
	if (has_room)
		log_warning("uid %u is no mail server: hung up", peer->uid);
	close(fd);
}

struct mail_place *
mail_gate_place(struct mail_gate *gate, const char *name, bool hands_on)
{
	struct mail_place *place = memory_new(1, sizeof(*place));
	place->name = memory_copy_text(name);
	place->hands_on = hands_on;
	place->next = gate->places;
	gate->places = place;
	return place;
}

int
mail_gate_serve(
    struct mail_gate *gate, int listener, struct mail_place *place, enum mail_door kind)
{
	struct entrance *entrance = memory_new(1, sizeof(*entrance));
	*entrance = (struct entrance){gate, place, kind};
	int status = doors_open(&gate->doors, gate->loop, listener, on_visit, entrance, free);
	if (status)
		free(entrance);
	return status;
}

/* ---- the whole ---- */

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct mail_gate *gate = context;
	int64_t now = clock_boot();
	for (struct conversation *one = gate->first; one; one = one->next)
		mail_session_tick(one->session, now);
}

struct mail_gate *
mail_gate_new(struct event_base *loop, const struct mail_ways *ways, struct porter *porter)
{
	static const struct timeval pause = {.tv_sec = TICK_SECONDS};
	struct mail_gate *gate = memory_new(1, sizeof(*gate));
	gate->loop = loop;
	gate->shared.ways = *ways;
	gate->shared.porter = porter;
	gate->tick = event_new(loop, -1, EV_PERSIST, on_tick, gate);
	event_add(gate->tick, &pause);
	return gate;
}

static void
end_all(struct mail_gate *gate)
{
	while (gate->first)
		conversation_free(gate->first);
}

void
mail_gate_free(struct mail_gate *gate)
{
	if (!gate)
		return;
	end_all(gate);
	doors_close(&gate->doors);
	for (struct mail_place *place = gate->places, *next; place; place = next) {
		next = place->next;
		clamd_free(place->clamd);
		rspamd_free(place->rspamd);
		free(place->name);
		free(place);
	}
	event_free(gate->tick);
	free(gate);
}

void
mail_gate_key(struct mail_gate *gate, const uint8_t key[MAIL_PASS_KEY])
{
	memcpy(gate->shared.key, key, MAIL_PASS_KEY);
}

void
mail_gate_forms(struct mail_gate *gate, struct form_watch *forms)
{
	gate->shared.forms = forms;
}

/* Mails that are being scanned by the former are tried again: all conversations end. */
void
mail_gate_scanner(struct mail_gate *gate, struct mail_place *place, const char *path)
{
	end_all(gate);
	clamd_free(place->clamd);
	place->clamd = *path ? clamd_new(gate->loop, path, SCAN_PATIENCE) : NULL;
	place->scanner_failed_at = 0;
}

void
mail_gate_filter(struct mail_gate *gate, struct mail_place *place, const char *path)
{
	end_all(gate);
	rspamd_free(place->rspamd);
	place->rspamd = *path ? rspamd_new(gate->loop, path, RATING_PATIENCE) : NULL;
}

/* Whose number that is, by what it waits for; NULL: nobody waits for it any more. */
static struct mail_session *
find(const struct mail_gate *gate, uint64_t (*waits_for)(const struct mail_session *),
    uint64_t id)
{
	for (struct conversation *one = gate->first; one && id; one = one->next)
		if (waits_for(one->session) == id)
			return one->session;
	return NULL;
}

void
mail_gate_answer(struct mail_gate *gate, const struct mail_answer *answer)
{
	struct mail_session *session = find(gate, mail_session_question, answer->id);
	if (session)
		mail_session_attest(session, answer);
}

void
mail_gate_noted(struct mail_gate *gate, const struct mail_noted *noted)
{
	struct mail_session *session = find(gate, mail_session_telling, noted->id);
	if (session)
		mail_session_noted(session, noted);
}

void
mail_gate_unnoted(struct mail_gate *gate)
{
	for (struct conversation *one = gate->first; one; one = one->next)
		if (mail_session_telling(one->session))
			mail_session_noted(
			    one->session, &(struct mail_noted){.status = -ENOTCONN});
}

void
mail_gate_unanswered(struct mail_gate *gate)
{
	for (struct conversation *one = gate->first; one; one = one->next)
		if (mail_session_question(one->session))
			mail_session_attest(
			    one->session, &(struct mail_answer){.status = -ENOTCONN});
}

size_t
mail_gate_count(const struct mail_gate *gate)
{
	return gate->count;
}
