/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/background.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/log.h"

static int success = -1; /* write end of the pipe to who was started; -1: not in background */

/* In the process that was started. */
static void never_returns
wait_for(pid_t pid, int news)
{
	char byte;
	ssize_t got;
	do
		got = read(news, &byte, 1);
	while (got < 0 && errno == EINTR);
	if (got == 1)
		_exit(0);
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : 1);
}

void
background_enter(void)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC))
		fatal("cannot make a pipe: %s", strerror(errno));
	pid_t pid = fork();
	if (pid < 0)
		fatal("cannot fork: %s", strerror(errno));
	if (pid > 0) {
		close(ends[1]);
		wait_for(pid, ends[0]);
	}
	close(ends[0]);
	success = ends[1];
	if (setsid() < 0 || chdir("/"))
		fatal("cannot leave the terminal: %s", strerror(errno));
}

void
background_succeeded(void)
{
	if (success < 0)
		return;
	auto_fd int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (nowhere < 0 || dup2(nowhere, STDIN_FILENO) < 0 ||
	    dup2(nowhere, STDOUT_FILENO) < 0 || dup2(nowhere, STDERR_FILENO) < 0)
		fatal("cannot use /dev/null: %s", strerror(errno));
	if (write(success, "", 1) != 1)
		log_debug("nobody waits for the start");
	close(success);
	success = -1;
}
