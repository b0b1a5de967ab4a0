/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program by suexec, which is called as Apache's cgid calls it: by Apache's user,
 * in the script's folder, with its name alone, and the limits already set. suexec
 * looks at owners and modes itself, as it does for a visitor.
 */
#include "roles/cgi_test.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"

static const char suexec[] = "/usr/lib/apache2/suexec";
static const char apache[] = "www-data";

enum { MOST_VARIABLES = 64, CHUNK = 16384, NO_EXEC = 126 };

/* Of support/suexec.c of Apache 2.4, which gives each reason its own exit status. */
static const struct {
	int status;
	const char *words;
} reasons[] = {
    {113, "its folder is not within the homes"},
    {114, "its folder is not within the homes"},
    {115, "its folder cannot be looked at"},
    {116, "others may write to its folder (chmod go-w)"},
    {117, "the file cannot be looked at"},
    {118, "others may write to the file (chmod go-w)"},
    {119, "the file is setuid or setgid"},
    {120, "the file or its folder is not the account's own"},
    {121, "the file is not executable (chmod u+x)"},
    {255, "its first line names no interpreter that is there"},
};

const char *
cgi_suexec_words(int exit_status)
{
	for (size_t i = 0; i < array_length(reasons); i++)
		if (reasons[i].status == exit_status)
			return reasons[i].words;
	return NULL;
}

struct environment {
	char *list[MOST_VARIABLES + 1];
	size_t count;
};

static void
add_variable(void *context, const char *name, const char *value)
{
	struct environment *environment = context;
	auto_str line = {0};
	str_addf(&line, "%s=%s", name, value);
	if (environment->count < MOST_VARIABLES)
		environment->list[environment->count++] = str_take(&line);
}

static void
limit(int resource, int64_t most)
{
	struct rlimit both = {(rlim_t)most, (rlim_t)most};
	if (most > 0 && setrlimit(resource, &both))
		_exit(NO_EXEC);
}

/* In the child; nothing comes back. */
static void
become_suexec(const struct cgi_place *place, char *const *environment, const int pipes[2])
{
	const struct passwd *user = getpwnam(apache);
	char uid[16], *name = strdup(place->name);
	char own[] = "suexec";
	snprintf(uid, sizeof(uid), "%u", place->uid);
	char *const arguments[] = {own, uid, uid, name, NULL};
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (!user || setsid() < 0 || fchdir(place->folder) || dup2(null, 0) < 0 ||
	    dup2(pipes[0], 1) < 0 || dup2(pipes[1], 2) < 0)
		_exit(NO_EXEC);
	signal(SIGPIPE, SIG_DFL);
	if (initgroups(apache, user->pw_gid) || setgid(user->pw_gid) || setuid(user->pw_uid))
		_exit(NO_EXEC);
	/* Afterwards: Apache's own threads are more than a customer may have. */
	limit(RLIMIT_CPU, place->cpu_s);
	limit(RLIMIT_AS, place->memory);
	limit(RLIMIT_NPROC, place->processes);
	execve(suexec, arguments, environment);
	_exit(NO_EXEC);
}

/* What is over the bound is read and forgotten: a script must not wait for us. False: the end.
 */
static bool
drain(int fd, struct str *text)
{
	char chunk[CHUNK];
	ssize_t length = read(fd, chunk, sizeof(chunk));
	if (length <= 0)
		return length < 0 && (errno == EINTR || errno == EAGAIN);
	size_t room = CGI_LARGEST - text->length;
	str_add_bytes(text, chunk, (size_t)length < room ? (size_t)length : room);
	return true;
}

/* Until both are closed, or it is too late. */
static void
listen_to(int output, int errors, struct cgi_outcome *outcome)
{
	int64_t deadline = clock_boot() + CGI_LONGEST_MS;
	struct pollfd both[] = {
	    {.fd = output, .events = POLLIN}, {.fd = errors, .events = POLLIN}};
	struct str *const texts[] = {&outcome->output, &outcome->errors};
	while (both[0].fd >= 0 || both[1].fd >= 0) {
		int64_t left = deadline - clock_boot();
		outcome->is_late = left <= 0;
		if (outcome->is_late || poll(both, 2, (int)left) < 0)
			return;
		for (int i = 0; i < 2; i++)
			if (both[i].fd >= 0 && both[i].revents && !drain(both[i].fd, texts[i]))
				both[i].fd = -1;
	}
}

/* Its group is ended in any case, before its number can be another's: what it left behind would
 * run on for nobody. */
static void
wait_for(pid_t pid, struct cgi_outcome *outcome)
{
	struct rusage used;
	siginfo_t ended;
	if (outcome->is_late)
		kill(-pid, SIGKILL);
	while (waitid(P_PID, (id_t)pid, &ended, WEXITED | WNOWAIT) && errno == EINTR)
		continue;
	kill(-pid, SIGKILL);
	while (wait4(pid, &outcome->status, 0, &used) < 0 && errno == EINTR)
		continue;
	outcome->cpu_us = (int64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
			  used.ru_utime.tv_usec + used.ru_stime.tv_usec;
	outcome->memory_kib = used.ru_maxrss;
}

static int
start(const struct cgi_place *place, const char *query, struct cgi_outcome *outcome)
{
	int output[2], errors[2];
	struct environment environment = {0};
	if (pipe2(output, O_CLOEXEC))
		return -errno;
	if (pipe2(errors, O_CLOEXEC)) {
		close(output[0]);
		close(output[1]);
		return -ENFILE;
	}
	cgi_for_each_variable(place, query, add_variable, &environment);
	pid_t pid = fork();
	if (!pid)
		become_suexec(place, environment.list, (int[]){output[1], errors[1]});
	int status = pid < 0 ? -errno : 0;
	close(output[1]);
	close(errors[1]);
	if (!status) {
		listen_to(output[0], errors[0], outcome);
		wait_for(pid, outcome);
	}
	close(output[0]);
	close(errors[0]);
	for (size_t i = 0; i < environment.count; i++)
		free(environment.list[i]);
	return status;
}

int
cgi_run_program(
    const struct cgi_place *place, const char *query, struct cgi_outcome *ret_outcome)
{
	int64_t begin = clock_monotonic_ns();
	int status = start(place, query, ret_outcome);
	ret_outcome->wall_us = (clock_monotonic_ns() - begin) / 1000;
	return status;
}
