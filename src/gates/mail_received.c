/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/mail_received.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/* Half of the message for texts; the other half holds the rest of a thousand. */
enum { MOST_BYTES = 32768 };

void
mail_received_add(
    struct mail_received *received, const struct account *account, const char *address)
{
	if (!received->arena) {
		received->arena = arena_new();
		received->by_address = map_new();
	}
	size_t number = (size_t)(uintptr_t)map_find_text(received->by_address, address);
	size_t bytes = strlen(account->name) + strlen(address);
	if (number) {
		received->list[number - 1].recipients++;
		return;
	}
	if (received->count == MOST_RECEIVED || received->bytes + bytes > MOST_BYTES)
		return;
	received->bytes += bytes;
	memory_grow(
	    &received->list, received->count, &received->capacity, sizeof(*received->list));
	received->list[received->count++] = (struct received){
	    .account = account->id,
	    .generation = account->generation,
	    .recipients = 1,
	    .account_name = arena_copy_text(received->arena, account->name),
	    .address = arena_copy_text(received->arena, address),
	};
	map_put_text(received->by_address, address, (void *)(uintptr_t)received->count);
}

void
mail_received_clear(struct mail_received *received)
{
	free(received->list);
	map_free(received->by_address);
	arena_free(received->arena);
	*received = (struct mail_received){0};
}
