/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/file.h"
#include "model/request.h"

enum { LONGEST_LINE = 1024, INTERRUPT = 3 };

static int
complain(const struct arguments *arguments, const char *words)
{
	fprintf(stderr, "hayward %s: %s\n", arguments->command, words);
	return ANSWER_USAGE;
}

/* Byte by byte: what follows the line is somebody else's. Whether it came to an end. */
static bool
read_line(int fd, struct str *out)
{
	char byte;
	while (out->length < LONGEST_LINE && read(fd, &byte, 1) == 1) {
		if (byte == '\n')
			return true;
		if (byte == INTERRUPT)
			return false;
		str_add_char(out, byte);
	}
	return out->length > 0;
}

/* Signals are characters meanwhile: whoever interrupts us gets his terminal back as it was. */
static int
ask_terminal(const struct arguments *arguments, const char *prompt, struct str *out)
{
	auto_fd int terminal = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios before, silent;
	if (terminal < 0 || tcgetattr(terminal, &before))
		return complain(arguments, "there is no terminal: say --password-file FILE");
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ISIG);
	if (tcsetattr(terminal, TCSAFLUSH, &silent))
		return complain(arguments, "the terminal cannot be kept from showing it");
	dprintf(terminal, "%s: ", prompt);
	bool whole = read_line(terminal, out);
	tcsetattr(terminal, TCSAFLUSH, &before);
	dprintf(terminal, "\n");
	return whole ? ANSWER_OK : complain(arguments, "nothing was changed");
}

int
secret_read(
    const struct arguments *arguments, const char *file, const char *prompt, struct str *out)
{
	if (!file)
		return ask_terminal(arguments, prompt, out);
	auto_fd int opened = -1;
	bool is_input = text_equal(file, "-");
	if (!is_input)
		opened = open(file, O_RDONLY | O_CLOEXEC);
	if (!is_input && opened < 0) {
		fprintf(stderr, "hayward %s: cannot read the password: %s\n",
		    arguments->command, strerror(errno));
		return ANSWER_USAGE;
	}
	bool whole = read_line(is_input ? STDIN_FILENO : opened, out);
	str_cut(out, strcspn(str_text(out), "\r"));
	return whole ? ANSWER_OK : complain(arguments, "no password was given");
}

int
secret_read_new(const struct arguments *arguments, const char *file, struct str *out)
{
	auto_secret again = {0};
	int status = secret_read(arguments, file, "New password", out);
	if (!status && !file)
		status = secret_read(arguments, NULL, "The same again", &again);
	if (!status && !file && !text_equal(str_text(out), str_text(&again)))
		return complain(arguments, "the two differ; nothing was changed");
	return status;
}

void
secret_done(struct str *secret)
{
	if (secret->data)
		explicit_bzero(secret->data, secret->capacity);
	str_done(secret);
}
