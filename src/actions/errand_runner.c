/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The runner's side: one request begins one child, whose words go back with the
 * request's number. Of a command the words are its output; a child of an export
 * speaks in messages. The runner knows no more than that.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actions/dump.h"
#include "actions/errand.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/wire.h"

enum { TURN = 50, LONGEST_TEXT = 8192, LAST_WORDS = 2000 };

struct child {
	uint64_t errand; /* 0: free */
	pid_t pid;
	int words; /* what it says */
	bool is_export;
	int64_t until; /* boot ms */
	bool late;
	struct str output; /* of a command */
	bool told;	   /* an export said its end by itself */
};

struct runner {
	int socket;
	struct child children[MOST_ERRANDS];
};

static int64_t
now(void)
{
	return clock_boot();
}

/* What is said. */

static void
say(int socket, const struct child *child, enum errand_word word, int64_t status,
    const struct str *bytes)
{
	auto_str out = {0};
	wire_put_u64(&out, child->errand);
	wire_put_u32(&out, word);
	wire_put_u8(&out, child->is_export);
	wire_put_i64(&out, status);
	wire_put_bytes(&out, bytes->data, bytes->length);
	while (send(socket, out.data, out.length, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

/* The child of an export. */

struct telling {
	int words;
	struct child child; /* for say() */
};

static void
tell_point(void *context, const struct export_point *point)
{
	const struct telling *telling = context;
	auto_str bytes = {0};
	export_point_encode(point, &bytes);
	say(telling->words, &telling->child, ERRAND_POINT, 0, &bytes);
}

/*
 * Its own group may read what its uid may not; a group of the system may not
 * come along, for it opens what is nobody's business here.
 */
static gid_t
group_of(uid_t uid, uint32_t floor)
{
	const struct passwd *entry = getpwuid(uid);
	return entry && entry->pw_gid >= floor ? entry->pw_gid : uid;
}

static void
run_export(struct errand_export *order, struct telling *telling)
{
	struct dumps dumps = {0};
	struct dump_settings settings = {
	    order->account, order->others, order->options, order->folder, order->most};
	setpriority(PRIO_PROCESS, 0, 10);
	if (!text_starts_with(order->from->position, "files/"))
		dump_all(&settings, &dumps);
	gid_t group = group_of(order->uid, order->floor);
	close(order->folder);
	become_reader_for(order->uid, group);
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* becoming somebody forgot it */
	struct export_job job = {
	    .top = *order->home ? open(order->home, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1,
	    .archive = order->archive,
	    .list = order->list,
	    .begun = order->begun,
	    .most = order->most,
	    .schemas = dumps.items,
	    .schema_count = dumps.count,
	    .from = order->from,
	    .tell = tell_point,
	    .context = telling,
	};
	auto_free struct export_result *result = memory_new(1, sizeof(*result));
	auto_str bytes = {0};
	int status = export_run(&job, result);
	if (!status)
		export_result_encode(result, &bytes);
	say(telling->words, &telling->child, ERRAND_END, status, &bytes);
	dumps_done(&dumps);
	if (job.top >= 0)
		close(job.top);
}

/* Requests. */

static const char **
get_texts(struct wire_reader *reader, struct arena *arena, uint32_t most)
{
	uint32_t count = wire_get_below(reader, most + 1);
	const char **texts = arena_alloc(arena, (count + 1) * sizeof(*texts));
	for (uint32_t i = 0; i < count; i++)
		texts[i] = wire_get_text(reader, arena, LONGEST_TEXT);
	texts[count] = NULL;
	return texts;
}

/* Has room for a child. */
static struct child *
new_child(struct runner *runner, uint64_t errand, bool is_export)
{
	for (size_t i = 0; i < MOST_ERRANDS; i++)
		if (!runner->children[i].errand) {
			runner->children[i] = (struct child){
			    .errand = errand, .words = -1, .is_export = is_export};
			return &runner->children[i];
		}
	return NULL;
}

static void
refuse(struct runner *runner, struct child *child, int status, const char *why)
{
	auto_str text = {0};
	str_add(&text, why);
	say(runner->socket, child, ERRAND_END, status, &text);
	child->errand = 0;
}

static void
start_command(struct runner *runner, struct child *child, const struct command *command)
{
	auto_str why = {0};
	int pipe[2];
	int status =
	    command->arguments[0] ? command_verify(command->arguments[0], &why) : -EINVAL;
	if (!status && pipe2(pipe, O_CLOEXEC | O_NONBLOCK))
		status = -errno;
	if (status) {
		refuse(runner, child, status, str_text(&why));
		return;
	}
	child->pid = command_start(command, pipe[1], pipe[1]);
	close(pipe[1]);
	child->words = pipe[0];
	if (child->pid < 0) {
		close(pipe[0]);
		refuse(runner, child, (int)child->pid, "cannot fork");
	}
}

static void
hear_command(struct runner *runner, struct wire_reader *reader, uint64_t errand)
{
	auto_arena struct arena *arena = arena_new();
	struct child *child = new_child(runner, errand, false);
	struct command command = {.who = wire_get_below(reader, COMMAND_WHO_COUNT)};
	int64_t limit = wire_get_i64(reader);
	command.arguments = get_texts(reader, arena, MOST_ARGUMENTS);
	command.environment = get_texts(reader, arena, MOST_ARGUMENTS);
	if (!child)
		return;
	child->until = now() + limit;
	if (wire_end(reader))
		refuse(runner, child, -EBADMSG, "");
	else
		start_command(runner, child, &command);
}

/* Descriptors come as archive, list and folder, and are closed again here. */
static void
start_export(struct runner *runner, struct child *child, struct errand_export *order)
{
	int ends[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
		refuse(runner, child, -errno, "");
		return;
	}
	struct telling telling = {ends[1], *child};
	child->pid = fork();
	if (child->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setsid();
		close(runner->socket);
		close(ends[0]);
		run_export(order, &telling);
		_exit(0);
	}
	close(ends[1]);
	child->words = ends[0];
	if (child->pid < 0) {
		close(ends[0]);
		refuse(runner, child, -errno, "cannot fork");
	}
}

static void
hear_export(struct runner *runner, struct wire_reader *reader, uint64_t errand, const int *fds)
{
	auto_arena struct arena *arena = arena_new();
	struct child *child = new_child(runner, errand, true);
	struct errand_export order = {.uid = wire_get_u32(reader)};
	auto_free struct export_point *from = memory_new(1, sizeof(*from));
	size_t length = 0;
	order.floor = wire_get_u32(reader);
	order.account = wire_get_text(reader, arena, LONGEST_TEXT);
	order.home = wire_get_text(reader, arena, LONGEST_TEXT);
	order.options = wire_get_text(reader, arena, LONGEST_TEXT);
	order.begun = wire_get_i64(reader);
	order.most = wire_get_i64(reader);
	order.limit = wire_get_i64(reader);
	order.others = get_texts(reader, arena, MOST_OTHERS);
	const void *point = wire_get_bytes(reader, LONGEST_ERRAND, &length);
	order.from = from;
	order.archive = fds[0];
	order.list = fds[1];
	order.folder = fds[2];
	if (!child)
		return;
	child->until = now() + order.limit;
	bool good = !wire_end(reader) && !export_point_decode(point, length, from) &&
		    fds[2] >= 0 && order.uid && order.uid >= order.floor;
	if (good)
		start_export(runner, child, &order);
	else
		refuse(runner, child, -EBADMSG, "");
}

static void
close_child(struct child *child)
{
	if (child->words >= 0)
		close(child->words);
	str_done(&child->output);
	*child = (struct child){.words = -1};
}

static void
hear_stop(struct runner *runner, uint64_t errand)
{
	for (size_t i = 0; i < MOST_ERRANDS; i++) {
		struct child *child = &runner->children[i];
		if (!errand || child->errand != errand)
			continue;
		command_end(child->pid);
		waitpid(child->pid, NULL, 0);
		close_child(child);
	}
}

/* Gives the descriptors that came along, -1 for none. */
static ssize_t
receive(int socket, char *buffer, int fds[ERRAND_DESCRIPTORS])
{
	char control[CMSG_SPACE(sizeof(int) * ERRAND_DESCRIPTORS)];
	struct iovec part = {buffer, LONGEST_ERRAND};
	struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control)};
	ssize_t got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;
	for (size_t i = 0; i < ERRAND_DESCRIPTORS; i++)
		fds[i] = -1;
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(fds, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
	return got;
}

/*
 * The enforcer is gone. Its exports end, for the next one takes them up; commands
 * are heard to their end, for nobody knows what half of one is.
 */
static void
retire(struct runner *runner)
{
	for (size_t i = 0; i < MOST_ERRANDS; i++)
		if (runner->children[i].is_export)
			hear_stop(runner, runner->children[i].errand);
	close(runner->socket);
	runner->socket = -1;
}

static void
hear_request(struct runner *runner)
{
	auto_free char *buffer = memory_new(1, LONGEST_ERRAND);
	int fds[ERRAND_DESCRIPTORS];
	ssize_t got = receive(runner->socket, buffer, fds);
	if (got < 0 && errno == EINTR)
		return;
	if (got <= 0) {
		retire(runner);
		return;
	}
	struct wire_reader reader = wire_read(buffer, (size_t)got);
	uint32_t kind = wire_get_below(&reader, ERRAND_KIND_COUNT);
	uint64_t errand = wire_get_u64(&reader);
	if (reader.failed || !errand)
		fatal("a request that is none");
	if (kind == ERRAND_EXPORT)
		hear_export(runner, &reader, errand, fds);
	else if (kind == ERRAND_COMMAND)
		hear_command(runner, &reader, errand);
	else
		hear_stop(runner, errand);
	for (size_t i = 0; i < ERRAND_DESCRIPTORS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* Children. */

/* What a command prints is read to the end, so that it does not wait; the first of it is kept.
 */
static void
hear_output(struct child *child)
{
	char buffer[4096];
	ssize_t got;
	while ((got = read(child->words, buffer, sizeof(buffer))) > 0) {
		size_t room = MOST_OUTPUT - child->output.length;
		str_add_bytes(&child->output, buffer, (size_t)got < room ? (size_t)got : room);
	}
}

static void
hear_words(struct runner *runner, struct child *child)
{
	auto_free char *buffer = memory_new(1, LONGEST_ERRAND);
	ssize_t got;
	while ((got = recv(child->words, buffer, LONGEST_ERRAND, MSG_DONTWAIT)) > 0) {
		struct wire_reader reader = wire_read(buffer, (size_t)got);
		bool same = wire_get_u64(&reader) == child->errand;
		child->told |= wire_get_u32(&reader) == ERRAND_END;
		if (same && send(runner->socket, buffer, (size_t)got, MSG_NOSIGNAL) < 0)
			return;
	}
}

static void
hear_child(struct runner *runner, struct child *child)
{
	if (child->is_export)
		hear_words(runner, child);
	else
		hear_output(child);
}

static void
reap(struct runner *runner, struct child *child)
{
	int status;
	hear_child(runner, child);
	if (now() >= child->until && !child->late) {
		child->late = true;
		command_end(child->pid);
	}
	if (waitpid(child->pid, &status, WNOHANG) != child->pid)
		return;
	hear_child(runner, child); /* what it said last */
	int result = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (child->late)
		result = -ETIMEDOUT;
	else if (child->is_export)
		result = -ECHILD;
	if (!child->told)
		say(runner->socket, child, ERRAND_END, result, &child->output);
	close_child(child);
}

/* Whether anybody runs; then the next turn comes soon. */
static bool
reap_all(struct runner *runner)
{
	bool busy = false;
	for (size_t i = 0; i < MOST_ERRANDS; i++)
		if (runner->children[i].errand) {
			reap(runner, &runner->children[i]);
			busy |= runner->children[i].errand != 0;
		}
	return busy;
}

void
errand_serve(int socket)
{
	struct runner runner = {.socket = fcntl(socket, F_DUPFD_CLOEXEC, 3)};
	/* Nothing of the enforcer's: only this socket, and where to complain. */
	if (runner.socket < 0 || (dup3(runner.socket, 3, O_CLOEXEC) < 0 && runner.socket != 3))
		_exit(1);
	runner.socket = 3;
	close_range(4, ~0U, 0);
	for (bool busy = false; runner.socket >= 0 || busy; busy = reap_all(&runner)) {
		struct pollfd request = {runner.socket, POLLIN, 0};
		if (poll(&request, 1, busy ? TURN : -1) > 0)
			hear_request(&runner);
	}
	_exit(0);
}
