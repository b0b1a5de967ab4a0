/* SPDX-License-Identifier: Apache-2.0 */
#include "model/session.h"

#include "base/wire.h"

enum { SMALLEST_LOGIN = 12 };

static void
put_login(const struct login_seen *login, struct str *out)
{
	wire_put_text(out, login->mailbox);
	wire_put_i64(out, login->ago);
}

static struct login_seen
get_login(struct wire_reader *reader, struct arena *arena)
{
	struct login_seen login;
	login.mailbox = wire_get_text(reader, arena, LONGEST_MAILBOX);
	login.ago = wire_get_i64(reader);
	return login;
}

void
login_seen_encode(const struct login_seen *login, struct str *out)
{
	put_login(login, out);
}

int
login_seen_decode(
    const void *bytes, size_t length, struct arena *arena, struct login_seen *ret_login)
{
	struct wire_reader reader = wire_read(bytes, length);
	*ret_login = get_login(&reader, arena);
	return wire_end(&reader);
}

void
logins_seen_encode(const struct logins_seen *logins, struct str *out)
{
	wire_put_u32(out, (uint32_t)logins->count);
	for (size_t i = 0; i < logins->count; i++)
		put_login(&logins->logins[i], out);
}

int
logins_seen_decode(
    const void *bytes, size_t length, struct arena *arena, struct logins_seen *ret_logins)
{
	struct wire_reader reader = wire_read(bytes, length);
	size_t count = wire_get_count(&reader, SMALLEST_LOGIN);
	struct login_seen *logins = arena_alloc(arena, count * sizeof(*logins));
	for (size_t i = 0; i < count && !reader.failed; i++)
		logins[i] = get_login(&reader, arena);
	*ret_logins = (struct logins_seen){count, logins};
	return wire_end(&reader);
}

void
turned_away_encode(const struct turned_away *away, struct str *out)
{
	wire_put_text(out, away->clause);
	wire_put_u8(out, away->acted);
	wire_put_u32(out, away->account);
	wire_put_u32(out, away->generation);
	wire_put_text(out, away->account_name);
	wire_put_u32(out, away->kind);
	wire_put_text(out, away->who);
	wire_put_text(out, away->client);
	wire_put_text(out, away->reference);
	wire_put_i64(out, away->value);
	wire_put_i64(out, away->limit);
	wire_put_u32(out, away->times);
	wire_put_text(out, away->text);
}

int
turned_away_decode(const void *bytes, size_t length, struct turned_away *ret_away)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct turned_away away = {.account = 0};
	wire_get_text_into(&reader, away.clause, sizeof(away.clause));
	away.acted = wire_get_u8(&reader) != 0;
	away.account = wire_get_u32(&reader);
	away.generation = wire_get_u32(&reader);
	wire_get_text_into(&reader, away.account_name, sizeof(away.account_name));
	away.kind = (enum subject_kind)wire_get_below(&reader, KIND_COUNT);
	wire_get_text_into(&reader, away.who, sizeof(away.who));
	wire_get_text_into(&reader, away.client, sizeof(away.client));
	wire_get_text_into(&reader, away.reference, sizeof(away.reference));
	away.value = wire_get_i64(&reader);
	away.limit = wire_get_i64(&reader);
	away.times = wire_get_u32(&reader);
	wire_get_text_into(&reader, away.text, sizeof(away.text));
	int status = wire_end(&reader);
	if (!status)
		*ret_away = away;
	return status;
}
