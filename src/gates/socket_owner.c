/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/socket_owner.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { ANSWER_SIZE = 8192, PATIENCE = 1 /* s */ };

int
socket_owner_open(void)
{
	auto_fd int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct timeval patience = {.tv_sec = PATIENCE};
	if (fd < 0 || connect(fd, (struct sockaddr *)&kernel, sizeof(kernel)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)))
		return -errno;
	return take_fd(fd);
}

static void
put_address(const struct sockaddr *address, __be32 *ret_address, __be16 *ret_port)
{
	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *ipv6 = (const struct sockaddr_in6 *)address;
		memcpy(ret_address, &ipv6->sin6_addr, sizeof(ipv6->sin6_addr));
		*ret_port = ipv6->sin6_port;
		return;
	}
	const struct sockaddr_in *ipv4 = (const struct sockaddr_in *)address;
	ret_address[0] = ipv4->sin_addr.s_addr;
	*ret_port = ipv4->sin_port;
}

static int
send_question(int fd, const struct connection *connection, uint32_t sequence)
{
	struct {
		struct nlmsghdr header;
		struct inet_diag_req_v2 question;
	} message = {
	    .header = {.nlmsg_len = sizeof(message),
		.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlmsg_flags = NLM_F_REQUEST,
		.nlmsg_seq = sequence},
	    .question = {.sdiag_family = (uint8_t)connection->near.any.sa_family,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = UINT32_MAX,
		.id = {.idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}},
	};
	struct inet_diag_sockid *id = &message.question.id;
	put_address(&connection->near.any, id->idiag_src, &id->idiag_sport);
	put_address(&connection->far.any, id->idiag_dst, &id->idiag_dport);
	ssize_t sent = send(fd, &message, sizeof(message), 0);
	return sent == sizeof(message) ? 0 : sent < 0 ? -errno : -EIO;
}

/* The kernel's lookup falls back to a listener of the port: that is nobody's end of this one. */
static bool
is_that_one(const struct inet_diag_msg *found, const struct connection *connection)
{
	struct inet_diag_sockid id = {0};
	put_address(&connection->near.any, id.idiag_src, &id.idiag_sport);
	put_address(&connection->far.any, id.idiag_dst, &id.idiag_dport);
	return found->id.idiag_sport == id.idiag_sport &&
	       found->id.idiag_dport == id.idiag_dport &&
	       !memcmp(found->id.idiag_dst, id.idiag_dst, sizeof(id.idiag_dst));
}

static int
read_answer(const struct nlmsghdr *header, const struct connection *connection,
    uint32_t *ret_uid)
{
	if (header->nlmsg_type == NLMSG_ERROR &&
	    header->nlmsg_len >= NLMSG_LENGTH(sizeof(struct nlmsgerr))) {
		const struct nlmsgerr *error = NLMSG_DATA(header);
		return error->error == -ENOENT ? -ESRCH : error->error ? error->error : -EIO;
	}
	const struct inet_diag_msg *found = NLMSG_DATA(header);
	if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
	    header->nlmsg_len < NLMSG_LENGTH(sizeof(*found)))
		return -EIO;
	if (!is_that_one(found, connection) || !found->idiag_inode)
		return -ESRCH;
	*ret_uid = found->idiag_uid;
	return 0;
}

int
socket_owner_ask(int fd, const struct connection *connection, uint32_t *ret_uid)
{
	static uint32_t last;
	uint32_t sequence = ++last;
	int status = send_question(fd, connection, sequence);
	while (!status) {
		union {
			struct nlmsghdr header;
			char room[ANSWER_SIZE];
		} answer;
		ssize_t length = recv(fd, &answer, sizeof(answer), 0);
		if (length < 0 && errno == EINTR)
			continue;
		if (length < (ssize_t)sizeof(answer.header) ||
		    answer.header.nlmsg_len > (size_t)length)
			return length < 0 ? -errno : -EIO;
		/* What an earlier question still gets is not this one's answer. */
		if (answer.header.nlmsg_seq == sequence)
			return read_answer(&answer.header, connection, ret_uid);
	}
	return status;
}
