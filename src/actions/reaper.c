/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/reaper.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actions/guard.h"
#include "base/file.h"
#include "base/memory.h"

enum {
	OWN_CHANNEL = 3,
	LARGEST_TABLE = 64 * 1024 * 1024,
	ANSWERS_WITHIN = 5000,
	LOWEST_UID = 500, /* nowhere do people have lower ones, whatever the table says */
};

/* What the enforcer says. With a descriptor: a new table. Without: whom to end. */
struct request {
	uint32_t account;
	uint32_t generation;
	int signal;
	uint32_t count;
	uint32_t uids[MOST_REAPED_UIDS];
};

struct reaper {
	pid_t pid;
	int channel;
};

/* The reaper itself. */

static int
hear(struct request *request, int *ret_fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {request, sizeof(*request)};
	struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	ssize_t got = recvmsg(OWN_CHANNEL, &message, MSG_CMSG_CLOEXEC);
	if (got != (ssize_t)sizeof(*request))
		return -EPIPE;
	const struct cmsghdr *first = CMSG_FIRSTHDR(&message);
	*ret_fd = -1;
	if (first && first->cmsg_level == SOL_SOCKET && first->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(first), sizeof(*ret_fd));
	return 0;
}

static int
take_table(int fd, struct accounts **accounts)
{
	auto_str bytes = {0};
	struct accounts *table = NULL;
	int status =
	    lseek(fd, 0, SEEK_SET) < 0 ? -errno : file_read_fd(fd, LARGEST_TABLE, &bytes);
	status = status ? status : accounts_decode(bytes.data, bytes.length, &table);
	if (status)
		return status;
	accounts_free(*accounts);
	*accounts = table;
	return 0;
}

/* One uid is the effective one for the length of one call; the others stay our own. */
static int
signal_uid(uint32_t own, uint32_t uid, int signal)
{
	if (setresuid((uid_t)-1, uid, (uid_t)-1))
		return -errno;
	int status = kill(-1, signal) && errno != ESRCH ? -errno : 0;
	return setresuid(own, own, own) ? -errno : status;
}

static int
signal_all(const struct accounts *accounts, uint32_t own, const struct request *request)
{
	const struct account *account =
	    guard_holder(accounts, request->account, request->generation);
	if (!account || request->count > MOST_REAPED_UIDS ||
	    (request->signal != SIGKILL && request->signal != SIGSTOP &&
		request->signal != SIGCONT))
		return -EPERM;
	for (uint32_t i = 0; i < request->count; i++)
		if (request->uids[i] < LOWEST_UID || request->uids[i] == own ||
		    !guard_owns(accounts, account, request->uids[i]))
			return -EPERM;
	for (uint32_t i = 0; i < request->count; i++) {
		int status = signal_uid(own, request->uids[i], request->signal);
		if (status)
			return status;
	}
	return 0;
}

static void never_returns
serve(uint32_t own)
{
	struct accounts *accounts = NULL;
	struct request request;
	int table = -1;
	while (!hear(&request, &table)) {
		int status = table >= 0 ? take_table(table, &accounts)
					: signal_all(accounts, own, &request);
		cleanup_fd(&table);
		if (send(OWN_CHANNEL, &status, sizeof(status), MSG_NOSIGNAL) < 0)
			break;
	}
	_exit(0);
}

/* Nothing of the enforcer's is left open in it. */
static void never_returns
live(int channel, uint32_t own, void (*confine)(uint32_t own_uid))
{
	sigset_t none;
	sigemptyset(&none);
	if ((channel != OWN_CHANNEL && dup2(channel, OWN_CHANNEL) < 0) ||
	    close_range(OWN_CHANNEL + 1, ~0U, 0) || sigprocmask(SIG_SETMASK, &none, NULL))
		_exit(1);
	signal(SIGTERM, SIG_IGN); /* it ends when the enforcer does, not before */
	signal(SIGINT, SIG_IGN);
	confine(own);
	serve(own);
}

/* The enforcer's side. */

int
reaper_start(uint32_t own_uid, void (*confine)(uint32_t own_uid), struct reaper **ret_reaper)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	auto_fd int near = ends[0];
	auto_fd int far = ends[1];
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		live(far, own_uid, confine);
	struct reaper *reaper = memory_new(1, sizeof(*reaper));
	*reaper = (struct reaper){pid, take_fd(near)};
	*ret_reaper = reaper;
	return 0;
}

void
reaper_free(struct reaper *reaper)
{
	if (!reaper)
		return;
	close(reaper->channel);
	while (waitpid(reaper->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	free(reaper);
}

/* Says it and hears what came of it; an answer that comes too late would be taken for another.
 */
static int
ask(struct reaper *reaper, struct msghdr *message)
{
	struct pollfd answer = {reaper->channel, POLLIN, 0};
	int status = -EPIPE;
	if (sendmsg(reaper->channel, message, MSG_NOSIGNAL) < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	if (poll(&answer, 1, ANSWERS_WITHIN) <= 0) {
		shutdown(reaper->channel, SHUT_RDWR);
		return -ETIMEDOUT;
	}
	ssize_t got = recv(reaper->channel, &status, sizeof(status), 0);
	return got == (ssize_t)sizeof(status) ? status : -EPIPE;
}

int
reaper_set_accounts(struct reaper *reaper, const void *bytes, size_t length)
{
	struct request request = {0};
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = {0};
	struct iovec part = {&request, sizeof(request)};
	struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	auto_fd int table = file_memory("accounts", bytes, length);
	if (table < 0)
		return table;
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.header), &table, sizeof(table));
	return ask(reaper, &message);
}

static int
ask_signal(struct reaper *reaper, int signal, uint32_t account, uint32_t generation,
    const uint32_t *uids, uint32_t count)
{
	struct request request = {account, generation, signal, count, {0}};
	struct iovec part = {&request, sizeof(request)};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	if (count > MOST_REAPED_UIDS)
		return -E2BIG;
	memcpy(request.uids, uids, count * sizeof(*uids));
	return ask(reaper, &message);
}

int
reaper_halt(struct reaper *reaper, uint32_t account, uint32_t generation, const uint32_t *uids,
    uint32_t count)
{
	return ask_signal(reaper, SIGSTOP, account, generation, uids, count);
}

int
reaper_wake(struct reaper *reaper, uint32_t account, uint32_t generation, const uint32_t *uids,
    uint32_t count)
{
	return ask_signal(reaper, SIGCONT, account, generation, uids, count);
}

int
reaper_end(struct reaper *reaper, uint32_t account, uint32_t generation, const uint32_t *uids,
    uint32_t count)
{
	return ask_signal(reaper, SIGKILL, account, generation, uids, count);
}
