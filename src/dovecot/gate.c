/* SPDX-License-Identifier: Apache-2.0 */
#include "gate.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* In a container of a site, and on a host that has the mail server itself. */
static const char *const places[] = {"/srv/hayward-gate/login", "/run/hayward/gate/host/login"};

static bool
try_place(struct gate *gate, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	memcpy(address.sun_path, path, strlen(path));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return false;
	}
	*gate = (struct gate){.fd = fd};
	return true;
}

bool
gate_open(struct gate *gate)
{
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (try_place(gate, places[i]))
			return true;
	gate->fd = -1;
	return false;
}

void
gate_close(struct gate *gate)
{
	if (gate->fd >= 0)
		close(gate->fd);
	*gate = (struct gate){.fd = -1};
}

bool
gate_is_there(const struct gate *gate)
{
	return gate->fd >= 0 && !gate->ended;
}

/* A line is short, and nobody says many: that it does not fit means that nobody listens. */
bool
gate_say(struct gate *gate, const char *const *words)
{
	char line[GATE_LINE];
	size_t length = 0;
	for (; *words; words++) {
		size_t more = strlen(*words);
		if (length + more + 2 > sizeof(line))
			return false;
		if (length)
			line[length++] = '\t';
		memcpy(line + length, *words, more);
		length += more;
	}
	line[length++] = '\n';
	if (gate_is_there(gate) &&
	    send(gate->fd, line, length, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)length)
		return true;
	gate->ended = true;
	return false;
}

static int64_t
now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The first line of what has come, moved to the end of the room; NULL: there is no whole one.
 */
static const char *
take_line(struct gate *gate)
{
	static char line[GATE_LINE];
	char *end = memchr(gate->bytes, '\n', gate->length);
	if (!end)
		return NULL;
	size_t length = (size_t)(end - gate->bytes);
	memcpy(line, gate->bytes, length);
	line[length] = '\0';
	gate->length -= length + 1;
	memmove(gate->bytes, end + 1, gate->length);
	return line;
}

/* Whether more has come. */
static bool
read_more(struct gate *gate, int patience)
{
	struct pollfd ready = {.fd = gate->fd, .events = POLLIN};
	int found;
	while ((found = poll(&ready, 1, patience)) < 0 && errno == EINTR)
		;
	if (found <= 0)
		return false;
	ssize_t length =
	    recv(gate->fd, gate->bytes + gate->length, sizeof(gate->bytes) - gate->length, 0);
	if (length <= 0) {
		gate->ended = true;
		return false;
	}
	gate->length += (size_t)length;
	return true;
}

const char *
gate_hear(struct gate *gate, int patience)
{
	int64_t until = now_ms() + patience;
	const char *line = NULL;
	while (!(line = take_line(gate)) && gate_is_there(gate)) {
		int64_t left = until - now_ms();
		if (!read_more(gate, left > 0 ? (int)left : 0))
			return NULL;
	}
	return line;
}
