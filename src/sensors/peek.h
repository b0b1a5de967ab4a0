/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The peeker's closed list of questions. It holds CAP_SYS_PTRACE and
 * CAP_DAC_READ_SEARCH, so the list is all that it does: it looks, never writes,
 * never decides, and interprets nothing that a customer wrote.
 */
#ifndef SENSORS_PEEK_H
#define SENSORS_PEEK_H

#include "base/arena.h"
#include "model/account.h"
#include "model/question.h"

/*
 * Answers one question; the answer's texts live in the arena. Whatever goes
 * wrong is the answer's status: -ESRCH the process is gone or is another one
 * by now, -EXDEV the path leads out of the account's root, -EPERM the file is
 * not the account's, else -errno.
 */
void peek_answer(const struct question *question, const struct accounts *accounts,
    struct arena *arena, struct answer *ret_answer);

#endif
