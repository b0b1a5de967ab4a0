/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who handed a mail in, for the gate: by the queue file of the mail server whose process asked
 * it, or by the table of connections of the network that this process is in.
 */
#ifndef SENSORS_MAIL_PEEK_H
#define SENSORS_MAIL_PEEK_H

#include <netinet/in.h>
#include <stdbool.h>

#include "model/mail_question.h"

/*
 * The answer to a question. kernel: of socket_ask_open(), for the network that it was made in;
 * -1: there is none. Of a queue file it is the file, which the caller closes: its head
 * says who it was (gates/queue_file.h); else -1, and a status that is never -ENOENT, for that
 * has a meaning in there. Wants CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH for other users'
 * processes.
 */
int mail_peek(int kernel, const struct mail_question *question, struct mail_answer *ret_answer);

/*
 * The uid in a line of /proc/net/tcp or tcp6 whose own end is the client's and whose other one
 * is the mail server's: 0 and the uid; -ESRCH: it is another's, or nobody holds it any more (no
 * inode, which must not be taken for root's).
 */
int mail_peek_line(
    const char *line, const struct mail_question *question, uint32_t *ret_uid) must_use;

/*
 * Lines of /proc/net/fib_trie, which holds an address until its kind follows, and of if_inet6:
 * whether the wanted address is this machine's own.
 */
bool mail_peek_own4(
    const char *line, char held[static LONGEST_ADDRESS + 1], const char *wanted);
bool mail_peek_own6(const char *line, const struct in6_addr *wanted);

#endif
