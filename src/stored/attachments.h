/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What counts as an attachment of a mail: a file that its author put beside his words. What
 * mail programs put there themselves does not: pictures of an HTML mail, signatures, keys, an
 * encrypted text, invitations. A mail that is passed on is none, what it brings along is.
 *
 * Who has a file called otherwise gets away with it; whose mail is no file's is left alone.
 */
#ifndef STORED_ATTACHMENTS_H
#define STORED_ATTACHMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct mime_part;

/* Whether that part is one. */
bool attachment_is(const struct mime_part *part);

/* How many a message has, of which the bytes are given. Bounded as gates/mime.h is. */
uint32_t attachments_count(const char *message, size_t length);

/* Whether its headers alone say that there is none: values of Content-Type and of
 * Content-Disposition, "" where the message has none. */
bool attachments_none(const char *type, const char *disposition);

#endif
