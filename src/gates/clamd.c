/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/clamd.h"

#include <errno.h>
#include <event2/event.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/str.h"
#include "gates/unix_connect.h"

enum {
	LONGEST_REPLY = 4096,
	CHUNK = 64 * 1024,
	LENGTH_SIZE = 4,
};

struct clamd {
	struct event_base *loop;
	char *path;
	int patience; /* ms */
	bool streams; /* it could not read a descriptor before */
};

/* asking -> sending, if by stream -> hearing */
struct scan {
	struct clamd *clamd;
	int file;
	clamd_done *done;
	void *context;
	int socket;
	struct event *turn; /* the socket is ready, or patience is at its end */
	bool streams;
	bool sent;
	int64_t until; /* boot ms */
	off_t at;	     /* of the file: where the next chunk begins */
	struct str waiting;  /* to be sent */
	struct str reply;
	int failed; /* -errno, before anything could be asked */
};

static void take_turn(evutil_socket_t socket, short events, void *context);

struct clamd *
clamd_new(struct event_base *loop, const char *path, int patience)
{
	struct clamd *clamd = memory_new(1, sizeof(*clamd));
	clamd->loop = loop;
	clamd->path = memory_copy_text(path);
	clamd->patience = patience;
	return clamd;
}

int
clamd_patience(const struct clamd *clamd)
{
	return clamd->patience;
}

void
clamd_free(struct clamd *clamd)
{
	if (!clamd)
		return;
	free(clamd->path);
	free(clamd);
}

void
clamd_forget(struct scan *scan)
{
	if (!scan)
		return;
	if (scan->turn)
		event_free(scan->turn);
	cleanup_fd(&scan->socket);
	str_done(&scan->waiting);
	str_done(&scan->reply);
	free(scan);
}

static void
finish(struct scan *scan, enum clamd_verdict verdict, const char *words)
{
	scan->done(scan->context, verdict, words);
	clamd_forget(scan);
}

/* Of what went wrong only what says nothing of the file is about who is asked. */
static void
fail(struct scan *scan, int status)
{
	bool is_there = status == -ETIMEDOUT || status == -EMSGSIZE || status == -ENOMEM;
	finish(scan, is_there ? CLAMD_FAILED : CLAMD_AWAY,
	    status == -ETIMEDOUT ? "no answer in time" : strerror(-status));
}

/* ---- replies ---- */

/* "stream: OK", "fd[12]: Eicar-Signature FOUND", "... ERROR": only the first two mean anything. */
enum clamd_verdict
clamd_reply(char *reply, const char **ret_words)
{
	static const char clean[] = "OK", found[] = " FOUND";
	char *words = strstr(reply, ": ");
	*ret_words = *reply ? reply : "an empty answer";
	if (!words)
		return CLAMD_FAILED;
	words += strlen(": ");
	if (strcmp(words, clean) == 0)
		return CLAMD_CLEAN;
	if (!text_ends_with(words, found) || strlen(words) == strlen(found))
		return CLAMD_FAILED;
	words[strlen(words) - strlen(found)] = '\0';
	*ret_words = words;
	return CLAMD_FOUND;
}

/* ---- asking ---- */

static int
send_descriptor(int socket, int fd)
{
	static const char command[] = "zFILDES";
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char nothing = 0;
	struct iovec part = {&nothing, sizeof(nothing)};
	struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control.room)};
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &fd, sizeof(int));
	if (send(socket, command, sizeof(command), MSG_NOSIGNAL) != sizeof(command))
		return errno ? -errno : -EIO;
	/* Who hangs up on it may have said why. */
	if (sendmsg(socket, &message, MSG_NOSIGNAL) < 0 && errno != EPIPE &&
	    errno != ECONNRESET)
		return -errno;
	return 0;
}

static int
wait_turn(struct scan *scan, short events)
{
	int64_t left = scan->until - clock_boot();
	struct timeval patience = {left / 1000, left % 1000 * 1000};
	if (left <= 0)
		return -ETIMEDOUT;
	if (scan->turn)
		event_free(scan->turn);
	scan->turn = event_new(scan->clamd->loop, scan->socket, events, take_turn, scan);
	return scan->turn && !event_add(scan->turn, &patience) ? 0 : -ENOMEM;
}

static int
begin(struct scan *scan)
{
	static const char command[] = "zINSTREAM";
	scan->socket = unix_connect(scan->clamd->path);
	if (scan->socket < 0)
		return scan->socket;
	if (scan->streams) {
		str_add_bytes(&scan->waiting, command, sizeof(command));
		return wait_turn(scan, EV_WRITE);
	}
	int status = send_descriptor(scan->socket, scan->file);
	scan->sent = true;
	return status ? status : wait_turn(scan, EV_READ);
}

/* It could not be asked: told by the loop, like all else. */
static void
fail_later(struct scan *scan, int status)
{
	struct timeval now = {0, 0};
	cleanup_fd(&scan->socket);
	scan->socket = -1;
	scan->failed = status;
	if (scan->turn)
		event_free(scan->turn);
	scan->turn = evtimer_new(scan->clamd->loop, take_turn, scan);
	evtimer_add(scan->turn, &now);
}

struct scan *
clamd_scan(struct clamd *clamd, int fd, int64_t patience, clamd_done *done, void *context)
{
	struct scan *scan = memory_new(1, sizeof(*scan));
	*scan = (struct scan){.clamd = clamd,
	    .file = fd,
	    .done = done,
	    .context = context,
	    .socket = -1,
	    .until = clock_boot() + patience,
	    .streams = clamd->streams};
	int status = begin(scan);
	if (status)
		fail_later(scan, status);
	return scan;
}

/* ---- its turns ---- */

/* The next chunk, with its length before it; of length 0 the last one. */
static int
add_chunk(struct scan *scan)
{
	static char room[CHUNK];
	ssize_t length = pread(scan->file, room, sizeof(room), scan->at);
	if (length < 0)
		return -errno;
	const unsigned char size[LENGTH_SIZE] = {(unsigned char)(length >> 24),
	    (unsigned char)(length >> 16), (unsigned char)(length >> 8), (unsigned char)length};
	str_add_bytes(&scan->waiting, size, sizeof(size));
	str_add_bytes(&scan->waiting, room, (size_t)length);
	scan->at += length;
	scan->sent = length == 0;
	return 0;
}

/* 1: it does not take more now. What it will not take at all it has answered already. */
static int
send_waiting(struct scan *scan)
{
	ssize_t sent =
	    send(scan->socket, scan->waiting.data, scan->waiting.length, MSG_NOSIGNAL);
	if (sent < 0 && (errno == EAGAIN || errno == EINTR))
		return 1;
	if (sent < 0 && (errno == EPIPE || errno == ECONNRESET)) {
		str_clear(&scan->waiting);
		scan->sent = true;
		return 0;
	}
	if (sent < 0)
		return -errno;
	str_drop(&scan->waiting, (size_t)sent);
	return 0;
}

static int
send_more(struct scan *scan)
{
	int status = 0;
	while (!status && !(scan->sent && !scan->waiting.length))
		status = scan->waiting.length ? send_waiting(scan) : add_chunk(scan);
	return status < 0 ? status : wait_turn(scan, status ? EV_WRITE : EV_READ);
}

/* 1: the whole reply is there. */
static int
hear(struct scan *scan)
{
	char room[512];
	ssize_t length = recv(scan->socket, room, sizeof(room), 0);
	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	str_add_bytes(&scan->reply, room, (size_t)length);
	bool whole = memchr(str_text(&scan->reply), '\0', scan->reply.length);
	if (whole || scan->reply.length > LONGEST_REPLY)
		return whole ? 1 : -EMSGSIZE;
	return length ? 0 : -EPIPE;
}

/* What it has not read by a descriptor it may read when it is sent. */
static bool
try_by_stream(struct scan *scan)
{
	if (scan->streams)
		return false;
	event_free(scan->turn);
	scan->turn = NULL;
	cleanup_fd(&scan->socket);
	scan->socket = -1;
	str_clear(&scan->reply);
	scan->streams = true;
	scan->sent = false;
	scan->at = 0;
	int status = begin(scan);
	if (status)
		fail_later(scan, status);
	return true;
}

static void
judge(struct scan *scan)
{
	const char *words;
	enum clamd_verdict verdict = clamd_reply(scan->reply.data, &words);
	if (verdict == CLAMD_FAILED && try_by_stream(scan))
		return;
	if (verdict != CLAMD_FAILED)
		scan->clamd->streams = scan->streams;
	finish(scan, verdict, words);
}

static void
take_turn(evutil_socket_t socket, short events, void *context)
{
	struct scan *scan = context;
	(void)socket;
	if (scan->failed || events & EV_TIMEOUT)
		return fail(scan, scan->failed ? scan->failed : -ETIMEDOUT);
	int status = events & EV_WRITE ? send_more(scan) : hear(scan);
	if (!status && !(events & EV_WRITE))
		status = wait_turn(scan, EV_READ);
	if (status < 0)
		fail(scan, status);
	else if (status == 1)
		judge(scan);
}
