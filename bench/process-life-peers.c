/* SPDX-License-Identifier: Apache-2.0 */
#include "process-life-peers.h"

#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/taskstats.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BUFFER = 65536, ROOM = 4 << 20 };

static int
netlink_open(int protocol, uint32_t groups)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
	const struct sockaddr_nl self = {.nl_family = AF_NETLINK, .nl_groups = groups};
	const int room = ROOM;
	if (fd < 0 || bind(fd, (const struct sockaddr *)&self, sizeof(self)))
		_exit(1);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	return fd;
}

/* A generic netlink request with one attribute. */
static void
ask(int fd, uint16_t family, uint8_t command, uint16_t attribute, const char *text)
{
	struct {
		struct nlmsghdr header;
		struct genlmsghdr generic;
		struct nlattr attribute;
		char text[64];
	} message = {0};
	size_t length = strlen(text) + 1;
	message.attribute.nla_type = attribute;
	message.attribute.nla_len = (uint16_t)(NLA_HDRLEN + length);
	memcpy(message.text, text, length);
	message.generic.cmd = command;
	message.generic.version = 1;
	message.header.nlmsg_type = family;
	message.header.nlmsg_flags = NLM_F_REQUEST;
	message.header.nlmsg_len =
	    (uint32_t)(NLMSG_LENGTH(GENL_HDRLEN) + NLA_ALIGN(message.attribute.nla_len));
	if (send(fd, &message, message.header.nlmsg_len, 0) < 0)
		_exit(1);
}

/* The family's number, from the answer to CTRL_CMD_GETFAMILY. */
static uint16_t
family_of(const char *bytes, ssize_t length)
{
	ssize_t at = NLMSG_HDRLEN + GENL_HDRLEN;
	while (at + NLA_HDRLEN <= length) {
		struct nlattr attribute;
		memcpy(&attribute, bytes + at, sizeof(attribute));
		if (attribute.nla_type == CTRL_ATTR_FAMILY_ID) {
			uint16_t family;
			memcpy(&family, bytes + at + NLA_HDRLEN, sizeof(family));
			return family;
		}
		if (attribute.nla_len < NLA_HDRLEN)
			break;
		at += NLA_ALIGN(attribute.nla_len);
	}
	return 0;
}

static void
read_on(int fd, int ready)
{
	static char buffer[BUFFER];
	if (write(ready, "", 1) != 1)
		_exit(1);
	for (;;)
		recv(fd, buffer, sizeof(buffer), 0);
}

void
peer_taskstats(int ready)
{
	static char buffer[BUFFER];
	char processors[32];
	int fd = netlink_open(NETLINK_GENERIC, 0);
	ask(fd, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME);
	uint16_t family = family_of(buffer, recv(fd, buffer, sizeof(buffer), 0));
	if (!family)
		_exit(1);
	snprintf(processors, sizeof(processors), "0-%ld", sysconf(_SC_NPROCESSORS_ONLN) - 1);
	ask(fd, family, TASKSTATS_CMD_GET, TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, processors);
	read_on(fd, ready);
}

void
peer_connector(int ready)
{
	int fd = netlink_open(NETLINK_CONNECTOR, CN_IDX_PROC);
	const enum proc_cn_mcast_op listen = PROC_CN_MCAST_LISTEN;
	const struct cn_msg connector = {
	    .id = {.idx = CN_IDX_PROC, .val = CN_VAL_PROC},
	    .len = sizeof(listen),
	};
	char message[NLMSG_SPACE(sizeof(connector) + sizeof(listen))] = {0};
	const struct nlmsghdr header = {.nlmsg_len = sizeof(message), .nlmsg_type = NLMSG_DONE};
	memcpy(message, &header, sizeof(header));
	memcpy(message + NLMSG_HDRLEN, &connector, sizeof(connector));
	memcpy(message + NLMSG_HDRLEN + sizeof(connector), &listen, sizeof(listen));
	if (send(fd, message, sizeof(message), 0) < 0)
		_exit(1);
	read_on(fd, ready);
}

pid_t
peer_start(peer_listener *listener)
{
	int ends[2];
	char byte;
	if (pipe(ends))
		return -1;
	pid_t pid = fork();
	if (!pid) {
		close(ends[0]);
		listener(ends[1]);
		_exit(1);
	}
	close(ends[1]);
	ssize_t got = read(ends[0], &byte, 1);
	close(ends[0]);
	if (got == 1)
		return pid;
	waitpid(pid, NULL, 0);
	return -1;
}

uint64_t
peer_end(pid_t pid)
{
	struct rusage use;
	kill(pid, SIGKILL);
	if (wait4(pid, NULL, 0, &use) < 0)
		return 0;
	return (uint64_t)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) * 1000000000 +
	       (uint64_t)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) * 1000;
}
