/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/form_watch.h"

#include <errno.h>
#include <event2/event.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "gates/doors.h"
#include "gates/form_words.h"
#include "model/mailed.h"

enum {
	MOST_SERVERS = 1024, /* connections: each process of a web server has one */
	MOST_KEPT = 1024,
	MOST_OF_ONE = 32, /* of one uid */
	LASTS = 60000,	  /* ms since it was of use last */
	LASTS_AT_MOST = 600000,
	CLOCKS_DIFFER = 50, /* ms */
	MOST_AT_ONCE = 64,
	MOST_RECIPIENTS = 128,
	TICK_SECONDS = 10,
};

struct kept {
	struct kept *next; /* an older one */
	uint64_t id;
	int64_t at, used;
	struct trace trace;
};

struct server {
	struct form_watch *watch;
	struct server *next, **link;
	struct event *event;
	int fd;
};

struct form_watch {
	struct event_base *loop;
	bool (*is_server)(void *context, uint32_t uid);
	void *context;
	struct event *tick;
	struct doors doors;
	struct server *servers;
	size_t server_count;
	struct kept *first; /* the newest */
	size_t count;
	uint64_t last_id;
	struct form_words *words;
	struct mail_words mail; /* of the one that is being looked at, once it was read */
	bool is_read;		/* under this key */
	uint8_t key[WORDS_KEY];
};

/* ---- what is kept ---- */

static void
drop(struct form_watch *watch, struct kept **link)
{
	struct kept *kept = *link;
	*link = kept->next;
	free(kept);
	watch->count--;
}

static void
make_room(struct form_watch *watch, uint32_t uid)
{
	struct kept **oldest = NULL, **oldest_own = NULL;
	size_t own = 0;
	for (struct kept **link = &watch->first; *link; link = &(*link)->next) {
		oldest = link;
		if ((*link)->trace.uid != uid)
			continue;
		oldest_own = link;
		own++;
	}
	if (own >= MOST_OF_ONE)
		drop(watch, oldest_own);
	else if (watch->count >= MOST_KEPT)
		drop(watch, oldest);
}

void
form_watch_add(struct form_watch *watch, const struct trace *trace, int64_t now)
{
	make_room(watch, trace->uid);
	struct kept *kept = memory_new(1, sizeof(*kept));
	kept->id = ++watch->last_id;
	kept->at = kept->used = now;
	kept->trace = *trace;
	kept->next = watch->first;
	watch->first = kept;
	watch->count++;
}

static bool
is_over(const struct kept *kept, int64_t now)
{
	return now - kept->used > LASTS || now - kept->at > LASTS_AT_MOST;
}

static void
forget(struct form_watch *watch, int64_t now)
{
	for (struct kept **link = &watch->first; *link;) {
		if (is_over(*link, now))
			drop(watch, link);
		else
			link = &(*link)->next;
	}
}

bool
form_watch_has(const struct form_watch *watch, uint32_t uid)
{
	for (const struct kept *kept = watch->first; kept; kept = kept->next)
		if (kept->trace.uid == uid)
			return true;
	return false;
}

size_t
form_watch_count(const struct form_watch *watch)
{
	return watch->count;
}

/* ---- recipients ---- */

struct hashed {
	uint64_t hash;
	bool is_found;
};

static void
note_address(void *context, uint64_t hash)
{
	struct hashed *hashed = context;
	hashed->hash = hash;
	hashed->is_found = true;
}

static void
pass_run(void *context, uint32_t hash)
{
	(void)context, (void)hash;
}

/* A recipient, read as an address in a request is. false: it is none. */
static bool
hash_recipient(
    const uint8_t key[WORDS_KEY], const char *text, size_t length, uint64_t *ret_hash)
{
	static const struct words_events events = {pass_run, note_address};
	struct hashed hashed = {0};
	struct words words;
	words_begin(&words, key, &events, &hashed);
	words_feed(&words, text, length);
	words_break(&words);
	*ret_hash = hashed.hash;
	return hashed.is_found;
}

/* Between its brackets, as the envelope has it. */
static void
bare_address(const char **text, size_t *length)
{
	const char *open = memchr(*text, '<', *length);
	if (!open)
		return;
	*length -= (size_t)(open + 1 - *text);
	*text = open + 1;
	const char *close = memchr(*text, '>', *length);
	if (close)
		*length = (size_t)(close - *text);
}

static bool
is_same(const char *text, size_t length, const char *other)
{
	return strlen(other) == length && !strncasecmp(text, other, length);
}

/* Whoever writes to the owner of a form is no stranger's trouble. */
static bool
is_owners(const struct form_mail *mail, const char *text, size_t length)
{
	const struct account *account = mail->account;
	bare_address(&text, &length);
	const char *at = memrchr(text, '@', length);
	if (!account || !at)
		return true;
	const char *domain = at + 1;
	size_t domain_length = length - (size_t)(domain - text);
	if (is_same(text, length, account->contact) ||
	    (is_same(text, (size_t)(at - text), account->name) &&
		is_same(domain, domain_length, mail->host)))
		return true;
	for (uint32_t i = 0; i < account->domain_count; i++)
		if (is_same(domain, domain_length, account->domains[i]))
			return true;
	return false;
}

/* Each recipient held against the request; into strangers with numbers that outlast its key,
 * and are those of its recipients. */
static void
name_strangers(
    const struct form_mail *mail, const struct trace *trace, struct mail_request *request)
{
	const char *at = str_text(mail->recipients);
	size_t length;
	int count = 0;
	request->stranger_count = 0;
	request->to_house = request->has_added = false;
	for (const char *line;
	     (line = text_next_line(&at, &length)) && count++ < MOST_RECIPIENTS;) {
		uint64_t hash;
		const struct trace_address *found =
		    hash_recipient(trace->key, line, length, &hash)
			? trace_find_address(trace, hash)
			: NULL;
		if (!found || is_owners(mail, line, length)) {
			request->to_house = true;
			continue;
		}
		request->has_added |= found->added;
		if (request->stranger_count < MAIL_REQUEST_MOST_STRANGERS)
			request->strangers[request->stranger_count++] =
			    mailed_hash(line, length);
	}
}

/* ---- which request ---- */

/* A script answers one request while it hands the mail in: but it may go on behind its
 * visitor's back, and takes its time for many mails. */
static bool
may_be_of(const struct kept *kept, const struct form_mail *mail)
{
	return kept->trace.uid == mail->uid && kept->at <= mail->at + CLOCKS_DIFFER &&
	       !is_over(kept, mail->at);
}

static struct weight
weigh(struct form_watch *watch, const struct form_mail *mail, const struct kept *kept,
    bool learns)
{
	const struct trace *trace = &kept->trace;
	if (!watch->is_read || memcmp(watch->key, trace->key, WORDS_KEY) != 0)
		mail_words_read(&watch->mail, trace->key, mail->message, mail->length);
	watch->is_read = true;
	memcpy(watch->key, trace->key, WORDS_KEY);
	return form_words_weigh(watch->words, trace, &watch->mail, learns, mail->at);
}

/* Whom it names most of; else whose words it has, which a form sends to its owner. */
static struct kept *
find(struct form_watch *watch, const struct form_mail *mail, struct mail_request *request,
    struct weight *weight)
{
	struct kept *found = NULL;
	watch->is_read = false;
	for (struct kept *kept = watch->first; kept; kept = kept->next) {
		struct mail_request named;
		if (!may_be_of(kept, mail))
			continue;
		name_strangers(mail, &kept->trace, &named);
		if (named.stranger_count <= request->stranger_count)
			continue;
		*request = named;
		found = kept;
	}
	if (found)
		*weight = weigh(watch, mail, found, true);
	for (struct kept *kept = watch->first; kept && !found; kept = kept->next) {
		if (may_be_of(kept, mail))
			*weight = weigh(watch, mail, kept, false);
		if (weight->is_visitors) {
			found = kept;
			request->to_house = true;
		}
	}
	return found;
}

void
form_watch_find(
    struct form_watch *watch, const struct form_mail *mail, struct mail_request *ret_request)
{
	struct mail_request request = {0};
	struct weight weight = {0};
	struct kept *found = find(watch, mail, &request, &weight);
	*ret_request = (struct mail_request){0};
	if (!found)
		return;
	found->used = mail->at > found->used ? mail->at : found->used;
	*ret_request = (struct mail_request){
	    .id = found->id,
	    .visitor = found->trace.visitor,
	    .script = mail_request_script(found->trace.script),
	    .is_known = found->trace.flags & TRACE_KNOWN,
	    .has_cookie = found->trace.flags & TRACE_COOKIE,
	    .has_text = weight.is_visitors,
	    .is_forms = weight.is_forms,
	    .wording = weight.wording,
	    .to_house = request.to_house,
	    .has_added = request.has_added,
	    .stranger_count = request.stranger_count,
	};
	memcpy(ret_request->strangers, request.strangers, sizeof(request.strangers));
}

/* ---- the web servers ---- */

static void
server_free(struct server *server)
{
	*server->link = server->next;
	if (server->next)
		server->next->link = server->link;
	server->watch->server_count--;
	event_free(server->event);
	close(server->fd);
	free(server);
}

/* Whether it may go on. */
static bool
hear(struct server *server)
{
	uint8_t bytes[TRACE_LARGEST + 1];
	struct trace trace;
	ssize_t length = recv(server->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	if (length < 0)
		return errno == EAGAIN || errno == EINTR;
	if (!length)
		return false;
	if (!trace_decode(bytes, (size_t)length, &trace)) {
		log_warning("a web server speaks nonsense: hung up");
		return false;
	}
	form_watch_add(server->watch, &trace, clock_wall());
	return true;
}

/* What is left makes the event come again. */
static void
on_trace(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct server *server = context;
	if (!hear(server))
		server_free(server);
}

static void
begin(struct form_watch *watch, int fd)
{
	struct server *server = memory_new(1, sizeof(*server));
	server->watch = watch;
	server->fd = fd;
	server->event = event_new(watch->loop, fd, EV_READ | EV_PERSIST, on_trace, server);
	server->link = &watch->servers;
	server->next = watch->servers;
	if (watch->servers)
		watch->servers->link = &server->next;
	watch->servers = server;
	watch->server_count++;
	event_add(server->event, NULL);
}

/* SECURITY: a customer's program could tell of requests that nobody made, and have a
 * neighbour's form switched off. */
static void
on_visit(void *context, int fd, const struct ucred *peer)
{
	struct form_watch *watch = context;
	bool has_room = watch->server_count < MOST_SERVERS;
	if (has_room && watch->is_server(watch->context, peer->uid)) {
		begin(watch, fd);
		return;
	}
	if (has_room)
		log_warning("uid %u is no web server: hung up", peer->uid);
	close(fd);
}

int
form_watch_serve(struct form_watch *watch, int listener)
{
	return doors_open(&watch->doors, watch->loop, listener, on_visit, watch, NULL);
}

/* ---- the whole ---- */

static void
on_tick(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	forget(context, clock_wall());
}

struct form_watch *
form_watch_new(
    struct event_base *loop, bool (*is_server)(void *context, uint32_t uid), void *context)
{
	static const struct timeval pause = {.tv_sec = TICK_SECONDS};
	struct form_watch *watch = memory_new(1, sizeof(*watch));
	watch->loop = loop;
	watch->is_server = is_server;
	watch->context = context;
	watch->words = form_words_new();
	watch->tick = event_new(loop, -1, EV_PERSIST, on_tick, watch);
	event_add(watch->tick, &pause);
	return watch;
}

void
form_watch_free(struct form_watch *watch)
{
	if (!watch)
		return;
	while (watch->servers)
		server_free(watch->servers);
	while (watch->first)
		drop(watch, &watch->first);
	doors_close(&watch->doors);
	form_words_free(watch->words);
	event_free(watch->tick);
	free(watch);
}
