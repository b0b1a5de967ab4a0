/* SPDX-License-Identifier: Apache-2.0 */
#include "main/hayward/terminal.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"

struct terminal {
	struct termios before;
	sigset_t mask_before;
	int signals;
	int ended_by; /* the signal that ends us, 0: none */
};

static void
say(const char *bytes)
{
	auto_str text = {0};
	str_add(&text, bytes);
	/* A terminal that is gone shows nothing; its hang-up ends us soon. */
	if (file_write_all(STDOUT_FILENO, str_text(&text), text.length))
		return;
}

/* The other screen, no cursor; keys come one by one and are not echoed. */
static void
take_over(const struct terminal *terminal)
{
	struct termios raw = terminal->before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
	say("\033[?1049h\033[?25l");
}

static void
give_back(const struct terminal *terminal)
{
	say("\033[?25h\033[?1049l");
	tcsetattr(STDIN_FILENO, TCSADRAIN, &terminal->before);
}

static sigset_t
signals_read(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGWINCH};
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < array_length(numbers); i++)
		sigaddset(&set, numbers[i]);
	return set;
}

struct terminal *
terminal_open(void)
{
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return NULL;
	struct terminal *terminal = memory_new(1, sizeof(*terminal));
	sigset_t set = signals_read();
	sigprocmask(SIG_BLOCK, &set, &terminal->mask_before);
	terminal->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (terminal->signals < 0 || tcgetattr(STDIN_FILENO, &terminal->before)) {
		if (terminal->signals >= 0)
			close(terminal->signals);
		sigprocmask(SIG_SETMASK, &terminal->mask_before, NULL);
		free(terminal);
		return NULL;
	}
	take_over(terminal);
	return terminal;
}

void
terminal_close(struct terminal *terminal)
{
	if (!terminal)
		return;
	give_back(terminal);
	int signal_number = terminal->ended_by;
	close(terminal->signals);
	if (signal_number)
		raise(signal_number);
	sigprocmask(SIG_SETMASK, &terminal->mask_before, NULL);
	free(terminal);
}

/* Stops as the shell's user wants, with the terminal given back meanwhile. */
static void
stop_for_a_while(struct terminal *terminal)
{
	give_back(terminal);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	take_over(terminal);
}

static enum terminal_event
on_signal(struct terminal *terminal)
{
	struct signalfd_siginfo information;
	if (read(terminal->signals, &information, sizeof(information)) !=
	    (ssize_t)sizeof(information))
		return TERMINAL_TIMEOUT;
	int number = (int)information.ssi_signo;
	if (number == SIGTSTP)
		stop_for_a_while(terminal);
	if (number == SIGTSTP || number == SIGWINCH)
		return TERMINAL_RESIZED;
	terminal->ended_by = number;
	return TERMINAL_END;
}

enum terminal_event
terminal_wait(struct terminal *terminal, int milliseconds, char *ret_key)
{
	struct pollfd waits[] = {
	    {.fd = terminal->signals, .events = POLLIN},
	    {.fd = STDIN_FILENO, .events = POLLIN},
	};
	int ready = poll(waits, array_length(waits), milliseconds);
	if (ready < 0)
		return errno == EINTR ? TERMINAL_TIMEOUT : TERMINAL_END;
	if (waits[0].revents)
		return on_signal(terminal);
	if (!waits[1].revents)
		return TERMINAL_TIMEOUT;
	return read(STDIN_FILENO, ret_key, 1) == 1 ? TERMINAL_KEY : TERMINAL_END;
}

/* Each line is cleared behind its end, not the screen before it: nothing flickers. */
void
terminal_show(struct terminal *terminal, const struct str *screen)
{
	(void)terminal;
	auto_str out = {0};
	str_add(&out, "\033[H");
	for (const char *at = str_text(screen); *at; at++) {
		if (*at == '\n')
			str_add(&out, "\033[K\r");
		str_add_char(&out, *at);
	}
	str_add(&out, "\033[J");
	say(str_text(&out));
}

size_t
terminal_height(const struct terminal *terminal)
{
	(void)terminal;
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || size.ws_row < 4)
		return 24;
	return size.ws_row;
}
