/* SPDX-License-Identifier: Apache-2.0 */
/* Which question about its sender a conversation raises, by what the mail server has told. */
#ifndef GATES_MAIL_ASK_H
#define GATES_MAIL_ASK_H

#include <stdbool.h>

#include "gates/milter.h"
#include "model/mail_question.h"

/* Of a client that is on this machine; false: it is elsewhere, and nobody here can know it. */
bool mail_ask_connection(const struct milter *milter, struct mail_question *ret_question);

/* Of a mail that a program handed in; false: its queue file has no name that could be one. */
bool mail_ask_queue_file(const struct milter *milter, struct mail_question *ret_question);

#endif
