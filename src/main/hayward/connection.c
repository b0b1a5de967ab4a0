/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

enum { PATIENCE = 100000, LONGEST_REPLY = 64 * 1024 * 1024, CHUNK = 65536, REAL_DIGITS = 7 };

struct connection {
	int fd;
	struct str received; /* what came behind the last whole line */
};

static void
say_why(struct str *why, const char *path, int error)
{
	str_addf(why, "cannot reach hayward at '%s': %s", path, strerror(error));
	if (error == ENOENT || error == ECONNREFUSED)
		str_add(why, "; is haywardd running? (--run, --socket)");
}

int
connection_open(const char *path, struct str *ret_why, struct connection **ret_connection)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(address.sun_path)) {
		say_why(ret_why, path, ENAMETOOLONG);
		return -ENAMETOOLONG;
	}
	memcpy(address.sun_path, path, strlen(path));
	auto_fd int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		int error = errno;
		say_why(ret_why, path, error);
		return -error;
	}
	struct connection *connection = memory_new(1, sizeof(*connection));
	connection->fd = take_fd(fd);
	*ret_connection = connection;
	return 0;
}

void
connection_free(struct connection *connection)
{
	if (!connection)
		return;
	close(connection->fd);
	str_done(&connection->received);
	free(connection);
}

/* Sends without a SIGPIPE when the other end has gone. */
static int
send_all(int fd, const char *bytes, size_t length)
{
	while (length) {
		ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return -errno;
		bytes += sent;
		length -= (size_t)sent;
	}
	return 0;
}

/* Waits for bytes until the deadline; signals do not end the wait. */
static int
wait_readable(int fd, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - clock_boot();
		if (left <= 0)
			return -ETIMEDOUT;
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		int ready = poll(&wait, 1, (int)left);
		if (ready > 0)
			return 0;
		if (ready < 0 && errno != EINTR)
			return -errno;
	}
}

/* Reads on until a newline is there; gives its offset. */
static int
receive_line(struct connection *connection, size_t *ret_length)
{
	int64_t deadline = clock_boot() + PATIENCE;
	struct str *received = &connection->received;
	auto_free char *chunk = memory_new(1, CHUNK);
	size_t seen = 0;
	for (;;) {
		const char *text = str_text(received);
		const char *newline = memchr(text + seen, '\n', received->length - seen);
		if (newline) {
			*ret_length = (size_t)(newline - text);
			return 0;
		}
		seen = received->length;
		if (seen > LONGEST_REPLY)
			return -EMSGSIZE;
		int status = wait_readable(connection->fd, deadline);
		if (status)
			return status;
		ssize_t got = read(connection->fd, chunk, CHUNK);
		if (got == 0)
			return -EPIPE;
		if (got < 0 && errno != EINTR)
			return -errno;
		if (got > 0)
			str_add_bytes(received, chunk, (size_t)got);
	}
}

static int
read_reply(struct connection *connection, size_t length, struct reply_read *ret_reply)
{
	struct str *received = &connection->received;
	json_t *whole = json_loadb(received->data, length, 0, NULL);
	auto_str rest = {0};
	str_add_bytes(&rest, received->data + length + 1, received->length - length - 1);
	str_clear(received);
	str_add_bytes(received, str_text(&rest), rest.length);
	const json_t *status = json_object_get(whole, "status");
	if (!json_is_integer(status) || json_integer_value(status) < 0 ||
	    json_integer_value(status) >= ANSWER_STATUS_COUNT) {
		json_decref(whole);
		return -EBADMSG;
	}
	*ret_reply = (struct reply_read){
	    .status = (enum answer_status)json_integer_value(status),
	    .text = fact_text(whole, "text"),
	    .data = json_object_get(whole, "data"),
	    .whole = whole,
	};
	return 0;
}

int
connection_ask(struct connection *connection, json_t *question, struct reply_read *ret_reply)
{
	auto_free char *line = json_dumps(question, JSON_COMPACT);
	json_decref(question);
	auto_str bytes = {0};
	str_addf(&bytes, "%s\n", line ? line : "{}");
	int status = send_all(connection->fd, str_text(&bytes), bytes.length);
	/* A question may hold a password. */
	explicit_bzero(bytes.data, bytes.capacity);
	if (line)
		explicit_bzero(line, strlen(line));
	/* Who turned us away said why before it closed: that is worth reading. */
	if (status && status != -EPIPE)
		return status;
	size_t length = 0;
	status = receive_line(connection, &length);
	return status ? status : read_reply(connection, length, ret_reply);
}

json_t *
question_new(enum ask ask)
{
	json_t *question = json_object();
	json_object_set_new(question, "ask", json_string(ask_info(ask)->name));
	return question;
}

void
print_json(const json_t *data)
{
	json_dumpf(data ? data : json_null(), stdout,
	    JSON_INDENT(2) | JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS));
	putchar('\n');
}

static void
complain(const struct arguments *arguments, const char *text)
{
	auto_str shown = {0};
	view_lines(&shown, text);
	fprintf(stderr, "hayward %s: %s\n", arguments->command, str_text(&shown));
}

/* Asks over a connection of its own; complaints are made, the status given. */
static int
ask_once(const struct arguments *arguments, json_t *question, struct reply_read *ret_reply)
{
	auto_str path = {0}, why = {0};
	arguments_socket(arguments, &path);
	struct connection *connection = NULL;
	if (connection_open(str_text(&path), &why, &connection)) {
		json_decref(question);
		complain(arguments, str_text(&why));
		return ANSWER_UNREACHED;
	}
	int error = connection_ask(connection, question, ret_reply);
	connection_free(connection);
	if (error) {
		str_addf(&why, "hayward does not answer: %s", strerror(-error));
		complain(arguments, str_text(&why));
		return ANSWER_UNREACHED;
	}
	if (ret_reply->status != ANSWER_OK) {
		int status = (int)ret_reply->status;
		complain(arguments, ret_reply->text);
		json_decref(ret_reply->whole);
		return status;
	}
	return ANSWER_OK;
}

int
ask_for_data(const struct arguments *arguments, json_t *question, json_t **ret_data)
{
	struct reply_read reply;
	int status = ask_once(arguments, question, &reply);
	if (status)
		return status;
	*ret_data = json_incref(json_object_get(reply.whole, "data"));
	json_decref(reply.whole);
	return ANSWER_OK;
}

void
show_data(const struct arguments *arguments, const json_t *data, answer_view *view)
{
	if (arguments->json) {
		print_json(data);
		return;
	}
	auto_str shown = {0};
	struct look look = look_of_stdout();
	view(data, &look, &shown);
	fwrite(str_text(&shown), 1, shown.length, stdout);
}

static void
show_words(const char *text)
{
	auto_str shown = {0};
	view_lines(&shown, *text ? text : "done");
	puts(str_text(&shown));
}

int
ask_and_show(const struct arguments *arguments, json_t *question, answer_view *view)
{
	struct reply_read reply;
	int status = ask_once(arguments, question, &reply);
	if (status)
		return status;
	if (view || arguments->json)
		show_data(arguments, reply.data, view);
	else
		show_words(reply.text);
	json_decref(reply.whole);
	return ANSWER_OK;
}

int
question_add_text(
    const struct arguments *arguments, json_t *question, const char *member, const char *text)
{
	if (!text || json_object_set_new(question, member, json_string(text)) == 0)
		return ANSWER_OK;
	fprintf(stderr, "hayward %s: the %s is not valid UTF-8\n", arguments->command, member);
	json_decref(question);
	return ANSWER_USAGE;
}
