/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Daemons of this host that are to read their configuration anew: found by
 * what the kernel says of them, never by a pid file, and told by a signal.
 *
 * SECURITY: a main process is one that runs as root, in our PID namespace, with
 * our root, a program of that name that catches SIGUSR1 (a test of the
 * configuration in somebody's shell would die of it), and was not started by the
 * same program. No customer can make one.
 */
#ifndef ACTIONS_SERVER_H
#define ACTIONS_SERVER_H

#include "actions/process.h"
#include "actions/tools.h"

enum { MOST_SERVERS = 64, MOST_WORKERS = 4096 };

/* A main process and who worked for it when it was looked at. */
struct server {
	struct process_facts main;
	uint64_t life; /* changes when it executes itself anew */
	char program[64];
	size_t count;
	struct process_facts workers[MOST_WORKERS];
};

/*
 * The main processes whose program's name begins with the text, "apache2" or
 * "php-fpm"; at most MOST_SERVERS. Gives how many; server_free() each.
 */
size_t server_find(const struct tools *tools, const char *program, struct server **ret_servers);
void server_free(struct server *server);

/* Whether any of its workers has this real uid. */
bool server_works_for(const struct server *server, uint32_t uid);

/*
 * Waits, at most 10 s, for a reload of Apache by somebody else to come to its end,
 * signals the main process and waits, at most 5 s, until the workers of before
 * have ended and new ones work; with anew, until it has executed itself anew.
 * Gives how many of them still finish what they began; -ETIMEDOUT: they ended,
 * and nothing shows that it read its configuration; or another -errno. The
 * list of its workers is as of the signal then.
 */
int server_reload(
    const struct tools *tools, struct server *server, int signal, bool anew) must_use;

/*
 * Runs a program of the host, given as absolute path and arguments that end
 * with NULL, with an empty environment, at most 20 s. 0: it ended with 0;
 * -EINVAL: with something else, and ret_words gets the first line it said;
 * else -errno.
 */
int server_ask(const char *const *arguments, struct str *ret_words) must_use;

#endif
