/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The gate that Dovecot asks about each login and each folder that somebody opens: connections
 * over sockets of its own, one for each session, which ends with the session, however that
 * ends.
 *
 *     hello, select -> porter -> ok or no; a folder that somebody else has: is he still there?
 *
 * A client that lost its network leaves a session that nobody hears of any more. So before the
 * newcomer is refused the old session is made to say something to its client, and looks whether
 * that arrives: if it has not after ten seconds, the old session ends and the newcomer is in.
 */
#ifndef GATES_LOGIN_GATE_H
#define GATES_LOGIN_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "gates/porter.h"
#include "model/account.h"

struct event_base;
struct login_gate;

/* What it wants of whoever has it. */
struct login_ways {
	void *context;
	/* Whether a process of that uid can be Dovecot's own, and not a customer's. */
	bool (*is_server)(void *context, uint32_t uid);
	/* The account of that uid, valid until the next call; NULL: it is the system's. */
	const struct account *(*account)(void *context, uint32_t uid);
	/*
	 * Asks whether that process was started by Dovecot's master; login_gate_answer()
	 * follows under that number. 0; -errno: nobody can be asked.
	 */
	int (*ask)(void *context, uint64_t id, uint32_t pid);
};

/* ways is copied, the porter borrowed. */
struct login_gate *login_gate_new(
    struct event_base *loop, const struct login_ways *ways, struct porter *porter) must_use;
void login_gate_free(struct login_gate *gate);

/* status: 0 it was; -EPERM it was not; else nobody knows, and it is let in uncounted. */
void login_gate_answer(struct login_gate *gate, uint64_t id, int status);

/* Who was asked is gone. */
void login_gate_unanswered(struct login_gate *gate);

/* Serves a listening socket, which it owns from now on. 0 or -errno. */
int login_gate_serve(struct login_gate *gate, int listener) must_use;

#endif
