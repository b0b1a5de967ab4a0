/* SPDX-License-Identifier: Apache-2.0 */
/* The messages between processes, and who may say them to whom. */
#ifndef MODEL_MESSAGE_H
#define MODEL_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "model/tables.h"

enum message {
#define MESSAGE(symbol, from, to, most, descriptor) MESSAGE_##symbol,
#include "model/messages.def"
#undef MESSAGE
	MESSAGE_COUNT
};

/*
 * The blobs that the reader makes and the parent hands on unread, in the order
 * in which they are handed on. The holders (who has held which account id) go
 * to no one but the next reader.
 */
enum blob { BLOB_CONFIG, BLOB_POLICY, BLOB_ACCOUNTS, BLOB_HOLDERS, BLOB_COUNT };

const char *message_name(enum message message);

/* Whether that process may say this to that one. */
bool message_allowed(enum message message, enum process from, enum process to);

/* Most bytes of its payload. */
uint32_t message_most(enum message message);

/* Whether a descriptor comes with it: then always exactly one. */
bool message_has_descriptor(enum message message);

/* Whether two processes have a channel between them at all. */
bool processes_talk(enum process one, enum process other);

#endif
