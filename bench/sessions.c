/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many logins a second the gate answers: by the rules alone, with so many people inside as
 * a large host has, and over its socket, where each login is a connection of its own as Dovecot
 * makes it. The promise: 50 000 a second and core, from standing rules. Of the second most is
 * the kernel's: beside it stands the same dialogue with a program that says "ok" to everybody.
 */
#include <event2/event.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "gates/login_gate.h"
#include "medians.h"

enum { PEOPLE = 10000, ANSWERS = 200000, LOGINS = 20000, ROUNDS = 5 };

static const struct standing_rule rules[] = {
    {.clause = "A15a",
	.measure = MEASURE_CLIENT_CONNECTIONS,
	.most = 5,
	.acts = true,
	.text = "{count}"},
    {.clause = "A15b",
	.measure = MEASURE_SMTP_CONNECTIONS,
	.most = 5,
	.acts = true,
	.text = "{count}"},
    {.clause = "A15c",
	.measure = MEASURE_POP_LOGINS,
	.most = 1,
	.window = 290000,
	.acts = true,
	.text = "{retry}"},
    {.clause = "A16",
	.measure = MEASURE_IMAP_CONNECTIONS,
	.most = 1,
	.acts = true,
	.text = "{mailbox}"},
};

static void
set_rules(struct turnstile *turnstile)
{
	auto_str bytes = {0};
	standing_encode(&(struct standing_rules){array_length(rules), rules}, &bytes);
	if (turnstile_rules(turnstile, bytes.data, bytes.length))
		exit(1);
}

static struct guest
person(uint32_t number, enum session_kind kind, char name[32])
{
	struct guest guest = {.kind = kind,
	    .mailbox = name,
	    .folder = kind == SESSION_IMAP ? "INBOX" : "",
	    .program = ""};
	const uint8_t address[4] = {
	    10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
	guest.client = address_of_v4(address);
	snprintf(name, 32, "u%u@host.example", number);
	return guest;
}

/* Answers a second: half of them are no. */
static double
answer(void)
{
	struct turnstile *turnstile = turnstile_new();
	struct inside **inside = calloc(PEOPLE, sizeof(*inside));
	char name[32];
	size_t no = 0;
	set_rules(turnstile);
	for (uint32_t i = 0; i < PEOPLE; i++) {
		struct guest guest = person(i, i % 2 ? SESSION_POP : SESSION_IMAP, name);
		inside[i] = turnstile_enter(turnstile, &guest, NULL, 1000);
	}
	int64_t began = clock_monotonic_ns();
	for (uint32_t i = 0; i < ANSWERS; i++) {
		struct refused refused;
		struct guest guest =
		    person(i % (2 * PEOPLE), i % 2 ? SESSION_POP : SESSION_IMAP, name);
		no += turnstile_refuses(turnstile, &guest, 2000, &refused);
	}
	double took = (double)(clock_monotonic_ns() - began) / 1e9;
	for (uint32_t i = 0; i < PEOPLE; i++)
		turnstile_leave(turnstile, inside[i]);
	free(inside);
	turnstile_free(turnstile);
	return no == ANSWERS / 2 ? ANSWERS / took : 0;
}

/* ---- over a socket ---- */

static const struct account *
nobody(void *context, const char *login)
{
	(void)context, (void)login;
	return NULL;
}

static const struct account *
no_account(void *context, uint32_t uid)
{
	(void)context, (void)uid;
	return NULL;
}

static bool
anybody(void *context, uint32_t uid)
{
	(void)context, (void)uid;
	return true;
}

static int
ask_nobody(void *context, uint64_t id, uint32_t pid)
{
	(void)context, (void)id, (void)pid;
	return -1;
}

static void
forget_away(void *context, const struct turned_away *away)
{
	(void)context, (void)away;
}

static void
forget_login(void *context, const struct login_seen *login)
{
	(void)context, (void)login;
}

static void
run_gate(int listener)
{
	const struct porter_ways porter_ways = {NULL, nobody, forget_away, forget_login};
	const struct login_ways ways = {NULL, anybody, no_account, ask_nobody};
	struct event_base *loop = event_base_new();
	struct porter *porter = porter_new(&porter_ways);
	set_rules(porter_turnstile(porter));
	struct login_gate *gate = login_gate_new(loop, &ways, porter);
	evutil_make_socket_nonblocking(listener);
	if (!login_gate_serve(gate, listener))
		event_base_dispatch(loop);
	_exit(1);
}

static void
run_echo(int listener)
{
	char line[256];
	for (;;) {
		int fd = accept(listener, NULL, NULL);
		if (fd >= 0 && recv(fd, line, sizeof(line), 0) > 0)
			(void)send(fd, "ok\n", 3, MSG_NOSIGNAL);
		close(fd);
	}
}

static int
listen_at(const struct sockaddr_un *address)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	unlink(address->sun_path);
	if (fd < 0 || bind(fd, (const struct sockaddr *)address, sizeof(*address)) ||
	    listen(fd, 128))
		exit(1);
	return fd;
}

static bool
log_in(const struct sockaddr_un *address, uint32_t number)
{
	char line[128], said[16] = "";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int length =
	    snprintf(line, sizeof(line), "hello\t1\tpop3\tu%u@host.example\t10.0.%u.%u\n",
		number, number >> 8 & 255, number & 255);
	bool good = fd >= 0 &&
		    !connect(fd, (const struct sockaddr *)address, sizeof(*address)) &&
		    send(fd, line, (size_t)length, MSG_NOSIGNAL) == length &&
		    recv(fd, said, sizeof(said) - 1, 0) > 0 && !strncmp(said, "ok", 2);
	close(fd);
	return good;
}

/* Logins a second. */
static double
over_socket(void (*serve)(int listener))
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof(address.sun_path), "/tmp/hayward-bench-sessions.%d",
	    getpid());
	int listener = listen_at(&address);
	pid_t child = fork();
	if (!child)
		serve(listener);
	size_t good = 0;
	int64_t began = clock_monotonic_ns();
	for (uint32_t i = 0; i < LOGINS; i++)
		good += log_in(&address, i);
	double took = (double)(clock_monotonic_ns() - began) / 1e9;
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	close(listener);
	unlink(address.sun_path);
	return good == LOGINS ? LOGINS / took : 0;
}

int
main(void)
{
	double alone[ROUNDS], gate[ROUNDS], echo[ROUNDS];
	for (int i = 0; i < ROUNDS; i++) {
		alone[i] = answer();
		gate[i] = over_socket(run_gate);
		echo[i] = over_socket(run_echo);
	}
	print_median("answers by the rules, 10 000 people inside", alone, ROUNDS, "/s");
	print_median("logins over the gate's socket", gate, ROUNDS, "/s");
	print_median("the same with a program that says ok to all", echo, ROUNDS, "/s");
	return 0;
}
