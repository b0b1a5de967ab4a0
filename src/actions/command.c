/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/command.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

enum { CANNOT_BECOME = 125, CANNOT_EXECUTE = 126, MOST_ENVIRONMENT = 32 };

/* Where the packages made no user of that name. They follow those of sandbox_identity(). */
enum { BILLING_UID = 65220, ERRAND_UID = 65221 };

/* Whether this name, below the folder, is root's alone. A link is: what it says is looked at
 * by itself. */
static const char *
why_not_ours(const struct stat *stat)
{
	if (stat->st_uid != 0)
		return "is not owned by root";
	if (!S_ISLNK(stat->st_mode) && stat->st_mode & (S_IWGRP | S_IWOTH))
		return "can be written to by others than root";
	return NULL;
}

static int
refuse(struct str *ret_why, const char *path, const char *reason)
{
	str_addf(ret_why, "'%s' %s", path, reason);
	return -EACCES;
}

/* Each folder on the way, and the file itself. */
static int
verify_way(const char *path, struct str *ret_why)
{
	auto_str part = {0};
	struct stat stat;
	for (const char *at = path; *at;) {
		size_t length = strspn(at, "/");
		length += strcspn(at + length, "/");
		str_add_bytes(&part, at, length);
		at += length;
		if (lstat(str_text(&part), &stat))
			return refuse(ret_why, str_text(&part), strerror(errno));
		const char *reason = why_not_ours(&stat);
		if (reason)
			return refuse(ret_why, str_text(&part), reason);
	}
	return 0;
}

int
command_verify(const char *path, struct str *ret_why)
{
	struct stat stat;
	if (path[0] != '/')
		return refuse(ret_why, path, "is no absolute path");
	int status = verify_way(path, ret_why);
	if (status)
		return status;
	auto_free char *real = realpath(path, NULL);
	if (!real)
		return refuse(ret_why, path, strerror(errno));
	status = verify_way(real, ret_why);
	if (status)
		return status;
	if (lstat(real, &stat) || !S_ISREG(stat.st_mode) || !(stat.st_mode & S_IXUSR))
		return refuse(ret_why, path, "is not a program");
	return 0;
}

/* Who. */

static void
or_end(bool good)
{
	if (!good)
		_exit(CANNOT_BECOME);
}

static void
become_user(const char *name, uid_t fallback)
{
	const struct passwd *entry = getpwnam(name);
	uid_t uid = entry && entry->pw_uid ? entry->pw_uid : fallback;
	gid_t gid = entry && entry->pw_gid ? entry->pw_gid : fallback;
	or_end(!setgroups(0, NULL) && !setresgid(gid, gid, gid) && !setresuid(uid, uid, uid));
	or_end(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

void
become_billing(void)
{
	become_user("_hayward-billing", BILLING_UID);
}

void
become_bare_root(void)
{
	capng_clear(CAPNG_SELECT_BOTH);
	or_end(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !capng_apply(CAPNG_SELECT_BOTH));
}

void
become_reader_for(uid_t uid, gid_t gid)
{
	or_end(uid != 0 && gid != 0);
	or_end(!setgroups(0, NULL) && !setresgid(gid, gid, gid));
	or_end(!setresuid(ERRAND_UID, uid, ERRAND_UID));
	or_end(!prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) && !prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

static void
become(enum command_who who)
{
	switch (who) {
	case COMMAND_ROOT:
	case COMMAND_WHO_COUNT:
		return;
	case COMMAND_BARE_ROOT:
		return become_bare_root();
	case COMMAND_BILLING:
		return become_billing();
	}
}

/* Running. */

static void
set_descriptors(int out, int err)
{
	int none = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* Out of the way of 0, 1 and 2, which they may be. */
	out = fcntl(out, F_DUPFD, 3);
	err = fcntl(err, F_DUPFD, 3);
	or_end(none >= 0 && out >= 0 && err >= 0);
	or_end(dup2(none, 0) == 0 && dup2(out, 1) == 1 && dup2(err, 2) == 2);
	or_end(!close_range(3, ~0U, 0));
}

static void
set_signals(void)
{
	sigset_t none;
	sigemptyset(&none);
	for (int number = 1; number < NSIG; number++)
		signal(number, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

static void never_returns
execute(const struct command *command, int out, int err)
{
	static const char *const basic[] = {
	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8",
	    "HOME=/"};
	char *environment[MOST_ENVIRONMENT + 1];
	size_t count = 0;
	struct rlimit no_core = {0, 0};
	struct rlimit largest = {(rlim_t)command->largest_file, (rlim_t)command->largest_file};
	for (size_t i = 0; i < array_length(basic); i++)
		environment[count++] = memory_copy_text(basic[i]);
	for (size_t i = 0; command->environment && command->environment[i]; i++)
		if (count < MOST_ENVIRONMENT)
			environment[count++] = memory_copy_text(command->environment[i]);
	environment[count] = NULL;
	setsid();
	set_descriptors(out, err);
	set_signals();
	umask(022);
	or_end(!setrlimit(RLIMIT_CORE, &no_core) && !chdir("/"));
	or_end(!command->largest_file || !setrlimit(RLIMIT_FSIZE, &largest));
	become(command->who);
	/* A dump is part of its export and ends with it; others are heard to their end. */
	if (command->who == COMMAND_BARE_ROOT)
		or_end(!prctl(PR_SET_PDEATHSIG, SIGKILL));
	execve(
	    command->arguments[0], (char *const *)(uintptr_t)command->arguments, environment);
	_exit(CANNOT_EXECUTE);
}

pid_t
command_start(const struct command *command, int out, int err)
{
	pid_t pid = fork();
	if (pid == 0)
		execute(command, out, err);
	return pid < 0 ? -errno : pid;
}

void
command_end(pid_t pid)
{
	kill(-pid, SIGKILL);
	kill(pid, SIGKILL);
}

static int
reap(pid_t pid)
{
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
command_wait(pid_t pid, int64_t limit)
{
	int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd ended = {fd, POLLIN, 0};
	int timeout = limit < INT_MAX ? (int)limit : INT_MAX;
	bool late = fd < 0 || poll(&ended, 1, timeout) <= 0;
	if (fd >= 0)
		close(fd);
	if (late)
		command_end(pid);
	int status = reap(pid);
	return late ? -ETIMEDOUT : status;
}
