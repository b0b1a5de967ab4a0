/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/mail_peek.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attributes.h"
#include "sensors/session_peek.h"
#include "sensors/socket_ask.h"

enum { LONGEST_LINE = 512 };

/* ---- who asks ---- */

/*
 * The queue that the asking process works in, whatever it has for its root: -EPERM if it is
 * none.
 *
 * SECURITY: what a process that is no mail server asks could be a lie about a customer: a queue
 * file that it wrote itself, a connection that is no mail's. A mail server's folder is root's,
 * and what comes in is in one of its own there; no program of a web server makes itself such a
 * place.
 */
static int
open_queue(const struct mail_question *question)
{
	char path[48];
	struct stat facts;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/cwd", question->pid);
	auto_fd int queue = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (queue < 0 || fstat(queue, &facts))
		return -errno;
	if (facts.st_uid || facts.st_mode & (S_IWGRP | S_IWOTH))
		return -EPERM;
	if (fstatat(queue, "incoming", &facts, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? -EPERM : -errno;
	bool is_its = S_ISDIR(facts.st_mode) && facts.st_uid == question->server;
	return is_its ? take_fd(queue) : -EPERM;
}

/* ---- by a queue file ---- */

static bool
is_queue_id(const char *id)
{
	static const char allowed[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz";
	return *id && strspn(id, allowed) == strlen(id);
}

/* The file is not yet handed on while the gate is asked about it. */
static int
open_queue_file(int queue, const struct mail_question *question)
{
	char path[16 + LONGEST_QUEUE_ID];
	struct stat facts;
	if (!is_queue_id(question->queue_id))
		return -EINVAL;
	snprintf(path, sizeof(path), "incoming/%s", question->queue_id);
	auto_fd int fd = openat(queue, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &facts))
		return -errno;
	if (!S_ISREG(facts.st_mode) || facts.st_uid != question->server)
		return -EPERM;
	return take_fd(fd);
}

/* ---- by a connection ---- */

/* IPv4 as the mapped IPv6 that it is. */
static bool
read_address(const char *text, struct in6_addr *ret_address)
{
	struct in_addr four;
	if (inet_pton(AF_INET6, text, ret_address) == 1)
		return true;
	if (inet_pton(AF_INET, text, &four) != 1)
		return false;
	*ret_address = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(&ret_address->s6_addr[12], &four, sizeof(four));
	return true;
}

/* "0100007F:0019", or four such words: each is of this machine's byte order. */
static bool
read_end(const char *text, struct in6_addr *ret_address, unsigned *ret_port)
{
	uint32_t words[4] = {0, 0, 0, 0};
	if (sscanf(text, "%8" SCNx32 "%8" SCNx32 "%8" SCNx32 "%8" SCNx32 ":%4x", &words[0],
		&words[1], &words[2], &words[3], ret_port) == 5) {
		memcpy(ret_address, words, sizeof(words));
		return true;
	}
	if (sscanf(text, "%8" SCNx32 ":%4x", &words[0], ret_port) != 2)
		return false;
	*ret_address = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
	memcpy(&ret_address->s6_addr[12], words, sizeof(*words));
	return true;
}

static bool
is_end(const char *text, const struct mail_end *end)
{
	struct in6_addr address, wanted;
	unsigned port;
	return read_address(end->address, &wanted) && read_end(text, &address, &port) &&
	       port == end->port && IN6_ARE_ADDR_EQUAL(&address, &wanted);
}

int
mail_peek_line(const char *line, const struct mail_question *question, uint32_t *ret_uid)
{
	char own[40], other[40];
	uint32_t uid;
	uint64_t inode;
	if (sscanf(line, " %*u: %39s %39s %*x %*x:%*x %*x:%*x %*x %" SCNu32 " %*u %" SCNu64,
		own, other, &uid, &inode) != 4 ||
	    !is_end(own, &question->client) || !is_end(other, &question->here) || !inode)
		return -ESRCH;
	*ret_uid = uid;
	return 0;
}

/* Of a table of the network that the asking process is in; -ENOENT: it has none of that kind.
 */
static int
open_table(const struct mail_question *question, const char *table, FILE **ret_file)
{
	char path[48];
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/net/%s", question->pid, table);
	*ret_file = fopen(path, "re");
	return *ret_file ? 0 : -errno;
}

static int
look_in(const struct mail_question *question, const char *table, uint32_t *ret_uid)
{
	char line[LONGEST_LINE];
	FILE *file;
	int status = open_table(question, table, &file);
	if (status)
		return status;
	status = -ESRCH;
	while (status && fgets(line, sizeof(line), file))
		status = mail_peek_line(line, question, ret_uid);
	if (ferror(file))
		status = -EIO;
	fclose(file);
	return status;
}

/* ---- whether the client is on this machine ---- */

bool
mail_peek_own4(const char *line, char held[static LONGEST_ADDRESS + 1], const char *wanted)
{
	char address[LONGEST_ADDRESS + 1];
	if (sscanf(line, " |-- %45s", address) == 1)
		memcpy(held, address, sizeof(address));
	return strstr(line, "/32 host LOCAL") && strcmp(held, wanted) == 0;
}

bool
mail_peek_own6(const char *line, const struct in6_addr *wanted)
{
	struct in6_addr own;
	if (strspn(line, "0123456789abcdef") != 2 * sizeof(own.s6_addr))
		return false;
	for (size_t i = 0; i < sizeof(own.s6_addr); i++)
		if (sscanf(line + 2 * i, "%2hhx", &own.s6_addr[i]) != 1)
			return false;
	return IN6_ARE_ADDR_EQUAL(&own, wanted);
}

/* A machine that has more routes than this is a router; its own addresses come first or not at
 * all. */
enum { MOST_ROUTE_LINES = 100000 };

/* 1, 0, or -errno. */
static int
is_own4(const struct mail_question *question, const struct in6_addr *client)
{
	char line[LONGEST_LINE], held[LONGEST_ADDRESS + 1] = "", wanted[LONGEST_ADDRESS + 1];
	FILE *file;
	bool found = false;
	if (client->s6_addr[12] == 127)
		return 1;
	inet_ntop(AF_INET, &client->s6_addr[12], wanted, sizeof(wanted));
	int status = open_table(question, "fib_trie", &file);
	if (status)
		return status;
	for (int i = 0; i < MOST_ROUTE_LINES && !found && fgets(line, sizeof(line), file); i++)
		found = mail_peek_own4(line, held, wanted);
	status = ferror(file) ? -EIO : found;
	fclose(file);
	return status;
}

static int
is_own6(const struct mail_question *question, const struct in6_addr *client)
{
	char line[LONGEST_LINE];
	FILE *file;
	bool found = false;
	if (IN6_IS_ADDR_LOOPBACK(client))
		return 1;
	int status = open_table(question, "if_inet6", &file);
	if (status)
		return status == -ENOENT ? 0 : status;
	while (!found && fgets(line, sizeof(line), file))
		found = mail_peek_own6(line, client);
	status = ferror(file) ? -EIO : found;
	fclose(file);
	return status;
}

static int
is_own(const struct mail_question *question)
{
	struct in6_addr client;
	if (!read_address(question->client.address, &client))
		return -EINVAL;
	return IN6_IS_ADDR_V4MAPPED(&client) ? is_own4(question, &client)
					     : is_own6(question, &client);
}

/* Whether the asking process is in our network: a container's has connections of its own. */
static bool
is_of_our_network(const struct mail_question *question)
{
	char path[48];
	struct stat its, ours;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/ns/net", question->pid);
	return !stat(path, &its) && !stat("/proc/self/ns/net", &ours) &&
	       its.st_dev == ours.st_dev && its.st_ino == ours.st_ino;
}

/* A walk through the table costs the more the larger the machine's memory is, in use or not. */
static int
ask_kernel(int kernel, const struct mail_question *question, uint32_t *ret_uid)
{
	struct socket_end client = {.port = question->client.port};
	struct socket_end here = {.port = question->here.port};
	if (kernel < 0 || !is_of_our_network(question) ||
	    !read_address(question->client.address, &client.address) ||
	    !read_address(question->here.address, &here.address))
		return -EOPNOTSUPP;
	return socket_ask(kernel, &client, &here, ret_uid);
}

static int
by_connection(int kernel, const struct mail_question *question, uint32_t *ret_uid)
{
	int own = is_own(question);
	if (own <= 0)
		return own ? own : -EREMOTE;
	int status = ask_kernel(kernel, question, ret_uid);
	if (!status || status == -ESRCH)
		return status;
	status = look_in(question, "tcp", ret_uid);
	if (status != -ESRCH)
		return status;
	status = look_in(question, "tcp6", ret_uid);
	return status == -ENOENT ? -ESRCH : status;
}

/*
 * Whoever asks is gone by now, or his file is. "Not found" is what the gate says of a file that
 * names no sender: then it is the mail server's own word.
 */
static int
not_there(int status)
{
	return status == -ENOENT ? -ESTALE : status;
}

int
mail_peek(int kernel, const struct mail_question *question, struct mail_answer *ret_answer)
{
	*ret_answer = (struct mail_answer){.id = question->id};
	if (question->kind == SESSION_BY_PARENT) {
		ret_answer->status = session_peek(question->pid);
		return -1;
	}
	auto_fd int queue = open_queue(question);
	if (queue < 0) {
		ret_answer->status = not_there(queue);
		return -1;
	}
	if (question->kind == MAIL_BY_CONNECTION) {
		ret_answer->status =
		    not_there(by_connection(kernel, question, &ret_answer->uid));
		return -1;
	}
	int file = open_queue_file(queue, question);
	ret_answer->status = file < 0 ? not_there(file) : 0;
	return file < 0 ? -1 : file;
}
