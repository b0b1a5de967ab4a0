/* SPDX-License-Identifier: Apache-2.0 */
#include "base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

enum { LARGEST_OUTPUT = 1024 * 1024, PIECE = 16 * 1024 };

static int
wait_for(pid_t pid, int milliseconds)
{
	int status = 0;
	auto_fd int fd = pidfd_open(pid, 0);
	struct pollfd end = {fd, POLLIN, 0};
	bool ended = fd >= 0 && poll(&end, 1, milliseconds) > 0;
	if (!ended)
		kill(pid, SIGKILL); /* our own child, not waited for: the pid is still its */
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	if (!ended)
		return -ETIMEDOUT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -EIO;
}

/* What comes in and goes out lies in memory files: nobody has to be read from in time. */
static int
spawn_between(const char *const *arguments, int input, int output, int errors, pid_t *ret_pid)
{
	static const char *const environment[] = {
	    "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "HOME=/nonexistent", NULL};
	posix_spawn_file_actions_t files;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	if (errors >= 0)
		posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
	else
		posix_spawn_file_actions_addopen(
		    &files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	/* posix_spawn() does not change them. */
	int status = posix_spawn(ret_pid, arguments[0], &files, NULL,
	    (char *const *)(uintptr_t)arguments,
	    (char *const *)(uintptr_t)environment); /* NOLINT */
	posix_spawn_file_actions_destroy(&files);
	return -status;
}

int
program_start(const char *const *arguments, const struct str *input, enum program_words words,
    struct program *ret_program)
{
	static const struct str nothing = {0};
	const struct str *given = input ? input : &nothing;
	pid_t pid = 0;
	auto_fd int in = file_memory("input", str_text(given), given->length);
	auto_fd int output = memfd_create("output", MFD_CLOEXEC);
	if (in < 0 || output < 0)
		return in < 0 ? in : -errno;
	int status = spawn_between(
	    arguments, in, output, words == PROGRAM_OUTPUT_AND_ERRORS ? output : -1, &pid);
	if (!status)
		*ret_program = (struct program){pid, take_fd(output)};
	return status;
}

int
program_finish(struct program *program, int milliseconds, struct str *out)
{
	auto_fd int output = program->output;
	int status = wait_for(program->pid, milliseconds);
	if (status < 0 && status != -ETIMEDOUT)
		return status;
	int got =
	    lseek(output, 0, SEEK_SET) < 0 ? -errno : file_read_fd(output, LARGEST_OUTPUT, out);
	return got ? got : status;
}

int
program_run(
    const char *const *arguments, const struct str *input, int milliseconds, struct str *out)
{
	struct program program;
	int status = program_start(arguments, input, PROGRAM_OUTPUT, &program);
	return status ? status : program_finish(&program, milliseconds, out);
}

int
program_check(const char *const *arguments, int milliseconds, struct str *out)
{
	struct program program;
	int status = program_start(arguments, NULL, PROGRAM_OUTPUT_AND_ERRORS, &program);
	return status ? status : program_finish(&program, milliseconds, out);
}

static int
time_left(int64_t deadline)
{
	int64_t left = deadline - clock_boot();
	return left > 0 ? (int)left : 0;
}

/* Until it says no more, or its time is over. */
static void
read_until(int fd, int64_t deadline, program_reader *read_piece, void *context)
{
	char bytes[PIECE];
	struct pollfd more = {fd, POLLIN, 0};
	for (int ready; (ready = poll(&more, 1, time_left(deadline)));) {
		ssize_t length = ready > 0 ? read(fd, bytes, sizeof(bytes)) : -1;
		if (length > 0)
			read_piece(context, bytes, (size_t)length);
		else if (!length || errno != EINTR)
			return;
	}
}

int
program_read(
    const char *const *arguments, int milliseconds, program_reader *read_piece, void *context)
{
	int ends[2];
	pid_t pid = 0;
	int64_t deadline = clock_boot() + milliseconds;
	auto_fd int nothing = file_memory("input", "", 0);
	if (nothing < 0 || pipe2(ends, O_CLOEXEC))
		return nothing < 0 ? nothing : -errno;
	auto_fd int output = ends[0];
	int status = spawn_between(arguments, nothing, ends[1], -1, &pid);
	close(ends[1]);
	if (status)
		return status;
	read_until(output, deadline, read_piece, context);
	return wait_for(pid, time_left(deadline));
}

int
program_pass(
    const char *const *arguments, int input, int output, int milliseconds, struct str *errors)
{
	pid_t pid = 0;
	int words = memfd_create("errors", MFD_CLOEXEC);
	if (words < 0)
		return -errno;
	struct program program = {.output = words};
	int status = spawn_between(arguments, input, output, words, &pid);
	program.pid = pid;
	if (!status)
		return program_finish(&program, milliseconds, errors);
	close(words);
	return status;
}
