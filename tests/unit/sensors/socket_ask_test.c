/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds an end of a connection, asked of this kernel about connections that are made here.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "sensors/socket_ask.h"

enum { NOBODY = 65534 };

/* IPv4's loopback; mapped: as an IPv6 socket has it. */
static struct sockaddr_in6
place(bool is_6, uint16_t port)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
	struct sockaddr_in four = {.sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &six.sin6_addr);
	if (!is_6)
		memcpy(&six, &four, sizeof(four));
	return six;
}

static uint16_t
port_of(int fd)
{
	struct sockaddr_in6 own;
	socklen_t size = sizeof(own);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&own, &size), 0);
	return ntohs(own.sin6_port);
}

static int
listener(uint16_t port)
{
	struct sockaddr_in6 own = place(false, port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
	assert_true(fd >= 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&own, sizeof(struct sockaddr_in)), 0);
	assert_int_equal(listen(fd, 8), 0);
	return fd;
}

static int
client(bool is_6, uint16_t port)
{
	struct sockaddr_in6 there = place(is_6, port);
	socklen_t size = is_6 ? sizeof(there) : sizeof(struct sockaddr_in);
	int fd = socket(is_6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
	assert_true(fd >= 0);
	/* So that a neighbour can listen at its port when it has gone. */
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)), 0);
	assert_int_equal(connect(fd, (struct sockaddr *)&there, size), 0);
	return fd;
}

/* Who has the client's end. */
static int
ask(uint16_t own_port, uint16_t other_port, uint32_t *ret_uid)
{
	auto_fd int kernel = socket_ask_open();
	struct socket_end own = {.port = own_port}, other = {.port = other_port};
	assert_true(kernel >= 0);
	inet_pton(AF_INET6, "::ffff:127.0.0.1", &own.address);
	other.address = own.address;
	return socket_ask(kernel, &own, &other, ret_uid);
}

static void
test_who_holds_it(void **state)
{
	(void)state;
	auto_fd int server = listener(0);
	for (int is_6 = 0; is_6 < 2; is_6++) {
		auto_fd int fd = client(is_6, port_of(server));
		uint32_t uid = 1;
		assert_int_equal(ask(port_of(fd), port_of(server), &uid), 0);
		assert_int_equal(uid, getuid());
		/* The other way round there is another socket, the accepted one, that nobody
		 * has yet. */
		assert_int_equal(
		    ask(port_of(fd), (uint16_t)(port_of(server) + 1), &uid), -ESRCH);
	}
}

static void
test_another_user(void **state)
{
	(void)state;
	auto_fd int server = listener(0);
	int ready[2], over[2];
	uint16_t port = 0;
	uint32_t uid = 1;
	char byte;
	if (getuid())
		skip();
	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(over), 0);
	pid_t child = fork();
	if (!child) {
		close(over[1]);
		if (setuid(NOBODY))
			_exit(1);
		int fd = client(false, port_of(server));
		port = port_of(fd);
		if (write(ready[1], &port, sizeof(port)) != sizeof(port))
			_exit(1);
		_exit(read(over[0], &byte, 1) != 0);
	}
	assert_int_equal(read(ready[0], &port, sizeof(port)), sizeof(port));
	assert_int_equal(ask(port, port_of(server), &uid), 0);
	assert_int_equal(uid, NOBODY);
	close(over[1]);
	waitpid(child, NULL, 0);
	close(over[0]), close(ready[0]), close(ready[1]);
}

/* Whoever ran away is not root, and not the neighbour who listens where he was. */
static void
test_who_ran_away(void **state)
{
	(void)state;
	auto_fd int server = listener(0);
	int fd = client(false, port_of(server));
	uint16_t port = port_of(fd);
	uint32_t uid = 1;
	close(fd);
	assert_int_equal(ask(port, port_of(server), &uid), -ESRCH);
	auto_fd int neighbour = listener(port);
	assert_int_equal(ask(port, port_of(server), &uid), -ESRCH);
	assert_int_equal(ask(port, 9, &uid), -ESRCH);
	assert_int_equal(uid, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_who_holds_it),
	    cmocka_unit_test(test_another_user),
	    cmocka_unit_test(test_who_ran_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
