/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The binary is executed through /proc/self/exe: after an upgrade on disk the
 * children are still those of the parent that runs.
 */
#include "procs/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <unistd.h>

#include "procs/process.h"

enum { OUT_OF_THE_WAY = 16, EXIT_NOT_EXECUTED = 127 };

/* In the child, until it is another program: nothing that could fail halfway and go on. */
static void never_returns
become_process(char **arguments, int channel, int directory)
{
	int far_channel = fcntl(channel, F_DUPFD, OUT_OF_THE_WAY);
	int far_directory = directory < 0 ? -1 : fcntl(directory, F_DUPFD, OUT_OF_THE_WAY);
	if (far_channel < 0 || dup2(far_channel, PARENT_DESCRIPTOR) < 0)
		_exit(EXIT_NOT_EXECUTED);
	if (far_directory < 0)
		close(DIRECTORY_DESCRIPTOR);
	else if (dup2(far_directory, DIRECTORY_DESCRIPTOR) < 0)
		_exit(EXIT_NOT_EXECUTED);
	sigset_t none;
	sigemptyset(&none);
	if (close_range(DIRECTORY_DESCRIPTOR + 1, ~0U, 0) ||
	    sigprocmask(SIG_SETMASK, &none, NULL))
		_exit(EXIT_NOT_EXECUTED);
	execv("/proc/self/exe", arguments);
	_exit(EXIT_NOT_EXECUTED);
}

int
spawn_process(const struct options *options, enum process process, int channel, int directory,
    pid_t *ret_pid)
{
	auto_arena struct arena *arena = arena_new();
	char **arguments = options_arguments(options, process_name(process), arena);
	pid_t pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0)
		become_process(arguments, channel, directory);
	*ret_pid = pid;
	return 0;
}
