/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/clients.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "model/request.h"
#include "procs/request_json.h"

enum { BACKLOG = 64, MOST_IDLE_UIDS = 1024, MILLI = 1000 };

enum client_state {
	CLIENT_IDLE,
	CLIENT_READING,
	CLIENT_RESTING,
	CLIENT_WAITING,
	CLIENT_WRITING
};

static const struct client_patience usual_patience = {
    .idle = 60000,
    .reading = 5000,
    .waiting = 20000,
    .writing = 10000,
};

/* What one uid has used up, over all its connections. */
struct uid_use {
	uid_t uid;
	uint32_t clients;
	int64_t milli_requests; /* may still be made at once, in thousandths */
	int64_t refilled;	/* boot ms */
};

struct client {
	struct clients *clients;
	struct client *next, **link;
	struct bufferevent *stream;
	struct event *patience;
	enum client_state state;
	uint64_t ticket; /* of the request in flight */
	struct uid_use *use;
	struct client_peer peer;
};

struct clients {
	struct event_base *loop;
	struct evconnlistener *listener;
	struct evconnlistener *contained; /* NULL: there is none */
	struct client_events events;
	struct client *first;
	size_t count;
	size_t unprivileged;
	uint64_t last_ticket;
	struct map *waiting; /* ticket -> client */
	struct map *uses;    /* uid -> use */
};

static int
refuse_to_replace(int probe, const struct sockaddr_un *address)
{
	if (connect(probe, (const struct sockaddr *)address, sizeof(*address)) == 0)
		return -EADDRINUSE;
	return errno == ECONNREFUSED ? 0 : -errno;
}

/*
 * A child of a haywardd that was killed may be about to listen while the next
 * haywardd's does: between looking and binding one would take away the other's
 * socket, and then die. Who can open the file is root alone, so nobody else
 * keeps it locked.
 */
static int
take_lock(const char *path, int *ret_fd)
{
	auto_fd int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || flock(fd, LOCK_EX))
		return -errno;
	*ret_fd = take_fd(fd);
	return 0;
}

int
clients_listen(const char *path, const char *lock_path, int *ret_fd)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path));
	auto_fd int lock = -1;
	int status = take_lock(lock_path, &lock);
	if (status)
		return status;
	auto_fd int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	auto_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe < 0 || fd < 0)
		return -errno;
	status = refuse_to_replace(probe, &address);
	if (status && status != -ENOENT)
		return status;
	if (!status && unlink(path))
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) || chmod(path, 0666) ||
	    listen(fd, BACKLOG))
		return -errno;
	*ret_fd = take_fd(fd);
	return 0;
}

static int
peer_of(int fd, struct client_peer *ret_peer)
{
	struct ucred credentials;
	socklen_t length = sizeof(credentials);
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length))
		return -errno;
	ret_peer->uid = credentials.uid;
	ret_peer->gid = credentials.gid;
	length = sizeof(ret_peer->groups);
	bool known = getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, ret_peer->groups, &length) == 0;
	/* More groups than we look at: then only the first one speaks for them. */
	ret_peer->group_count = known ? length / sizeof(gid_t) : 0;
	return 0;
}

static void
use_refill(struct uid_use *use, int64_t now)
{
	int64_t most = (int64_t)MOST_REQUESTS_AT_ONCE * MILLI;
	use->milli_requests += (now - use->refilled) * REQUESTS_PER_SECOND;
	if (use->milli_requests > most)
		use->milli_requests = most;
	use->refilled = now;
}

/* A uid's account of requests outlives its connections, or reconnecting would clear it. */
static void
forget_rested_uids(struct clients *clients, int64_t now)
{
	if (map_count(clients->uses) <= MOST_IDLE_UIDS)
		return;
	size_t position = 0;
	for (struct uid_use *use; (use = map_next(clients->uses, &position));) {
		use_refill(use, now);
		if (use->clients == 0 &&
		    use->milli_requests == (int64_t)MOST_REQUESTS_AT_ONCE * MILLI) {
			map_remove_u64(clients->uses, use->uid);
			free(use);
		}
	}
}

static struct uid_use *
use_get(struct clients *clients, uid_t uid)
{
	struct uid_use *use = map_find_u64(clients->uses, uid);
	int64_t now = clock_boot();
	if (!use) {
		forget_rested_uids(clients, now);
		use = memory_new(1, sizeof(*use));
		use->uid = uid;
		use->milli_requests = (int64_t)MOST_REQUESTS_AT_ONCE * MILLI;
		use->refilled = now;
		map_put_u64(clients->uses, uid, use);
	}
	use_refill(use, now);
	return use;
}

static void
client_close(struct client *client)
{
	struct clients *clients = client->clients;
	if (client->state == CLIENT_WAITING)
		map_remove_u64(clients->waiting, client->ticket);
	*client->link = client->next;
	if (client->next)
		client->next->link = client->link;
	client->use->clients--;
	clients->count--;
	if (client->peer.uid != 0)
		clients->unprivileged--;
	event_free(client->patience);
	bufferevent_free(client->stream);
	free(client);
}

/* Until a uid that has asked too often may ask again. */
static int
rest_of(const struct uid_use *use)
{
	return (int)((MILLI - use->milli_requests) / REQUESTS_PER_SECOND) + 1;
}

static int
patience_of(const struct client *client, enum client_state state)
{
	const struct client_patience *patience = client->clients->events.patience;
	switch (state) {
	case CLIENT_IDLE:
		return patience->idle;
	case CLIENT_READING:
		return patience->reading;
	case CLIENT_RESTING:
		return rest_of(client->use);
	case CLIENT_WAITING:
		return patience->waiting;
	case CLIENT_WRITING:
		return patience->writing;
	}
	return 0;
}

static void
client_enter(struct client *client, enum client_state state)
{
	client->state = state;
	int ms = patience_of(client, state);
	struct timeval patience = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
	event_add(client->patience, &patience);
}

static void
client_write(struct client *client, const char *line, size_t length)
{
	client_enter(client, CLIENT_WRITING);
	bufferevent_write(client->stream, line, length);
	bufferevent_write(client->stream, "\n", 1);
}

static void
client_refuse(struct client *client, enum answer_status status, const char *text)
{
	auto_str bytes = {0};
	reply_encode(0, status, text, NULL, &bytes);
	struct reply reply;
	if (reply_decode(bytes.data, bytes.length, &reply))
		panic("a reply of ours does not decode");
	client_write(client, reply.json, reply.length);
}

static void
client_ask(struct client *client, const char *line, size_t length)
{
	struct clients *clients = client->clients;
	bufferevent_disable(client->stream, EV_READ);
	if (client->peer.uid != 0)
		client->use->milli_requests -= MILLI;
	client->ticket = ++clients->last_ticket;
	map_put_u64(clients->waiting, client->ticket, client);
	client_enter(client, CLIENT_WAITING);
	clients->events.line(
	    clients->events.context, client->ticket, &client->peer, line, length);
}

/* Root could do worse, and its scripts must not be slowed. */
static bool
must_rest(struct client *client)
{
	use_refill(client->use, clock_boot());
	return client->peer.uid != 0 && client->use->milli_requests < MILLI;
}

/* Nothing more is read of one who rests: it is the kernel that makes him wait. */
static void
client_rest(struct client *client)
{
	bufferevent_disable(client->stream, EV_READ);
	client_enter(client, CLIENT_RESTING);
}

/* Takes the next line of what has come, if it is whole. */
static void
client_read(struct client *client)
{
	struct evbuffer *input = bufferevent_get_input(client->stream);
	size_t length = 0;
	if (evbuffer_search_eol(input, NULL, NULL, EVBUFFER_EOL_LF).pos >= 0 &&
	    must_rest(client)) {
		client_rest(client);
		return;
	}
	auto_free char *line = evbuffer_readln(input, &length, EVBUFFER_EOL_LF);
	if (line)
		client_ask(client, line, length);
	else if (evbuffer_get_length(input) > LONGEST_REQUEST_LINE)
		client_close(client);
	else if (evbuffer_get_length(input) && client->state == CLIENT_IDLE)
		client_enter(client, CLIENT_READING);
}

static void
on_readable(struct bufferevent *stream, void *context)
{
	(void)stream;
	struct client *client = context;
	if (client->state == CLIENT_IDLE || client->state == CLIENT_READING)
		client_read(client);
}

static void
client_listen(struct client *client)
{
	client_enter(client, CLIENT_IDLE);
	bufferevent_enable(client->stream, EV_READ);
	client_read(client);
}

static void
on_written(struct bufferevent *stream, void *context)
{
	(void)stream;
	struct client *client = context;
	if (client->state != CLIENT_WRITING)
		return;
	client_listen(client);
}

static void
on_gone(struct bufferevent *stream, short what, void *context)
{
	(void)stream;
	(void)what;
	client_close(context);
}

static void
on_impatience(evutil_socket_t fd, short what, void *context)
{
	(void)fd;
	(void)what;
	struct client *client = context;
	if (client->state == CLIENT_RESTING) {
		client_listen(client);
		return;
	}
	if (client->state != CLIENT_WAITING) {
		client_close(client);
		return;
	}
	map_remove_u64(client->clients->waiting, client->ticket);
	client_refuse(client, ANSWER_UNREACHED, "hayward does not answer; see its log");
}

static bool
has_place(const struct clients *clients, const struct uid_use *use)
{
	if (clients->count >= MOST_CLIENTS)
		return false;
	return use->uid == 0 || (use->clients < MOST_CLIENTS_OF_UID &&
				    clients->unprivileged < MOST_CLIENTS - PLACES_FOR_ROOT);
}

static void
turn_away(int fd)
{
	static const char words[] =
	    "{\"status\":5,\"text\":\"too many connections; try again\",\"data\":null}\n";
	/* Whether they read it or not: we do not wait. */
	(void)!send(fd, words, sizeof(words) - 1, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static void
client_new(struct clients *clients, int fd, const struct client_peer *peer, struct uid_use *use)
{
	struct client *client = memory_new(1, sizeof(*client));
	client->clients = clients;
	client->peer = *peer;
	client->use = use;
	client->stream = bufferevent_socket_new(clients->loop, fd, BEV_OPT_CLOSE_ON_FREE);
	client->patience = event_new(clients->loop, -1, 0, on_impatience, client);
	if (!client->stream || !client->patience)
		fatal("cannot serve a client: out of memory");
	client->next = clients->first;
	client->link = &clients->first;
	if (client->next)
		client->next->link = &client->next;
	clients->first = client;
	use->clients++;
	clients->count++;
	if (peer->uid != 0)
		clients->unprivileged++;
	bufferevent_setcb(client->stream, on_readable, on_written, on_gone, client);
	bufferevent_setwatermark(client->stream, EV_READ, 0, LONGEST_REQUEST_LINE + 1);
	client_enter(client, CLIENT_IDLE);
	bufferevent_enable(client->stream, EV_READ | EV_WRITE);
}

static void
on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int length, void *context)
{
	(void)address;
	(void)length;
	struct clients *clients = context;
	struct client_peer peer = {0};
	int status = peer_of(fd, &peer);
	if (status) {
		log_warning("cannot tell who connects: %s", strerror(-status));
		close(fd);
		return;
	}
	peer.contained = listener == clients->contained;
	struct uid_use *use = use_get(clients, peer.uid);
	/* Root of a container has the number of this host's root, and is nobody here. */
	if (has_place(clients, use) && !(peer.contained && !peer.uid))
		client_new(clients, fd, &peer, use);
	else
		turn_away(fd);
}

struct clients *
clients_new(struct event_base *loop, int listener, const struct client_events *events)
{
	/* Who hangs up before the answer would otherwise end the whole process. */
	signal(SIGPIPE, SIG_IGN);
	struct clients *clients = memory_new(1, sizeof(*clients));
	clients->loop = loop;
	clients->events = *events;
	if (!events->patience)
		clients->events.patience = &usual_patience;
	clients->waiting = map_new();
	clients->uses = map_new();
	clients->listener = evconnlistener_new(loop, on_accept, clients,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, listener);
	if (!clients->listener)
		fatal("cannot serve clients: out of memory");
	return clients;
}

void
clients_serve_contained(struct clients *clients, int listener)
{
	clients->contained = evconnlistener_new(clients->loop, on_accept, clients,
	    LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, listener);
	if (!clients->contained)
		fatal("cannot serve clients: out of memory");
}

void
clients_free(struct clients *clients)
{
	if (!clients)
		return;
	while (clients->first)
		client_close(clients->first);
	evconnlistener_free(clients->listener);
	if (clients->contained)
		evconnlistener_free(clients->contained);
	size_t position = 0;
	for (struct uid_use *use; (use = map_next(clients->uses, &position));)
		free(use);
	map_free(clients->uses);
	map_free(clients->waiting);
	free(clients);
}

void
clients_wait_for(struct clients *clients, uint64_t ticket, int milliseconds)
{
	struct client *client = map_find_u64(clients->waiting, ticket);
	struct timeval patience = {milliseconds / 1000, milliseconds % 1000 * 1000};
	if (client)
		event_add(client->patience, &patience);
}

void
clients_answer(struct clients *clients, uint64_t ticket, const char *line, size_t length)
{
	struct client *client = map_remove_u64(clients->waiting, ticket);
	if (client)
		client_write(client, line, length);
}

size_t
clients_count(const struct clients *clients)
{
	return clients->count;
}
