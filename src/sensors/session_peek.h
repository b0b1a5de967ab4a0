/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a process that says what somebody does is Dovecot's, for the gate of logins. */
#ifndef SENSORS_SESSION_PEEK_H
#define SENSORS_SESSION_PEEK_H

#include <stdint.h>

#include "base/attributes.h"

/*
 * 0: the process was started by Dovecot's master; -EPERM: by somebody else; else -errno. It has
 * the uid of a customer by then, as his own programs have, but nobody makes a child of root's
 * process.
 */
int session_peek(uint32_t pid) must_use;

#endif
