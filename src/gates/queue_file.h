/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who handed a mail to sendmail(1), by Postfix's own queue file. The pickup daemon writes the
 * owner of the file that set-gid postdrop made, which is the kernel's word, into the first
 * Received: header. Whatever the sender wrote comes behind it.
 */
#ifndef GATES_QUEUE_FILE_H
#define GATES_QUEUE_FILE_H

#include <stdint.h>

#include "base/attributes.h"

/* Bytes before the message that are looked through: recipients are there, and nobody has as
 * many. */
enum { QUEUE_FILE_MOST_ENVELOPE = 64 * 1024 * 1024 };

struct handed_in {
	uint32_t uid;
	/* When postdrop(1) began to write it, ms of the wall clock: pickup keeps that, however
	 * often the mail has waited. 0: it does not say. */
	int64_t at;
};

/*
 * 0 and who it was; -ENOENT: the mail server wrote it itself, for its first header is the
 * server's and names nobody; -EBADMSG: this is no queue file, or the mail is of neither; else
 * -errno: it cannot be read.
 */
int queue_file_read(int fd, struct handed_in *ret_handed) must_use;

#endif
