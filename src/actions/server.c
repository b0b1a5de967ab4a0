/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/server.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/rest.h"

enum {
	RELOAD_PATIENCE = 5000, /* ms */
	ASK_PATIENCE = 20000,
	LOOK_EVERY = 10,
	CLOCK_TICK = 10000000, /* ns: what the start of a process is cut to */
	LARGEST_STAT = 4096,
	LARGEST_STATUS = 65536,
	LONGEST_WORDS = 400,
	FIELD_START_STACK = 28, /* of /proc/PID/stat; its place is drawn anew at each exec */
};

/* The name of the program that the pid executes; false: it cannot be known. */
static bool
program_of(int proc, uint32_t pid, char *buffer, size_t size)
{
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof(link), "%u/exe", pid);
	ssize_t length = readlinkat(proc, link, path, sizeof(path) - 1);
	if (length <= 0)
		return false;
	path[length] = '\0';
	const char *name = strrchr(path, '/');
	snprintf(buffer, size, "%.*s", (int)size - 1, name ? name + 1 : path);
	return true;
}

static bool
same_object(int one, const char *one_path, int other, const char *other_path)
{
	struct stat a, b;
	return !fstatat(one, one_path, &a, AT_EMPTY_PATH) &&
	       !fstatat(other, other_path, &b, AT_EMPTY_PATH) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* A container's daemons are not this host's. */
static bool
is_ours(const struct tools *tools, uint32_t pid)
{
	char root[64], space[64];
	snprintf(root, sizeof(root), "%u/root", pid);
	snprintf(space, sizeof(space), "%u/ns/pid", pid);
	return same_object(tools->proc, root, tools->root, "") &&
	       same_object(tools->proc, space, tools->proc, "self/ns/pid");
}

static uint64_t
life_of(int proc, uint32_t pid)
{
	char path[64];
	auto_str text = {0};
	snprintf(path, sizeof(path), "%u/stat", pid);
	if (file_read(proc, path, LARGEST_STAT, &text))
		return 0;
	const char *at = strrchr(str_text(&text), ')');
	for (int field = 2; at && field < FIELD_START_STACK; field++)
		at = strchr(at + 1, ' ');
	return at ? strtoull(at, NULL, 10) : 0;
}

/*
 * Whether it catches SIGUSR1, as both kinds of main processes do. `apache2 -t` in
 * somebody's shell does not, and would die of it.
 */
static bool
catches_signals(int proc, uint32_t pid)
{
	char path[64];
	auto_str text = {0};
	snprintf(path, sizeof(path), "%u/status", pid);
	if (file_read(proc, path, LARGEST_STATUS, &text))
		return false;
	const char *caught = strstr(str_text(&text), "\nSigCgt:");
	return caught && strtoull(caught + strlen("\nSigCgt:"), NULL, 16) >> (SIGUSR1 - 1) & 1;
}

/* What a walk over /proc looks for. */
struct search {
	const struct tools *tools;
	const char *program;
	struct server **servers;
	size_t count;
};

static bool
is_main(const struct search *search, uint32_t pid, const struct process_facts *facts,
    char *program, size_t size)
{
	char parent[64];
	int proc = search->tools->proc;
	if (facts->uid != 0 || !process_runs(facts) || !program_of(proc, pid, program, size) ||
	    !text_starts_with(program, search->program) || !is_ours(search->tools, pid) ||
	    !catches_signals(proc, pid))
		return false;
	return !program_of(proc, facts->parent, parent, sizeof(parent)) ||
	       !text_starts_with(parent, search->program);
}

static int
visit_for_main(void *context, uint32_t pid)
{
	struct search *search = context;
	struct process_facts facts;
	char program[64];
	if (process_peek(search->tools->proc, pid, &facts) || facts.uid != 0 ||
	    process_read(search->tools->proc, pid, &facts) ||
	    !is_main(search, pid, &facts, program, sizeof(program)))
		return 0;
	struct server *server = memory_new(1, sizeof(*server));
	server->main = facts;
	server->life = life_of(search->tools->proc, pid);
	snprintf(server->program, sizeof(server->program), "%s", program);
	search->servers[search->count++] = server;
	return search->count == MOST_SERVERS;
}

static int
visit_for_workers(void *context, uint32_t pid)
{
	struct search *search = context;
	struct process_facts facts;
	if (process_read(search->tools->proc, pid, &facts))
		return 0;
	for (size_t i = 0; i < search->count; i++) {
		struct server *server = search->servers[i];
		if (facts.parent == server->main.pid && process_runs(&facts) &&
		    server->count < MOST_WORKERS)
			server->workers[server->count++] = facts;
	}
	return 0;
}

size_t
server_find(const struct tools *tools, const char *program, struct server **ret_servers)
{
	struct search search = {.tools = tools, .program = program, .servers = ret_servers};
	if (process_walk(tools->proc, visit_for_main, &search) < 0 || !search.count)
		return search.count;
	/* Who is missed here is only not waited for. */
	int status = process_walk(tools->proc, visit_for_workers, &search);
	(void)status;
	return search.count;
}

void
server_free(struct server *server)
{
	free(server);
}

bool
server_works_for(const struct server *server, uint32_t uid)
{
	for (size_t i = 0; i < server->count; i++)
		if (server->workers[i].uid == uid)
			return true;
	return false;
}

static int
count_left(const struct tools *tools, const struct server *server)
{
	int left = 0;
	for (size_t i = 0; i < server->count; i++) {
		struct process_facts now;
		const struct process_facts *then = &server->workers[i];
		if (!process_read(tools->proc, then->pid, &now) && now.start == then->start &&
		    process_runs(&now))
			left++;
	}
	return left;
}

static void
pause_a_little(void)
{
	struct timespec wait = {0, LOOK_EVERY * 1000000L};
	nanosleep(&wait, NULL);
}

/* A reload under way: who was there before must go, and somebody new must have come. */
struct reload {
	const struct tools *tools;
	struct server *server;
	uint64_t since; /* when it was signalled, ns since boot */
	size_t newer;
};

static bool
is_listed(const struct server *server, const struct process_facts *facts)
{
	for (size_t i = 0; i < server->count; i++)
		if (server->workers[i].pid == facts->pid &&
		    server->workers[i].start == facts->start)
			return true;
	return false;
}

/* Whoever was started before the signal, and was missed by the walk before it, must go too. */
static int
visit_for_newer(void *context, uint32_t pid)
{
	struct reload *reload = context;
	struct server *server = reload->server;
	struct process_facts facts;
	if (process_read(reload->tools->proc, pid, &facts) ||
	    facts.parent != server->main.pid || !process_runs(&facts) ||
	    is_listed(server, &facts))
		return 0;
	if (facts.start + CLOCK_TICK > reload->since)
		reload->newer++;
	else if (server->count < MOST_WORKERS)
		server->workers[server->count++] = facts;
	return 0;
}

/*
 * A main process that has just ended its workers may still read the old words of
 * its configuration: only workers of after the signal show that it is done.
 */
static bool
has_new_workers(struct reload *reload)
{
	reload->newer = 0;
	int status = process_walk(reload->tools->proc, visit_for_newer, reload);
	return !status && reload->newer && !count_left(reload->tools, reload->server);
}

static bool
is_reloaded(struct reload *reload, bool anew)
{
	const struct server *server = reload->server;
	if (anew)
		return life_of(reload->tools->proc, server->main.pid) != server->life;
	return has_new_workers(reload);
}

/* Its workers as they are now: what was seen a configuration test ago is old. */
static int
look_and_signal(struct reload *reload, int signal)
{
	struct server *server = reload->server;
	struct search search = {.tools = reload->tools, .servers = &server, .count = 1};
	struct process_facts now;
	auto_fd int fd = -1;
	int status = process_open(reload->tools->proc, server->main.pid, &now, &fd);
	if (!status && now.start != server->main.start)
		status = -ESRCH;
	server->count = 0;
	status =
	    status ? status : process_walk(reload->tools->proc, visit_for_workers, &search);
	reload->since = (uint64_t)clock_boot() * 1000000;
	return status ? status : process_signal(fd, signal);
}

/*
 * An Apache that is told to reload while it still does so kills the daemon that it
 * has just started for CGI scripts before that one can be killed properly, finds
 * its socket taken and goes on without: each CGI script of each customer hangs from
 * then on. PHP-FPM executes itself anew and knows no such moment.
 */
int
server_reload(const struct tools *tools, struct server *server, int signal, bool anew)
{
	struct reload reload = {.tools = tools, .server = server};
	if (!anew)
		process_let_rest(tools->proc, server->main.pid);
	int left = 0, status = look_and_signal(&reload, signal);
	if (status)
		return status;
	for (int64_t end = clock_boot() + RELOAD_PATIENCE; clock_boot() < end;) {
		left = count_left(tools, server);
		if (!left && is_reloaded(&reload, anew))
			return 0;
		pause_a_little();
	}
	return left ? left : -ETIMEDOUT;
}

static void
become_program(const char *const *arguments, int output)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";
	static char language[] = "LANG=C", files[] = "APACHE_ULIMIT_MAX_FILES=true";
	char *environment[] = {path, language, files, NULL};
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0 ||
	    chdir("/"))
		_exit(126);
	execve(arguments[0], (char *const *)(uintptr_t)arguments, environment);
	_exit(127);
}

static int
wait_for(pid_t pid, int patience)
{
	int result = 0;
	auto_fd int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd over = {fd, POLLIN, 0};
	bool late = fd >= 0 && poll(&over, 1, patience) == 0;
	if (late)
		kill(-pid, SIGKILL);
	while (waitpid(pid, &result, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return late ? -ETIMEDOUT : WIFEXITED(result) && !WEXITSTATUS(result) ? 0 : -EINVAL;
}

static void
first_line(int output, struct str *ret_words)
{
	auto_str said = {0};
	char buffer[LONGEST_WORDS + 1];
	ssize_t got = pread(output, buffer, LONGEST_WORDS, 0);
	buffer[got > 0 ? got : 0] = '\0';
	buffer[strcspn(buffer, "\n")] = '\0';
	escape_text(&said, buffer);
	str_add(ret_words, str_text(&said));
}

int
server_ask(const char *const *arguments, struct str *ret_words)
{
	auto_fd int output = memfd_create("words", MFD_CLOEXEC);
	if (output < 0)
		return -errno;
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		setpgid(0, 0);
		become_program(arguments, output);
	}
	int status = wait_for(pid, ASK_PATIENCE);
	if (status)
		first_line(output, ret_words);
	return status;
}
