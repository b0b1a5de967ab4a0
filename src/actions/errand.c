/* SPDX-License-Identifier: Apache-2.0 */
/* The enforcer's side. */
#include "actions/errand.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/wire.h"

struct errands {
	int socket;
	uint64_t last;
	uint64_t running[MOST_ERRANDS]; /* 0: free */
};

struct errands *
errands_start(void)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		log_error("cannot make a channel to the runner: %s", strerror(errno));
		return NULL;
	}
	pid_t runner = fork();
	if (runner == 0)
		errand_serve(ends[1]); /* which ends when our end of the channel is closed */
	close(ends[1]);
	if (runner < 0) {
		log_error("cannot start the runner: %s", strerror(errno));
		close(ends[0]);
		return NULL;
	}
	struct errands *errands = memory_new(1, sizeof(*errands));
	errands->socket = ends[0];
	return errands;
}

void
errands_free(struct errands *errands)
{
	if (!errands)
		return;
	close(
	    errands->socket); /* the runner ends by itself, after the commands that still run */
	free(errands);
}

static uint64_t *
find_slot(struct errands *errands, uint64_t errand)
{
	for (size_t i = 0; i < MOST_ERRANDS; i++)
		if (errands->running[i] == errand)
			return &errands->running[i];
	return NULL;
}

bool
errands_busy(const struct errands *errands)
{
	for (size_t i = 0; errands && i < MOST_ERRANDS; i++)
		if (errands->running[i])
			return true;
	return false;
}

static int
send_request(struct errands *errands, const struct str *bytes, const int *fds, size_t count)
{
	char control[CMSG_SPACE(sizeof(int) * ERRAND_DESCRIPTORS)] = {0};
	struct iovec part = {bytes->data, bytes->length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	if (count) {
		message.msg_control = control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(header), fds, sizeof(int) * count);
	}
	ssize_t sent;
	do
		sent = sendmsg(errands->socket, &message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

static void
begin_request(struct str *out, enum errand_kind kind, uint64_t errand)
{
	wire_put_u32(out, kind);
	wire_put_u64(out, errand);
}

static void
put_texts(struct str *out, const char *const *texts)
{
	uint32_t count = 0;
	while (texts && texts[count])
		count++;
	wire_put_u32(out, count);
	for (uint32_t i = 0; i < count; i++)
		wire_put_text(out, texts[i]);
}

static int
finish_request(struct errands *errands, const struct str *bytes, const int *fds, uint64_t *slot)
{
	if (bytes->length > LONGEST_ERRAND)
		return -E2BIG;
	int status = send_request(errands, bytes, fds, fds ? ERRAND_DESCRIPTORS : 0);
	if (!status)
		*slot = errands->last;
	return status;
}

int
errands_export(struct errands *errands, const struct errand_export *order, uint64_t *ret_errand)
{
	uint64_t *slot = errands ? find_slot(errands, 0) : NULL;
	if (!slot)
		return errands ? -EAGAIN : -ENOTSUP;
	auto_str bytes = {0};
	auto_str point = {0};
	int fds[ERRAND_DESCRIPTORS] = {order->archive, order->list, order->folder};
	begin_request(&bytes, ERRAND_EXPORT, ++errands->last);
	wire_put_u32(&bytes, order->uid);
	wire_put_u32(&bytes, order->floor);
	wire_put_text(&bytes, order->account);
	wire_put_text(&bytes, order->home);
	wire_put_text(&bytes, order->options);
	wire_put_i64(&bytes, order->begun);
	wire_put_i64(&bytes, order->most);
	wire_put_i64(&bytes, order->limit);
	put_texts(&bytes, order->others);
	export_point_encode(order->from, &point);
	wire_put_bytes(&bytes, point.data, point.length);
	*ret_errand = errands->last;
	return finish_request(errands, &bytes, fds, slot);
}

int
errands_command(
    struct errands *errands, const struct errand_command *order, uint64_t *ret_errand)
{
	uint64_t *slot = errands ? find_slot(errands, 0) : NULL;
	if (!slot)
		return errands ? -EAGAIN : -ENOTSUP;
	auto_str bytes = {0};
	begin_request(&bytes, ERRAND_COMMAND, ++errands->last);
	wire_put_u32(&bytes, order->command.who);
	wire_put_i64(&bytes, order->limit);
	put_texts(&bytes, order->command.arguments);
	put_texts(&bytes, order->command.environment);
	*ret_errand = errands->last;
	return finish_request(errands, &bytes, NULL, slot);
}

void
errands_stop(struct errands *errands, uint64_t errand)
{
	uint64_t *slot = errands && errand ? find_slot(errands, errand) : NULL;
	auto_str bytes = {0};
	if (!slot)
		return;
	*slot = 0;
	begin_request(&bytes, ERRAND_STOP, errand);
	if (send_request(errands, &bytes, NULL, 0))
		log_warning("cannot end an errand");
}

/* What does not decode can only come from a runner that is broken. */
static int
hear_one(struct errands *errands, struct wire_reader *reader, errand_hear *hear, void *context)
{
	auto_free struct export_point *point = memory_new(1, sizeof(*point));
	auto_free struct export_result *result = memory_new(1, sizeof(*result));
	auto_str output = {0};
	struct errand_news news = {.errand = wire_get_u64(reader)};
	uint32_t word = wire_get_below(reader, ERRAND_WORD_COUNT);
	bool is_export = wire_get_u8(reader) != 0;
	news.status = (int)wire_get_i64(reader);
	size_t length = 0;
	const void *bytes = wire_get_bytes(reader, LONGEST_ERRAND, &length);
	if (wire_end(reader))
		return -EBADMSG;
	uint64_t *slot = news.errand ? find_slot(errands, news.errand) : NULL;
	if (!slot)
		return 0; /* it was stopped, and had more to say */
	if (word == ERRAND_POINT) {
		if (export_point_decode(bytes, length, point))
			return -EBADMSG;
		news.point = point;
	} else if (is_export && !news.status) {
		if (export_result_decode(bytes, length, result))
			return -EBADMSG;
		news.result = result;
	} else if (length) {
		str_add_bytes(&output, bytes, length);
	}
	if (word == ERRAND_END)
		*slot = 0;
	news.output = str_text(&output);
	hear(context, &news);
	return 0;
}

int
errands_heed(struct errands *errands, errand_hear *hear, void *context)
{
	auto_free char *buffer = NULL;
	while (errands_busy(errands)) {
		if (!buffer)
			buffer = memory_new(1, LONGEST_ERRAND);
		ssize_t got = recv(errands->socket, buffer, LONGEST_ERRAND, MSG_DONTWAIT);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return 0;
		if (got <= 0)
			return -EPIPE;
		struct wire_reader reader = wire_read(buffer, (size_t)got);
		int status = hear_one(errands, &reader, hear, context);
		if (status)
			return status;
	}
	return 0;
}
