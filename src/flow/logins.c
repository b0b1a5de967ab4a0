/* SPDX-License-Identifier: Apache-2.0 */
#include "flow/logins.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum { MOST_LOGINS = 65536, SMALLEST_LOGIN = 12 };

struct login {
	char *mailbox;
	int64_t at;
};

/* A ring, oldest first from `first` on. */
struct logins {
	struct login *ring;
	size_t first, count, capacity;
};

static struct login *
login_at(const struct logins *logins, size_t index)
{
	return &logins->ring[(logins->first + index) % logins->capacity];
}

static void
drop_oldest(struct logins *logins)
{
	free(login_at(logins, 0)->mailbox);
	logins->first = (logins->first + 1) % logins->capacity;
	logins->count--;
}

static void
grow(struct logins *logins)
{
	size_t capacity = logins->capacity ? 2 * logins->capacity : 64;
	struct login *ring = memory_new(capacity, sizeof(*ring));
	for (size_t i = 0; i < logins->count; i++)
		ring[i] = *login_at(logins, i);
	free(logins->ring);
	logins->ring = ring;
	logins->first = 0;
	logins->capacity = capacity;
}

void
logins_add(struct logins *logins, const char *mailbox, int64_t at)
{
	if (logins->count >= MOST_LOGINS)
		drop_oldest(logins);
	if (logins->count == logins->capacity)
		grow(logins);
	*login_at(logins, logins->count++) = (struct login){memory_copy_text(mailbox), at};
}

void
logins_forget(struct logins *logins, int64_t before)
{
	while (logins->count && login_at(logins, 0)->at < before)
		drop_oldest(logins);
}

struct logins_seen
logins_list(const struct logins *logins, int64_t now, struct arena *arena)
{
	struct login_seen *seen = arena_alloc(arena, logins->count * sizeof(*seen));
	for (size_t i = 0; i < logins->count; i++) {
		const struct login *login = login_at(logins, i);
		seen[i].mailbox = arena_copy_text(arena, login->mailbox);
		seen[i].ago = now - login->at;
	}
	return (struct logins_seen){logins->count, seen};
}

void
logins_encode(const struct logins *logins, struct str *out)
{
	wire_put_u32(out, (uint32_t)logins->count);
	for (size_t i = 0; i < logins->count; i++) {
		wire_put_text(out, login_at(logins, i)->mailbox);
		wire_put_i64(out, login_at(logins, i)->at);
	}
}

void
logins_decode(struct logins *logins, struct wire_reader *reader, int64_t now)
{
	size_t count = wire_get_count(reader, SMALLEST_LOGIN);
	for (size_t i = 0; i < count && !reader->failed; i++) {
		char mailbox[LONGEST_MAILBOX + 1];
		wire_get_text_into(reader, mailbox, sizeof(mailbox));
		int64_t at = wire_get_i64(reader);
		if (at > now)
			reader->failed = true;
		if (!reader->failed)
			logins_add(logins, mailbox, at);
	}
}

struct logins *
logins_new(void)
{
	return memory_new(1, sizeof(struct logins));
}

void
logins_free(struct logins *logins)
{
	while (logins && logins->count)
		drop_oldest(logins);
	if (logins)
		free(logins->ring);
	free(logins);
}
