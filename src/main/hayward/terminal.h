/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A terminal as a screen: taken over for a while, given back as it was,
 * whatever ends us. Signals are read from a descriptor instead of handled, so
 * nothing runs at a moment that nobody chose.
 */
#ifndef MAIN_HAYWARD_TERMINAL_H
#define MAIN_HAYWARD_TERMINAL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

struct terminal;

enum terminal_event {
	TERMINAL_TIMEOUT,
	TERMINAL_KEY,
	TERMINAL_RESIZED, /* also: we are in the foreground again */
	TERMINAL_END,	  /* a signal ends us, or the terminal is gone */
};

/* Takes the terminal of standard input and output over; NULL if they are none. */
struct terminal *terminal_open(void) must_use;

/* Gives it back; if a signal is to end us, does so in its name. NULL is fine. */
void terminal_close(struct terminal *terminal);

/* Waits at most so many ms; ret_key gets the key of TERMINAL_KEY. */
enum terminal_event terminal_wait(struct terminal *terminal, int milliseconds, char *ret_key);

/* Shows a whole screen in place of the one before. */
void terminal_show(struct terminal *terminal, const struct str *screen);

/* Lines that fit. */
size_t terminal_height(const struct terminal *terminal);

#endif
