/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A channel: one end of a connection between two processes of haywardd, over
 * which the messages of model/messages.def travel whole, in order, at most
 * once. What does not fit a packet travels in a sealed memory file, and
 * neither side notices.
 *
 * The peer is not trusted: whatever it sends that is not in the list, not from
 * it to us, too long, unsealed, or with a stray descriptor, ends the channel.
 */
#ifndef PROCS_CHANNEL_H
#define PROCS_CHANNEL_H

#include <stddef.h>

#include "base/attributes.h"
#include "model/message.h"

struct channel;
struct event_base;

struct channel_events {
	/*
	 * A message arrived. bytes are valid during the call; *fd is -1 or the
	 * descriptor that came with it, which is closed after the call unless
	 * it was taken by take_fd(*fd). -EBADMSG: nonsense; the channel ends.
	 */
	int (*message)(void *context, enum process peer, enum message message,
	    const void *bytes, size_t length, int *fd);
	/*
	 * The channel has ended and may be freed. reason says what the peer did
	 * wrong; NULL: it just went away.
	 */
	void (*ended)(void *context, enum process peer, const char *reason);
};

/* Makes a connected pair of sockets for two channels; 0 or -errno. */
int channel_pair(int ret_fds[2]) must_use;

/* Takes over the socket fd; channel_free() it. events and context are borrowed. */
struct channel *channel_new(struct event_base *loop, int fd, enum process self,
    enum process peer, const struct channel_events *events, void *context) must_use;

/* Closes it, even from its own callbacks; what still waits to be sent is lost. NULL is fine. */
void channel_free(struct channel *channel);

/*
 * Sends a message, or queues it until the peer reads. fd: a descriptor to hand
 * over (duplicated; the caller keeps its own), or -1. 0; -ENOBUFS: the peer is
 * so far behind that nothing more is queued; -EPIPE: it has gone; else -errno.
 * What we may not say is a mistake of ours: panic().
 */
int channel_send(struct channel *channel, enum message message, const void *bytes,
    size_t length, int fd) must_use;

/* How many messages wait because the peer does not read. */
size_t channel_queued(const struct channel *channel);

/* Takes everything that has already arrived, without waiting for more. */
void channel_receive(struct channel *channel);

/* Sends what waits, blocking, for at most that many ms; 0, -ETIMEDOUT or -EPIPE. */
int channel_flush(struct channel *channel, int milliseconds) must_use;

#endif
