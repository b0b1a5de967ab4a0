/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Somebody who takes connections as clamd does, on the loop of the test, and says to each what
 * the next letter of a text stands for; the last letter stands for all further ones:
 *
 *     c clean   f a virus   e an error   s nothing at all   h nothing, and hangs up
 */
#ifndef TESTS_FAKE_CLAMD_H
#define TESTS_FAKE_CLAMD_H

#include <event2/event.h>
#include <event2/listener.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { FAKE_CLAMD_MOST = 256 };

struct fake_clamd {
	struct event_base *loop;
	struct evconnlistener *listener;
	char folder[32], path[48];
	const char *says;
	size_t count;
	struct event *events[FAKE_CLAMD_MOST];
};

/* What was asked is taken, with the descriptor: who hangs up on it would break the connection.
 */
static void
fake_clamd_read(int fd)
{
	char bytes[4096], room[256];
	struct iovec part = {bytes, sizeof(bytes)};
	for (;;) {
		struct msghdr message = {.msg_iov = &part,
		    .msg_iovlen = 1,
		    .msg_control = room,
		    .msg_controllen = sizeof(room)};
		if (recvmsg(fd, &message, MSG_DONTWAIT) <= 0)
			return;
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		if (!header)
			continue;
		int got;
		memcpy(&got, CMSG_DATA(header), sizeof(got));
		close(got);
	}
}

static void
fake_clamd_answer(evutil_socket_t fd, short what, void *context)
{
	static const char clean[] = "x: OK", found[] = "x: A.Virus FOUND",
			  error[] = "x: no ERROR";
	char letter = *(const char *)context;
	ssize_t sent = 0;
	(void)what;
	fake_clamd_read(fd);
	if (letter == 'c')
		sent = send(fd, clean, sizeof(clean), MSG_NOSIGNAL);
	if (letter == 'f')
		sent = send(fd, found, sizeof(found), MSG_NOSIGNAL);
	if (letter == 'e')
		sent = send(fd, error, sizeof(error), MSG_NOSIGNAL);
	if (letter == 'h')
		shutdown(fd, SHUT_RDWR);
	(void)sent;
}

static void
fake_clamd_visit(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *address,
    int length, void *context)
{
	struct fake_clamd *clamd = context;
	const char *letter = clamd->says;
	(void)listener, (void)address, (void)length;
	if (clamd->says[1])
		clamd->says++;
	if (clamd->count == FAKE_CLAMD_MOST)
		abort();
	struct event *event =
	    event_new(clamd->loop, fd, EV_READ, fake_clamd_answer, (char *)(uintptr_t)letter);
	clamd->events[clamd->count++] = event;
	event_add(event, NULL);
}

static inline void
fake_clamd_begin(struct fake_clamd *clamd, struct event_base *loop, const char *says)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	*clamd = (struct fake_clamd){
	    .loop = loop, .says = says, .folder = "/tmp/hayward-clamd-XXXXXX"};
	if (!mkdtemp(clamd->folder))
		abort();
	snprintf(clamd->path, sizeof(clamd->path), "%s/s", clamd->folder);
	memcpy(address.sun_path, clamd->path, strlen(clamd->path));
	clamd->listener = evconnlistener_new_bind(loop, fake_clamd_visit, clamd,
	    LEV_OPT_CLOSE_ON_FREE, 128, (struct sockaddr *)&address, sizeof(address));
	if (!clamd->listener)
		abort();
}

/* Nobody is there any more. */
static inline void
fake_clamd_end(struct fake_clamd *clamd)
{
	for (size_t i = 0; i < clamd->count; i++) {
		close(event_get_fd(clamd->events[i]));
		event_free(clamd->events[i]);
	}
	evconnlistener_free(clamd->listener);
	unlink(clamd->path);
	rmdir(clamd->folder);
}

#endif
