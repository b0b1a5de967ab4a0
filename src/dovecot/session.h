/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A session of Dovecot as hayward's gate knows it, for both plugins.
 *
 * Settings, in Dovecot's plugin { }:
 *     hayward_exempt = ADDRESS[/BITS] ...    who is not asked about: the site's own servers
 *     hayward_required = yes                 nobody comes in while the gate is away
 */
#ifndef DOVECOT_SESSION_H
#define DOVECOT_SESSION_H

#include "lib.h"

#include "gate.h"
#include "mail-user.h"

extern struct gate session_gate;

bool session_is_exempt(struct mail_user *user);
bool session_is_required(struct mail_user *user);

/* Connects, and says who has come. service: "pop3" or "imap". false: the gate is away. */
bool session_hello(struct mail_user *user, const char *service);

enum session_answer { SESSION_OK, SESSION_NO, SESSION_AWAY };

/*
 * Waits for "ok" or "no": of the latter ret_code and ret_text, in the data stack; two seconds,
 * or longer if the gate says so. A probe meanwhile is answered: who asks for something is
 * alive.
 */
enum session_answer session_wait(const char **ret_code, const char **ret_text);

#endif
