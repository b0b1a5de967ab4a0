/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hand of the steward: one job, one child, and nothing remembered but which
 * child does which. A child says its news by itself; of one that dies without the
 * last word the hand says so. A child that works when the steward or the hand is
 * killed goes on to its end, which is near: the roles are told of what is in the
 * book, and it holds the lock of the book until then.
 */
#include "procs/steward_job.h"

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

#include "base/log.h"

enum { TURN = 50, SOCKET_BUFFER = 4 << 20, LONGEST_CHILD = 300 /* s */, OUT_OF_THE_WAY = 3 };

struct child {
	pid_t pid; /* 0: free */
	uint64_t job;
};

struct hand {
	int socket;
	const struct office_places *places;
	struct child children[MOST_JOBS];
};

static void
say_failed(const struct hand *hand, uint64_t job, const char *words)
{
	auto_str bytes = {0};
	struct news news = {.job = job,
	    .stage = JOB_ENDED,
	    .status = -EIO,
	    .text = words,
	    .data = "",
	    .next = INT64_MAX,
	    .untold = ALL_ROLES};
	news_encode(&news, &bytes);
	if (send(hand->socket, bytes.data, bytes.length, MSG_NOSIGNAL) < 0)
		log_debug("the steward does not hear its hand");
}

static void
reap(struct hand *hand)
{
	int status;
	for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;)
		for (size_t i = 0; i < MOST_JOBS; i++) {
			struct child *child = &hand->children[i];
			if (child->pid != pid)
				continue;
			child->pid = 0;
			if (!WIFEXITED(status) || WEXITSTATUS(status))
				say_failed(hand, child->job,
				    "it was cut off; say it again to be sure");
		}
}

static struct child *
free_child(struct hand *hand)
{
	for (size_t i = 0; i < MOST_JOBS; i++)
		if (!hand->children[i].pid)
			return &hand->children[i];
	return NULL;
}

static void
begin(struct hand *hand, const struct job *job)
{
	struct child *child = free_child(hand);
	pid_t pid = child ? fork() : -1;
	if (pid == 0) {
		alarm(LONGEST_CHILD);
		steward_work(job, hand->places, hand->socket);
		_exit(0);
	}
	if (pid < 0)
		say_failed(hand, job->id, "too much is going on; try again later");
	else
		*child = (struct child){pid, job->id};
}

/* False: the steward is gone. */
static bool
hear(struct hand *hand)
{
	auto_free char *bytes = malloc(LARGEST_JOB);
	if (!bytes)
		fatal("out of memory");
	ssize_t length = recv(hand->socket, bytes, LARGEST_JOB, MSG_DONTWAIT);
	if (length < 0)
		return errno == EAGAIN || errno == EINTR;
	auto_arena struct arena *arena = arena_new();
	static struct job job;
	if (length && !job_decode(bytes, (size_t)length, arena, &job))
		begin(hand, &job);
	/* Passwords, be they hashed, are nobody's business longer than needed. */
	explicit_bzero(bytes, (size_t)length);
	explicit_bzero(&job, sizeof(job));
	return length > 0;
}

static bool
is_busy(const struct hand *hand)
{
	for (size_t i = 0; i < MOST_JOBS; i++)
		if (hand->children[i].pid)
			return true;
	return false;
}

/* What was open in the steward is not the hand's: its channels must not outlive it. */
static int
keep_only(int socket)
{
	if (dup2(socket, OUT_OF_THE_WAY) < 0 || close_range(OUT_OF_THE_WAY + 1, ~0U, 0))
		fatal("the steward's hand cannot begin");
	return OUT_OF_THE_WAY;
}

static void never_returns
serve(int socket, const struct office_places *places)
{
	struct hand hand = {.places = places, .socket = keep_only(socket)};
	fcntl(hand.socket, F_SETFD, FD_CLOEXEC);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	for (;;) {
		struct pollfd event = {hand.socket, POLLIN, 0};
		int count = poll(&event, 1, is_busy(&hand) ? TURN : -1);
		reap(&hand);
		if (count > 0 && !hear(&hand))
			_exit(0);
	}
}

static void
widen(int socket)
{
	int size = SOCKET_BUFFER;
	if (setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) &&
	    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size)))
		log_warning("the steward's hand has a narrow channel");
}

int
steward_hand_start(const struct office_places *places)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends))
		return -errno;
	widen(ends[0]);
	widen(ends[1]);
	pid_t hand = fork();
	if (hand == 0)
		serve(ends[1], places);
	int status = hand < 0 ? -errno : 0;
	close(ends[1]);
	if (status)
		close(ends[0]);
	return status ? status : ends[0];
}
