/* SPDX-License-Identifier: Apache-2.0 */
/*
 * To which addresses of accounts a mail comes. Whoever writes to a thousand made-up names of a
 * domain writes a thousand times to the one address that takes them all.
 */
#ifndef GATES_MAIL_RECEIVED_H
#define GATES_MAIL_RECEIVED_H

#include <stddef.h>

#include "base/map.h"
#include "model/account.h"
#include "model/mailed.h"

struct mail_received {
	struct received *list;
	size_t count, capacity;
	size_t bytes;		/* of their texts */
	struct arena *arena;	/* which holds these */
	struct map *by_address; /* number + 1 */
};

/*
 * Another recipient is that address of the account's; both are copied. Of more addresses than
 * go into one message to the engine the last are left out.
 */
void mail_received_add(
    struct mail_received *received, const struct account *account, const char *address);

void mail_received_clear(struct mail_received *received);

#endif
