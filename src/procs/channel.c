/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One packet of a SOCK_SEQPACKET socket is one message: a header, then the
 * payload, or, when that is long, a sealed memory file in its place.
 *
 *     accept_packet: header -> who may say what -> length -> descriptor -> seals -> callback
 *
 * A channel may be freed by its own callback; it then stays until the callback
 * has returned (busy, freed).
 */
#include "procs/channel.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/str.h"
#include "procs/sealed.h"

enum {
	PACKET_MAGIC = 0x48590001, /* "HY" and the version of the header */
	MOST_INLINE = 32 * 1024,
	MOST_QUEUED = 4096,
	MOST_QUEUED_DESCRIPTORS = 64,
	MOST_RECEIVED_DESCRIPTORS = 4,
	BATCH = 64, /* messages taken before the other channels get their turn */
};

static const size_t most_queued_bytes = (size_t)160 * 1024 * 1024;

struct packet_header {
	uint32_t magic;
	uint32_t message;
	uint32_t length;
	uint32_t in_memory; /* 1: the payload is the memory file that came along */
};

/* A packet that waits until the peer reads. */
struct waiting {
	struct waiting *next;
	struct str packet;
	size_t weight; /* bytes it holds in memory, memory file included */
	int fd;
};

struct channel {
	int fd;
	enum process self;
	enum process peer;
	const struct channel_events *events;
	void *context;
	struct event *readable;
	struct event *writable;
	struct waiting *first;
	struct waiting *last;
	size_t queued;
	size_t queued_bytes;
	size_t queued_descriptors;
	bool busy;
	bool ended;
	bool freed;
	char buffer[sizeof(struct packet_header) + MOST_INLINE + 1];
};

int
channel_pair(int ret_fds[2])
{
	int type = SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK;
	return socketpair(AF_UNIX, type, 0, ret_fds) ? -errno : 0;
}

static void
waiting_free(struct waiting *waiting)
{
	str_done(&waiting->packet);
	cleanup_fd(&waiting->fd);
	free(waiting);
}

static void
destroy(struct channel *channel)
{
	while (channel->first) {
		struct waiting *waiting = channel->first;
		channel->first = waiting->next;
		waiting_free(waiting);
	}
	event_free(channel->readable);
	event_free(channel->writable);
	close(channel->fd);
	free(channel);
}

void
channel_free(struct channel *channel)
{
	if (!channel)
		return;
	if (channel->busy)
		channel->freed = true;
	else
		destroy(channel);
}

static void
end(struct channel *channel, const char *reason)
{
	if (channel->ended)
		return;
	channel->ended = true;
	event_del(channel->readable);
	event_del(channel->writable);
	channel->events->ended(channel->context, channel->peer, reason);
}

/* Sending. */

static int
send_packet(int socket, const struct str *packet, int fd)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {.iov_base = packet->data, .iov_len = packet->length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control.room);
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	}
	ssize_t sent;
	do
		sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

/* Sends what waits until the socket is full; 0 when nothing waits any more. */
static int
drain(struct channel *channel)
{
	while (channel->first) {
		struct waiting *waiting = channel->first;
		int status = send_packet(channel->fd, &waiting->packet, waiting->fd);
		if (status)
			return status;
		channel->first = waiting->next;
		channel->queued--;
		channel->queued_bytes -= waiting->weight;
		channel->queued_descriptors -= waiting->fd >= 0;
		waiting_free(waiting);
	}
	channel->last = NULL;
	event_del(channel->writable);
	return 0;
}

static int
enqueue(struct channel *channel, struct str *packet, int fd, size_t weight)
{
	if (channel->queued >= MOST_QUEUED ||
	    channel->queued_bytes + weight > most_queued_bytes ||
	    (fd >= 0 && channel->queued_descriptors >= MOST_QUEUED_DESCRIPTORS))
		return -ENOBUFS;
	auto_fd int kept = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (fd >= 0 && kept < 0)
		return -errno;
	struct waiting *waiting = memory_new(1, sizeof(*waiting));
	*waiting = (struct waiting){.packet = *packet, .weight = weight, .fd = take_fd(kept)};
	*packet = (struct str){0};
	if (channel->last)
		channel->last->next = waiting;
	else
		channel->first = waiting;
	channel->last = waiting;
	channel->queued++;
	channel->queued_bytes += weight;
	channel->queued_descriptors += waiting->fd >= 0;
	event_add(channel->writable, NULL);
	return 0;
}

static void
check_sending(const struct channel *channel, enum message message, size_t length, int fd)
{
	if (!message_allowed(message, channel->self, channel->peer))
		panic(
		    "%s is not said to %s", message_name(message), process_name(channel->peer));
	if (length > message_most(message))
		panic("%s of %zu bytes is too long", message_name(message), length);
	if (message_has_descriptor(message) != (fd >= 0))
		panic("%s with the wrong descriptor", message_name(message));
}

int
channel_send(
    struct channel *channel, enum message message, const void *bytes, size_t length, int fd)
{
	check_sending(channel, message, length, fd);
	if (channel->ended)
		return -EPIPE;
	struct packet_header header = {PACKET_MAGIC, message, (uint32_t)length, 0};
	auto_fd int memory = -1;
	if (length > MOST_INLINE) {
		memory = file_memory("hayward-message", bytes, length);
		if (memory < 0)
			return memory;
		header.in_memory = 1;
	}
	auto_str packet = {0};
	str_add_bytes(&packet, &header, sizeof(header));
	if (!header.in_memory)
		str_add_bytes(&packet, bytes, length);
	int along = header.in_memory ? memory : fd;
	int status = channel->first ? -EAGAIN : send_packet(channel->fd, &packet, along);
	if (status == -EAGAIN || status == -ETOOMANYREFS)
		return enqueue(channel, &packet, along, sizeof(header) + length);
	return status == -ECONNRESET ? -EPIPE : status;
}

size_t
channel_queued(const struct channel *channel)
{
	return channel->queued;
}

static void
on_writable(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	struct channel *channel = context;
	int status = drain(channel);
	if (!status || status == -EAGAIN || status == -ETOOMANYREFS)
		return;
	/* The reading side tells of an end, after what still came has been heard. */
	event_del(channel->writable);
}

int
channel_flush(struct channel *channel, int milliseconds)
{
	int64_t deadline = clock_boot() + milliseconds;
	for (;;) {
		int status = drain(channel);
		if (!status)
			return 0;
		if (status != -EAGAIN && status != -ETOOMANYREFS)
			return -EPIPE;
		int64_t left = deadline - clock_boot();
		if (left <= 0)
			return -ETIMEDOUT;
		struct pollfd poll_for = {.fd = channel->fd, .events = POLLOUT};
		if (poll(&poll_for, 1, (int)left) < 0 && errno != EINTR)
			return -errno;
	}
}

/* Receiving. */

struct received {
	struct packet_header header;
	const char *payload;
	size_t payload_length;
	int fds[MOST_RECEIVED_DESCRIPTORS];
	size_t fd_count;
	bool cut; /* the kernel cut the packet or its descriptors off */
};

static void
received_done(struct received *received)
{
	for (size_t i = 0; i < received->fd_count; i++)
		cleanup_fd(&received->fds[i]);
}

static void
take_descriptors(struct received *received, struct msghdr *message)
{
	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part;
	     part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS)
			continue;
		size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;
			memcpy(&fd, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
			if (received->fd_count < MOST_RECEIVED_DESCRIPTORS)
				received->fds[received->fd_count++] = fd;
			else
				close(fd);
		}
	}
}

/* 1: a packet was received; 0: the peer has gone; -EAGAIN: nothing now; else -errno. */
static int
receive_packet(struct channel *channel, struct received *ret_received)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int) * MOST_RECEIVED_DESCRIPTORS)];
	} control;
	struct iovec part = {.iov_base = channel->buffer, .iov_len = sizeof(channel->buffer)};
	struct msghdr message = {
	    .msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control.room),
	};
	/* Who ended without having read everything says so first, and only once: what it said
	 * before comes behind that. */
	ssize_t got;
	do
		got = recvmsg(channel->fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (got < 0 && (errno == EINTR || errno == ECONNRESET));
	if (got < 0)
		return -errno;
	struct received received = {.payload = channel->buffer + sizeof(received.header)};
	take_descriptors(&received, &message);
	received.cut = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
	if (got == 0 && !received.fd_count && !received.cut)
		return 0;
	if ((size_t)got >= sizeof(received.header)) {
		memcpy(&received.header, channel->buffer, sizeof(received.header));
		received.payload_length = (size_t)got - sizeof(received.header);
	}
	*ret_received = received;
	return 1;
}

/* What is wrong with a packet that was received, or NULL. */
static const char *
find_fault(const struct channel *channel, const struct received *received)
{
	const struct packet_header *header = &received->header;
	if (received->cut)
		return "an oversized packet";
	if (header->magic != PACKET_MAGIC || header->in_memory > 1)
		return "a packet that is none of ours";
	if (header->message >= MESSAGE_COUNT)
		return "an unknown message";
	if (!message_allowed(header->message, channel->peer, channel->self))
		return "a message that is not its to send";
	if (header->length > message_most(header->message))
		return "a message that is too long";
	bool fits = header->in_memory
			? header->length > MOST_INLINE && received->payload_length == 0
			: header->length == received->payload_length;
	if (!fits)
		return "a message of another length than it says";
	size_t expected = header->in_memory || message_has_descriptor(header->message);
	return received->fd_count != expected ? "a stray or missing descriptor" : NULL;
}

/* Hands the message over; gives what is wrong with it, or NULL. */
static const char *
hand_over(struct channel *channel, const void *bytes, struct received *received)
{
	int none = -1;
	int *fd = received->header.in_memory || !received->fd_count ? &none : &received->fds[0];
	int status = channel->events->message(channel->context, channel->peer,
	    received->header.message, bytes, received->header.length, fd);
	return status ? "a message that does not decode" : NULL;
}

static const char *
accept_packet(struct channel *channel, struct received *received)
{
	const char *fault = find_fault(channel, received);
	if (fault)
		return fault;
	if (!received->header.in_memory)
		return hand_over(channel, received->payload, received);
	struct sealed sealed;
	if (sealed_map(received->fds[0], message_most(received->header.message), &sealed))
		return "a memory file that is not sealed";
	if (sealed.length == received->header.length)
		fault = hand_over(channel, sealed.bytes, received);
	else
		fault = "a memory file of another length than it says";
	sealed_unmap(&sealed);
	return fault;
}

/* Whether there may be more. */
static bool
receive_one(struct channel *channel)
{
	struct received received;
	int status = receive_packet(channel, &received);
	if (status == -EAGAIN)
		return false;
	if (status <= 0) {
		end(channel, status ? "an unreadable socket" : NULL);
		return false;
	}
	const char *fault = accept_packet(channel, &received);
	received_done(&received);
	if (fault && !channel->freed)
		end(channel, fault);
	return !fault;
}

/* Takes at most that many messages; the channel may be gone afterwards. */
static void
receive_batch(struct channel *channel, size_t most)
{
	if (channel->busy)
		return;
	channel->busy = true;
	while (most-- && !channel->freed && !channel->ended)
		if (!receive_one(channel))
			break;
	channel->busy = false;
	if (channel->freed)
		destroy(channel);
}

static void
on_readable(evutil_socket_t fd, short what, void *context)
{
	(void)fd, (void)what;
	receive_batch(context, BATCH);
}

void
channel_receive(struct channel *channel)
{
	receive_batch(channel, SIZE_MAX);
}

struct channel *
channel_new(struct event_base *loop, int fd, enum process self, enum process peer,
    const struct channel_events *events, void *context)
{
	struct channel *channel = memory_new(1, sizeof(*channel));
	channel->fd = fd;
	channel->self = self;
	channel->peer = peer;
	channel->events = events;
	channel->context = context;
	channel->readable = event_new(loop, fd, EV_READ | EV_PERSIST, on_readable, channel);
	channel->writable = event_new(loop, fd, EV_WRITE | EV_PERSIST, on_writable, channel);
	if (!channel->readable || !channel->writable || event_add(channel->readable, NULL))
		fatal("cannot watch a channel");
	return channel;
}
