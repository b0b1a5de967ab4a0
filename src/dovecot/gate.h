/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line to hayward's gate of logins, for plugins of Dovecot: one connection for each
 * session, which stands for it and ends with it. What is said on it: src/gates/login_line.h.
 */
#ifndef DOVECOT_GATE_H
#define DOVECOT_GATE_H

#include <stdbool.h>
#include <stddef.h>

enum { GATE_LINE = 2048 };

/*
 * A connection and what has come on it; fd is -1 where there is none. One that has ended stays
 * open until gate_close(), for somebody may be waiting for its descriptor.
 */
struct gate {
	int fd;
	bool ended;
	size_t length;
	char bytes[GATE_LINE];
};

/* Tries the places where the gate may be. false: it is at none. */
bool gate_open(struct gate *gate);
void gate_close(struct gate *gate);
bool gate_is_there(const struct gate *gate);

/* false: it is gone. No text has a line end in it. */
bool gate_say(struct gate *gate, const char *const *words);

/*
 * The next line, without its end, valid until the next call; NULL: none within so many ms, or
 * the connection has ended.
 */
const char *gate_hear(struct gate *gate, int patience);

#endif
