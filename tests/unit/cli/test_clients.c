/* SPDX-License-Identifier: Apache-2.0 */
/* Clients of control's socket, polite and otherwise; some of them under another uid. */
#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <grp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/attributes.h"
#include "base/clock.h"
#include "base/str.h"
#include "procs/clients.h"
#include "procs/request_json.h"

enum { DEADLINE = 10000, OTHER_UID = 54321 };

/* A served socket, and what it heard. */
struct server {
	char folder[32];
	struct str path;
	struct event_base *loop;
	struct clients *clients;
	struct client_patience patience;
	bool mute; /* hears, and answers nothing */
	unsigned heard;
	uint64_t last_ticket;
	struct client_peer last_peer;
	struct str last_line;
};

static int
listen_there(const struct server *server, int *ret_fd)
{
	auto_str lock = {0};
	str_addf(&lock, "%s.lock", str_text(&server->path));
	return clients_listen(str_text(&server->path), str_text(&lock), ret_fd);
}

static void
on_line(void *context, uint64_t ticket, const struct client_peer *peer, const char *line,
    size_t length)
{
	struct server *server = context;
	server->heard++;
	server->last_ticket = ticket;
	server->last_peer = *peer;
	str_clear(&server->last_line);
	str_add_bytes(&server->last_line, line, length);
	if (!server->mute)
		clients_answer(server->clients, ticket, line, length);
}

static int
start(void **state)
{
	struct server *server = calloc(1, sizeof(*server));
	int fd;
	snprintf(server->folder, sizeof(server->folder), "/tmp/clients-XXXXXX");
	assert_non_null(mkdtemp(server->folder));
	assert_int_equal(chmod(server->folder, 0755), 0);
	str_addf(&server->path, "%s/control", server->folder);
	server->patience = (struct client_patience){5000, 5000, 5000, 5000};
	server->loop = event_base_new();
	assert_int_equal(listen_there(server, &fd), 0);
	struct client_events events = {on_line, server, &server->patience};
	server->clients = clients_new(server->loop, fd, &events);
	*state = server;
	return 0;
}

static int
stop(void **state)
{
	struct server *server = *state;
	clients_free(server->clients);
	event_base_free(server->loop);
	unlink(str_text(&server->path));
	rmdir(server->folder);
	str_done(&server->path);
	str_done(&server->last_line);
	free(server);
	return 0;
}

static int
dial(const struct server *server)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	memcpy(address.sun_path, str_text(&server->path), server->path.length);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
turn(struct server *server)
{
	event_base_loop(server->loop, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	usleep(1000);
}

/* What comes until a newline, or until the server closes; the loop is turned meanwhile. */
static void
hear(struct server *server, int fd, struct str *out)
{
	int64_t deadline = clock_boot() + DEADLINE;
	char byte;
	for (;;) {
		assert_true(clock_boot() < deadline);
		ssize_t got = recv(fd, &byte, 1, MSG_DONTWAIT);
		if (got == 0 || (got == 1 && byte == '\n'))
			return;
		if (got == 1)
			str_add_char(out, byte);
		else if (errno == EAGAIN)
			turn(server);
		else
			return;
	}
}

static void
say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static void
assert_hears(struct server *server, int fd, const char *expected)
{
	auto_str line = {0};
	hear(server, fd, &line);
	assert_string_equal(str_text(&line), expected);
}

/* Runs body in a child under that uid, turning the loop until it ends; gives its exit
 * status. */
static int
as_uid(struct server *server, uid_t uid, int (*body)(const struct server *server))
{
	pid_t child = fork();
	if (child == 0) {
		if (setgroups(0, NULL) || setresgid(uid, uid, uid) || setresuid(uid, uid, uid))
			_exit(100);
		_exit(body(server));
	}
	int64_t deadline = clock_boot() + DEADLINE;
	int status = 0;
	while (waitpid(child, &status, WNOHANG) == 0) {
		assert_true(clock_boot() < deadline);
		turn(server);
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

static int
as_other_uid(struct server *server, int (*body)(const struct server *server))
{
	return as_uid(server, OTHER_UID, body);
}

/* ---- the polite ---- */

static void
a_line_is_answered(void **state)
{
	struct server *server = *state;
	auto_fd int fd = dial(server);
	say(fd, "{\"ask\":\"status\"}\n");
	assert_hears(server, fd, "{\"ask\":\"status\"}");
	assert_int_equal(server->last_peer.uid, getuid());
	say(fd, "second\n");
	assert_hears(server, fd, "second");
}

static void
lines_that_come_together_are_answered_in_turn(void **state)
{
	struct server *server = *state;
	auto_fd int fd = dial(server);
	server->mute = true;
	say(fd, "one\ntwo\n");
	while (server->heard == 0)
		turn(server);
	for (int i = 0; i < 20; i++)
		turn(server);
	assert_int_equal(server->heard, 1); /* the second waits for the first's answer */
	server->mute = false;
	clients_answer(server->clients, server->last_ticket, "first", 5);
	assert_hears(server, fd, "first");
	assert_hears(server, fd, "two");
}

static void
who_hangs_up_half_way_still_hears(void **state)
{
	struct server *server = *state;
	auto_fd int fd = dial(server);
	say(fd, "bye\n");
	shutdown(fd, SHUT_WR);
	assert_hears(server, fd, "bye");
	while (clients_count(server->clients))
		turn(server);
}

static void
an_answer_for_one_who_left_is_dropped(void **state)
{
	struct server *server = *state;
	int fd = dial(server);
	server->mute = true;
	say(fd, "question\n");
	while (server->heard == 0)
		turn(server);
	close(fd);
	clients_answer(server->clients, server->last_ticket, "late", 4);
	clients_answer(server->clients, server->last_ticket, "twice", 5);
	clients_answer(server->clients, 999999, "never", 5);
	while (clients_count(server->clients))
		turn(server);
}

/* ---- the others ---- */

static void
endless_lines_are_cut_off(void **state)
{
	struct server *server = *state;
	auto_fd int fd = dial(server);
	auto_str flood = {0};
	str_add_fill(&flood, 'x', LONGEST_REQUEST_LINE + 4096);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	size_t sent = 0;
	int64_t deadline = clock_boot() + DEADLINE;
	while (sent < flood.length) {
		assert_true(clock_boot() < deadline);
		ssize_t step = send(fd, flood.data + sent, flood.length - sent, MSG_NOSIGNAL);
		if (step < 0 && errno != EAGAIN)
			break;
		sent += step > 0 ? (size_t)step : 0;
		turn(server);
	}
	while (clients_count(server->clients))
		turn(server);
	assert_int_equal(server->heard, 0);
}

static void
a_line_that_never_ends_is_not_waited_for(void **state)
{
	struct server *server = *state;
	server->patience.reading = 50;
	auto_fd int fd = dial(server);
	say(fd, "{\"ask\":");
	assert_hears(server, fd, "");
	assert_int_equal(clients_count(server->clients), 0);
}

/* Each byte in time, but never the line: the patience is for the whole of it. */
static void
dripping_bytes_buys_no_time(void **state)
{
	struct server *server = *state;
	server->patience.reading = 100;
	auto_fd int fd = dial(server);
	int64_t deadline = clock_boot() + DEADLINE;
	do {
		assert_true(clock_boot() < deadline);
		turn(server);
	} while (send(fd, "x", 1, MSG_NOSIGNAL) == 1);
	while (clients_count(server->clients))
		turn(server);
	assert_int_equal(server->heard, 0);
}

static void
the_idle_are_closed(void **state)
{
	struct server *server = *state;
	server->patience.idle = 50;
	auto_fd int fd = dial(server);
	assert_hears(server, fd, "");
}

static void
silence_behind_us_is_said(void **state)
{
	struct server *server = *state;
	server->patience.waiting = 50;
	server->mute = true;
	auto_fd int fd = dial(server);
	say(fd, "question\n");
	assert_hears(server, fd,
	    "{\"status\":5,\"text\":\"hayward does not answer; see its log\",\"data\":null}");
	clients_answer(server->clients, server->last_ticket, "late", 4);
	server->mute = false;
	say(fd, "next\n");
	assert_hears(server, fd, "next");
}

/* The answer is larger than the socket's buffer, and nobody takes it. */
static void
who_does_not_read_is_dropped(void **state)
{
	struct server *server = *state;
	server->patience.writing = 100;
	server->mute = true;
	auto_fd int fd = dial(server);
	say(fd, "much\n");
	while (server->heard == 0)
		turn(server);
	auto_str answer = {0};
	str_add_fill(&answer, 'x', 8 << 20);
	clients_answer(server->clients, server->last_ticket, answer.data, answer.length);
	int64_t deadline = clock_boot() + DEADLINE;
	while (clients_count(server->clients)) {
		assert_true(clock_boot() < deadline);
		turn(server);
	}
}

/* How many of many connections of one uid are turned away; those that are not stay open. */
static int
crowd(const struct server *server)
{
	int fds[MOST_CLIENTS_OF_UID + 4], refused = 0;
	for (size_t i = 0; i < array_length(fds); i++) {
		fds[i] = dial(server);
		char byte = 0;
		if (fds[i] < 0 || send(fds[i], "hello\n", 6, MSG_NOSIGNAL) < 0 ||
		    recv(fds[i], &byte, 1, 0) != 1 || byte != 'h')
			refused++;
	}
	return refused;
}

static void
one_uid_has_its_places_only(void **state)
{
	struct server *server = *state;
	if (getuid() != 0) {
		print_message("needs root: connects under another uid\n");
		skip();
	}
	assert_int_equal(as_other_uid(server, crowd), 4);
	auto_fd int fd = dial(server);
	say(fd, "root\n");
	assert_hears(server, fd, "root");
}

enum { FEW = MOST_REQUESTS_AT_ONCE + 10, MANY = MOST_REQUESTS_AT_ONCE + 80 };

/* The least time that so many requests take one who is held to the limit, in seconds. */
#define TIME_OF(count) (((count)-MOST_REQUESTS_AT_ONCE) / REQUESTS_PER_SECOND)

/* How many whole seconds so many requests take, over connections made anew; 99 if one is not
   answered. */
static int
ask_often(const struct server *server, int count)
{
	int64_t begun = clock_boot();
	for (int i = 0; i < count; i++) {
		char answer[256] = {0};
		auto_fd int fd = dial(server);
		if (fd < 0 || send(fd, "hello\n", 6, MSG_NOSIGNAL) < 0 ||
		    recv(fd, answer, sizeof(answer) - 1, 0) <= 0 || !strstr(answer, "hello"))
			return 99;
	}
	return (int)((clock_boot() - begun) / 1000);
}

static int
ask_few(const struct server *server)
{
	return ask_often(server, FEW);
}

static int
ask_many(const struct server *server)
{
	return ask_often(server, MANY);
}

static void
who_asks_too_often_is_made_to_wait(void **state)
{
	struct server *server = *state;
	if (getuid() != 0) {
		print_message("needs root: connects under another uid\n");
		skip();
	}
	assert_in_range(as_other_uid(server, ask_few), TIME_OF(FEW), 98);
	/* But not root, whose scripts are quick. */
	assert_in_range(as_uid(server, 0, ask_many), 0, TIME_OF(MANY) - 1);
}

static void
a_stale_socket_is_replaced_a_live_one_is_not(void **state)
{
	struct server *server = *state;
	int fd = -1;
	assert_int_equal(listen_there(server, &fd), -EADDRINUSE);
	clients_free(server->clients);
	server->clients = NULL;
	assert_int_equal(listen_there(server, &fd), 0);
	close(fd);
}

int
main(void)
{
#define CLIENT_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
	const struct CMUnitTest tests[] = {
	    CLIENT_TEST(a_line_is_answered),
	    CLIENT_TEST(lines_that_come_together_are_answered_in_turn),
	    CLIENT_TEST(who_hangs_up_half_way_still_hears),
	    CLIENT_TEST(an_answer_for_one_who_left_is_dropped),
	    CLIENT_TEST(endless_lines_are_cut_off),
	    CLIENT_TEST(a_line_that_never_ends_is_not_waited_for),
	    CLIENT_TEST(dripping_bytes_buys_no_time),
	    CLIENT_TEST(the_idle_are_closed),
	    CLIENT_TEST(silence_behind_us_is_said),
	    CLIENT_TEST(who_does_not_read_is_dropped),
	    CLIENT_TEST(one_uid_has_its_places_only),
	    CLIENT_TEST(who_asks_too_often_is_made_to_wait),
	    CLIENT_TEST(a_stale_socket_is_replaced_a_live_one_is_not),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
