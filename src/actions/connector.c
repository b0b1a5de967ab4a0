/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/connector.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/cn_proc.h>
#include <linux/connector.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MOST_AT_ONCE = 256 };

/* struct cn_msg without the array at its end, so that the matter can follow. */
struct connector {
	struct cb_id id;
	uint32_t sequence;
	uint32_t acknowledged;
	uint16_t length;
	uint16_t flags;
};
_Static_assert(sizeof(struct connector) == sizeof(struct cn_msg), "as the kernel has it");

/* What travels in either direction: netlink's header, the connector's, and the matter. */
struct notification {
	struct nlmsghdr netlink;
	struct connector connector;
	struct proc_event event;
} __attribute__((packed));

/*
 * Forks, exits and the rest are dropped by the kernel before they cost us a
 * wake-up. Filters see a word in network order.
 */
static int
want_uid_changes_only(int fd)
{
	struct sock_filter program[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct notification, event.what)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htonl(PROC_EVENT_UID), 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, 0xffffffff),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = {.len = array_length(program), .filter = program};
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ? -errno
										     : 0;
}

/* Listening elsewhere is silently in vain: the numbers are PROC_PID_INIT_INO and
 * PROC_USER_INIT_INO. */
static bool
is_first(const char *namespace, ino_t inode)
{
	struct stat facts;
	return !stat(namespace, &facts) && facts.st_ino == inode;
}

int
connector_listen(int fd, bool listen)
{
	struct {
		struct nlmsghdr netlink;
		struct connector connector;
		enum proc_cn_mcast_op operation;
	} __attribute__((packed)) message = {
	    .netlink = {.nlmsg_len = sizeof(message), .nlmsg_type = NLMSG_DONE},
	    .connector = {.id = {CN_IDX_PROC, CN_VAL_PROC},
		.length = sizeof(message.operation)},
	    .operation = listen ? PROC_CN_MCAST_LISTEN : PROC_CN_MCAST_IGNORE,
	};
	ssize_t sent = send(fd, &message, sizeof(message), MSG_NOSIGNAL);
	return sent < 0 ? -errno : 0;
}

int
connector_open(void)
{
	struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = CN_IDX_PROC};
	if (!is_first("/proc/self/ns/pid", 0xeffffffc) ||
	    !is_first("/proc/self/ns/user", 0xeffffffd))
		return -EOPNOTSUPP;
	auto_fd int fd =
	    socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_CONNECTOR);
	if (fd < 0)
		return -errno;
	int status = want_uid_changes_only(fd);
	if (status)
		return status;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)))
		return -errno;
	/* In another network namespace nobody hears us: better known now than later. */
	status = connector_listen(fd, true);
	status = status ? status : connector_listen(fd, false);
	return status ? status : take_fd(fd);
}

/* -EAGAIN: no more for now; -ENOBUFS: some were lost. */
static int
next(int fd, uint32_t *ret_pid)
{
	struct notification notification;
	for (;;) {
		struct sockaddr_nl from = {0};
		socklen_t length = sizeof(from);
		ssize_t got = recvfrom(fd, &notification, sizeof(notification), MSG_DONTWAIT,
		    (struct sockaddr *)&from, &length);
		if (got < 0)
			return -errno;
		/* Whoever may send to this socket is not the kernel, unless its address is 0.
		 */
		if (from.nl_pid != 0 || (size_t)got < sizeof(notification) ||
		    notification.event.what != PROC_EVENT_UID)
			continue;
		*ret_pid = (uint32_t)notification.event.event_data.id.process_tgid;
		return 0;
	}
}

void
connector_hear(int fd, void (*meet)(void *context, uint32_t pid), void *context)
{
	uint32_t pid = 0;
	for (int i = 0; i < MOST_AT_ONCE; i++) {
		int status = next(fd, &pid);
		if (!status)
			meet(context, pid);
		else if (status != -ENOBUFS)
			return;
	}
}
