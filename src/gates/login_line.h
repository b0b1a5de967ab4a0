/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Dovecot's side of the gate says (src/dovecot), a line each, its words parted by tabs:
 *
 *     hello   1  pop3|imap  LOGIN  ADDRESS    somebody has logged in from there; POP waits for "ok"
 *     client  PROGRAM                         stands for the program that he says he has
 *     select  FOLDER                          wants it for himself, waits for "ok"
 *     hold    FOLDER                          has it already: the gate began anew
 *     leave                                   has none any more
 *     alive, dead                             what "probe" found of his connection
 *
 * and what it is told: "ok", "no CODE TEXT", "wait" (for one of these), "probe", "end".
 */
#ifndef GATES_LOGIN_LINE_H
#define GATES_LOGIN_LINE_H

#include "base/attributes.h"

enum login_word {
	LOGIN_HELLO,
	LOGIN_CLIENT,
	LOGIN_SELECT,
	LOGIN_HOLD,
	LOGIN_LEAVE,
	LOGIN_ALIVE,
	LOGIN_DEAD,
};

enum { LONGEST_LOGIN_LINE = 2048, MOST_LOGIN_WORDS = 4, LONGEST_PROGRAM = 64, LOGIN_VERSION = 1 };

struct login_line {
	enum login_word word;
	const char *words[MOST_LOGIN_WORDS]; /* what follows it, within the line */
};

/* Takes a line apart, in place; it has no line end. -EBADMSG: it is none of these. */
int login_line_read(char *line, struct login_line *ret_line) must_use;

#endif
