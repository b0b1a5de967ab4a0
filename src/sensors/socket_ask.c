/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/socket_ask.h"

#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

/* An answer has room for what we did not ask for as well. */
enum { LARGEST_ANSWER = 4096 };

struct request {
	struct nlmsghdr head;
	struct inet_diag_req_v2 body;
};

int
socket_ask_open(void)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_SOCK_DIAG);
	return fd < 0 ? -errno : fd;
}

static void
write_address(const struct in6_addr *address, bool is_4, __be32 out[4])
{
	if (is_4)
		memcpy(out, &address->s6_addr[12], sizeof(*out));
	else
		memcpy(out, address->s6_addr, sizeof(address->s6_addr));
}

static struct request
make_request(const struct socket_end *own, const struct socket_end *other)
{
	static uint32_t last;
	bool is_4 =
	    IN6_IS_ADDR_V4MAPPED(&own->address) && IN6_IS_ADDR_V4MAPPED(&other->address);
	struct request request = {
	    .head = {.nlmsg_len = sizeof(request),
		.nlmsg_type = SOCK_DIAG_BY_FAMILY,
		.nlmsg_flags = NLM_F_REQUEST,
		.nlmsg_seq = ++last},
	    .body = {.sdiag_family = is_4 ? AF_INET : AF_INET6,
		.sdiag_protocol = IPPROTO_TCP,
		.idiag_states = ~0U,
		.id = {.idiag_sport = htons(own->port),
		    .idiag_dport = htons(other->port),
		    .idiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}}},
	};
	write_address(&own->address, is_4, request.body.id.idiag_src);
	write_address(&other->address, is_4, request.body.id.idiag_dst);
	return request;
}

/*
 * SECURITY: where no connection fits, the kernel falls back to whoever listens at the own port,
 * who may be a neighbour of whom is asked about. And of a socket that its owner has closed it
 * says uid 0 and no inode.
 */
static int
read_socket(const struct request *request, const struct inet_diag_msg *found, uint32_t *ret_uid)
{
	if (found->idiag_state == TCP_LISTEN || !found->idiag_inode ||
	    found->id.idiag_sport != request->body.id.idiag_sport ||
	    found->id.idiag_dport != request->body.id.idiag_dport)
		return -ESRCH;
	*ret_uid = found->idiag_uid;
	return 0;
}

static int
read_answer(const struct request *request, const struct nlmsghdr *head, uint32_t *ret_uid)
{
	if (head->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
	    head->nlmsg_len >= NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
		return read_socket(request, NLMSG_DATA(head), ret_uid);
	if (head->nlmsg_type != NLMSG_ERROR ||
	    head->nlmsg_len < NLMSG_LENGTH(sizeof(struct nlmsgerr)))
		return -EBADMSG;
	const struct nlmsgerr *error = NLMSG_DATA(head);
	return error->error == -ENOENT ? -ESRCH : error->error ? error->error : -EBADMSG;
}

int
socket_ask(
    int fd, const struct socket_end *own, const struct socket_end *other, uint32_t *ret_uid)
{
	struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
	struct request request = make_request(own, other);
	union {
		struct nlmsghdr head;
		char bytes[LARGEST_ANSWER];
	} answer;
	if (sendto(fd, &request, sizeof(request), 0, (struct sockaddr *)&kernel,
		sizeof(kernel)) != sizeof(request))
		return -errno;
	/* It is there when sendto(2) returns; one of an earlier question is passed over. */
	for (;;) {
		ssize_t length = recv(fd, &answer, sizeof(answer), MSG_DONTWAIT);
		if (length < 0)
			return -errno;
		if ((size_t)length < sizeof(answer.head) ||
		    answer.head.nlmsg_len > (size_t)length)
			return -EBADMSG;
		if (answer.head.nlmsg_seq == request.head.nlmsg_seq)
			return read_answer(&request, &answer.head, ret_uid);
	}
}
