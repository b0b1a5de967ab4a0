/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has logged in to POP lately: the gate counts by it, and begins anew now and then. Kept
 * over restarts in the checkpoint. Only for flow/.
 */
#ifndef FLOW_LOGINS_H
#define FLOW_LOGINS_H

#include <stdint.h>

#include "base/arena.h"
#include "base/attributes.h"
#include "base/str.h"
#include "base/wire.h"
#include "model/session.h"

struct logins;

struct logins *logins_new(void) must_use;
void logins_free(struct logins *logins);

/* Times are engine time, ms, and do not go backwards. */
void logins_add(struct logins *logins, const char *mailbox, int64_t at);

/* Drops those before that time. */
void logins_forget(struct logins *logins, int64_t before);

/* All of them, oldest first, as of now; they and their names are the arena's. */
struct logins_seen logins_list(const struct logins *logins, int64_t now, struct arena *arena);

/* Into a checkpoint and back, into a list that is empty yet; malformed bytes fail the reader.
 */
void logins_encode(const struct logins *logins, struct str *out);
void logins_decode(struct logins *logins, struct wire_reader *reader, int64_t now);

#endif
