/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who handed a mail to sendmail(1), by Postfix's own queue file. The pickup daemon writes the
 * owner of the file that set-gid postdrop made, which is the kernel's word, into the first
 * Received: header. Whatever the sender wrote comes behind it.
 */
#ifndef GATES_QUEUE_FILE_H
#define GATES_QUEUE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/* Bytes of its begin that are enough for some ten thousand recipients, who come first. */
enum { QUEUE_FILE_HEAD = 1 << 20 };

/*
 * 0 and the uid; -ENOENT: the mail did not come from a local program; -EBADMSG: this is no
 * queue file, or its begin was cut off before the header.
 */
int queue_file_uid(const void *bytes, size_t length, uint32_t *ret_uid) must_use;

/* When postdrop(1) began to write it, ms of the wall clock: pickup keeps that, however often the mail
 * has waited. 0: it does not say. */
int64_t queue_file_time(const void *bytes, size_t length);

#endif
