/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clients of control's socket: lines in, lines out, and nobody able to keep
 * the others from being heard.
 *
 *               a first byte          a whole line           the answer
 *     IDLE ------------------> READING ----------> WAITING ------------> WRITING
 *      ^  60 s, then closed     5 s, then closed    20 s, then a reply    10 s, then closed
 *      |                                            that says so             |
 *      +---------------------------------------------------------------------+
 *                                                       all of it is read
 *
 * One request is in flight for each client; while it is, nothing further is
 * read from it. Connections and requests are limited for each uid (requests not for root), and
 * all uids but root together cannot take the last places.
 */
#ifndef PROCS_CLIENTS_H
#define PROCS_CLIENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attributes.h"

struct clients;
struct event_base;

enum {
	MOST_CLIENTS = 64,
	PLACES_FOR_ROOT = 8,	 /* of those */
	MOST_CLIENTS_OF_UID = 8, /* root: no such limit */
	REQUESTS_PER_SECOND = 10,
	MOST_REQUESTS_AT_ONCE = 20, /* after a pause */
	MOST_CLIENT_GROUPS = 256,   /* supplementary groups that are looked at */
};

/* Who is at the other end, as the kernel saw it at the time of connect(). */
struct client_peer {
	uid_t uid;
	gid_t gid;
	size_t group_count;
	gid_t groups[MOST_CLIENT_GROUPS];
	bool contained; /* it came by the door of the containers, whose root is not this host's
			 */
};

/* How long a client may stay in each state, ms. */
struct client_patience {
	int idle;
	int reading;
	int waiting;
	int writing;
};

struct client_events {
	/* A line came, without its newline; the answer goes to clients_answer() under this
	 * ticket. */
	void (*line)(void *context, uint64_t ticket, const struct client_peer *peer,
	    const char *line, size_t length);
	void *context;
	const struct client_patience *patience; /* NULL: as drawn above */
};

/*
 * Makes the socket that clients connect to, replacing a stale one; everybody
 * on the host may connect. lock: a file that is locked meanwhile. 0, -EADDRINUSE if somebody
 * listens there, else -errno.
 */
int clients_listen(const char *path, const char *lock, int *ret_fd) must_use;

/* Serves a listening socket, which it takes over; clients_free() it. */
struct clients *clients_new(
    struct event_base *loop, int listener, const struct client_events *events) must_use;
void clients_free(struct clients *clients);

/* Serves another one as well, of whose clients none is root or staff: see client_peer. */
void clients_serve_contained(struct clients *clients, int listener);

/* What is asked under this ticket takes so long, ms: it is waited for instead of as usual. */
void clients_wait_for(struct clients *clients, uint64_t ticket, int milliseconds);

/* Answers with a line (a newline is added). A ticket whose client has gone is ignored. */
void clients_answer(struct clients *clients, uint64_t ticket, const char *line, size_t length);

size_t clients_count(const struct clients *clients);

#endif
