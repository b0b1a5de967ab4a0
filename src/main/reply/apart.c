/* SPDX-License-Identifier: Apache-2.0 */
/* The child that reads a mail: a pipe, a bound on its time, and no more said than four texts.
 */
#include "main/reply/letter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/wire.h"

enum {
	READING_SECONDS = 10, /* of processor time; a mail of 1 MiB takes a hundredth of one */
	WAITING_SECONDS = 60,
	LONGEST_TEXT = 4096,
	MOST_SAID = 4 * (LONGEST_TEXT + 4),
	EXIT_READ = 0,
	EXIT_NOT_TOLD = 1,
};

static void
encode(const struct letter *letter, struct str *out)
{
	wire_put_text(out, str_text(&letter->from));
	wire_put_text(out, str_text(&letter->to));
	wire_put_text(out, str_text(&letter->automatic));
	wire_put_text(out, str_text(&letter->words));
}

static int
decode(const struct str *bytes, struct letter *ret_letter)
{
	auto_arena struct arena *arena = arena_new();
	struct wire_reader reader = wire_read(bytes->data, bytes->length);
	const char *texts[4];
	for (size_t i = 0; i < array_length(texts); i++)
		texts[i] = wire_get_text(&reader, arena, LONGEST_TEXT);
	int status = wire_end(&reader);
	if (status)
		return status;
	str_add(&ret_letter->from, texts[0]);
	str_add(&ret_letter->to, texts[1]);
	str_add(&ret_letter->automatic, texts[2]);
	str_add(&ret_letter->words, texts[3]);
	return 0;
}

static void never_returns
read_and_tell(const void *bytes, size_t length, int fd)
{
	auto_letter letter = {0};
	auto_str said = {0};
	struct rlimit time = {READING_SECONDS, READING_SECONDS}, none = {0, 0};
	if (setrlimit(RLIMIT_CPU, &time) || setrlimit(RLIMIT_CORE, &none) ||
	    setrlimit(RLIMIT_FSIZE, &none) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		_exit(EXIT_NOT_TOLD);
	alarm(WAITING_SECONDS);
	letter_read(bytes, length, &letter);
	encode(&letter, &said);
	_exit(file_write_all(fd, said.data, said.length) ? EXIT_NOT_TOLD : EXIT_READ);
}

static bool
ended_well(pid_t child)
{
	int status = 0;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) && WEXITSTATUS(status) == EXIT_READ;
}

int
letter_read_apart(const void *bytes, size_t length, struct letter *ret_letter)
{
	int ends[2];
	auto_str said = {0};
	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	pid_t child = fork();
	if (child == 0)
		read_and_tell(bytes, length, ends[1]);
	int error = child < 0 ? -errno : 0;
	close(ends[1]);
	int status = error ? error : file_read_fd(ends[0], MOST_SAID, &said);
	close(ends[0]);
	if (error)
		return error;
	bool good = ended_well(child);
	return status || !good ? -EBADMSG : decode(&said, ret_letter);
}
