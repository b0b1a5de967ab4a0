/* SPDX-License-Identifier: Apache-2.0 */
/* Real connections over loopback: held, half closed, closed, of another user, of nobody. */
#include "gates/socket_owner.h"

#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SOMEBODY = 61001 };

struct scene {
	int listener, server, client, diag;
	struct connection connection;
};

static void
begin(struct scene *scene, int family)
{
	socklen_t length = sizeof(scene->connection.far.ipv6);
	memset(scene, 0, sizeof(*scene));
	scene->connection.far.any.sa_family = (sa_family_t)family;
	if (family == AF_INET)
		scene->connection.far.ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else
		scene->connection.far.ipv6.sin6_addr = in6addr_loopback;
	scene->listener = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	length = family == AF_INET ? sizeof(struct sockaddr_in) : length;
	assert_return_code(bind(scene->listener, &scene->connection.far.any, length), errno);
	assert_return_code(listen(scene->listener, 8), errno);
	getsockname(scene->listener, &scene->connection.far.any, &length);
	scene->client = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_return_code(connect(scene->client, &scene->connection.far.any, length), errno);
	getsockname(scene->client, &scene->connection.near.any, &length);
	scene->server = accept(scene->listener, NULL, NULL);
	scene->diag = socket_owner_open();
	assert_true(scene->diag >= 0);
}

static void
end(struct scene *scene)
{
	close(scene->listener);
	close(scene->server);
	if (scene->client >= 0)
		close(scene->client);
	close(scene->diag);
}

static void
test_held(void **state)
{
	(void)state;
	static const int families[] = {AF_INET, AF_INET6};
	for (size_t i = 0; i < 2; i++) {
		struct scene scene;
		uint32_t uid = 1;
		begin(&scene, families[i]);
		assert_int_equal(
		    socket_owner_ask(scene.diag, &scene.connection, &uid), 0);
		assert_int_equal(uid, getuid());
		shutdown(scene.client, SHUT_WR);
		assert_int_equal(
		    socket_owner_ask(scene.diag, &scene.connection, &uid), 0);
		end(&scene);
	}
}

/* Who wrote and went is not told, and least of all as root. */
static void
test_closed(void **state)
{
	(void)state;
	struct scene scene;
	uint32_t uid = 1;
	begin(&scene, AF_INET);
	close(scene.client);
	scene.client = -1;
	assert_int_equal(socket_owner_ask(scene.diag, &scene.connection, &uid), -ESRCH);
	assert_int_equal(uid, 1);
	end(&scene);
}

/* Of a connection that never was, the kernel finds the listener. */
static void
test_never_was(void **state)
{
	(void)state;
	struct scene scene;
	uint32_t uid = 1;
	begin(&scene, AF_INET);
	struct connection other = scene.connection;
	other.near = scene.connection.far;
	other.far.ipv4.sin_port = htons(1);
	assert_int_equal(socket_owner_ask(scene.diag, &other, &uid), -ESRCH);
	assert_int_equal(uid, 1);
	end(&scene);
}

/* As a customer holds it. */
static void
test_somebody(void **state)
{
	(void)state;
	struct scene scene;
	uint32_t uid = 0;
	int ready[2];
	begin(&scene, AF_INET);
	if (getuid() || pipe(ready))
		skip();
	pid_t child = fork();
	if (child == 0) {
		if (setuid(SOMEBODY))
			_exit(1);
		int fd = socket(AF_INET, SOCK_STREAM, 0);
		struct connection *connection = &scene.connection;
		socklen_t length = sizeof(connection->near.ipv4);
		if (connect(fd, &connection->far.any, length) ||
		    getsockname(fd, &connection->near.any, &length) ||
		    write(ready[1], connection, sizeof(*connection)) < 0)
			_exit(1);
		pause();
	}
	assert_int_equal(read(ready[0], &scene.connection, sizeof(scene.connection)),
	    sizeof(scene.connection));
	assert_int_equal(socket_owner_ask(scene.diag, &scene.connection, &uid), 0);
	assert_int_equal(uid, SOMEBODY);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	end(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_held),
	    cmocka_unit_test(test_closed),
	    cmocka_unit_test(test_never_was),
	    cmocka_unit_test(test_somebody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
