/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who handed a mail in, for the gate: by the queue file of the mail server whose process asked
 * it, or by the table of connections of the network that this process is in.
 */
#ifndef SENSORS_MAIL_PEEK_H
#define SENSORS_MAIL_PEEK_H

#include "model/mail_question.h"

/*
 * The answer to a question. Of a queue file it is the file, which the caller closes: its head
 * says who it was (gates/queue_file.h); else -1. Wants CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH
 * for other users' processes.
 */
int mail_peek(const struct mail_question *question, struct mail_answer *ret_answer);

/*
 * The uid in a line of /proc/net/tcp or tcp6 whose own end is the client's and whose other one
 * is the mail server's: 0 and the uid; -ESRCH: it is another's, or nobody holds it any more (no
 * inode, which must not be taken for root's).
 */
int mail_peek_line(const char *line, const struct mail_question *question, uint32_t *ret_uid)
    must_use;

#endif
