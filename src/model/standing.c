/* SPDX-License-Identifier: Apache-2.0 */
#include "model/standing.h"

#include <errno.h>
#include <string.h>

#include "base/wire.h"

enum {
	LONGEST_CLAUSE = 15,
	SMALLEST_RULE = 40, /* bytes of one without texts */
};

static void
encode_rule(const struct standing_rule *rule, struct str *out)
{
	wire_put_text(out, rule->clause);
	wire_put_u32(out, rule->measure);
	wire_put_i64(out, rule->most);
	wire_put_i64(out, rule->window);
	wire_put_u8(out, rule->acts);
	wire_put_text(out, rule->text);
	wire_put_u32(out, (uint32_t)rule->client_count);
	for (size_t i = 0; i < rule->client_count; i++) {
		wire_put_bytes(out, rule->clients[i].first.bytes, ADDRESS_BYTES);
		wire_put_u8(out, rule->clients[i].bits);
	}
	wire_put_u32(out, (uint32_t)rule->account_count);
	for (size_t i = 0; i < rule->account_count; i++)
		wire_put_u32(out, rule->accounts[i]);
}

void
standing_encode(const struct standing_rules *standing, struct str *out)
{
	wire_put_u32(out, (uint32_t)standing->count);
	for (size_t i = 0; i < standing->count; i++)
		encode_rule(&standing->rules[i], out);
}

static void
decode_clients(struct wire_reader *reader, struct arena *arena, struct standing_rule *rule)
{
	rule->client_count = wire_get_count(reader, sizeof(uint32_t) + ADDRESS_BYTES + 1);
	struct network *clients = arena_alloc(arena, rule->client_count * sizeof(*clients));
	for (size_t i = 0; i < rule->client_count; i++) {
		size_t length;
		const void *bytes = wire_get_bytes(reader, ADDRESS_BYTES, &length);
		if (!bytes || length != ADDRESS_BYTES)
			reader->failed = true;
		else
			memcpy(clients[i].first.bytes, bytes, ADDRESS_BYTES);
		clients[i].bits = (uint8_t)wire_get_u8(reader);
		if (clients[i].bits > 8 * ADDRESS_BYTES)
			reader->failed = true;
	}
	rule->clients = clients;
}

static void
decode_accounts(struct wire_reader *reader, struct arena *arena, struct standing_rule *rule)
{
	rule->account_count = wire_get_count(reader, sizeof(uint32_t));
	uint32_t *accounts = arena_alloc(arena, rule->account_count * sizeof(*accounts));
	for (size_t i = 0; i < rule->account_count; i++)
		accounts[i] = wire_get_u32(reader);
	rule->accounts = accounts;
}

static void
decode_rule(struct wire_reader *reader, struct arena *arena, struct standing_rule *rule)
{
	rule->clause = wire_get_text(reader, arena, LONGEST_CLAUSE);
	rule->measure = (enum measure)wire_get_below(reader, MEASURE_COUNT);
	rule->most = wire_get_i64(reader);
	rule->window = wire_get_i64(reader);
	rule->acts = wire_get_u8(reader) != 0;
	rule->text = wire_get_text(reader, arena, LONGEST_ANSWER);
	decode_clients(reader, arena, rule);
	decode_accounts(reader, arena, rule);
}

int
standing_decode(
    const void *bytes, size_t length, struct arena *arena, struct standing_rules *ret_standing)
{
	struct wire_reader reader = wire_read(bytes, length);
	size_t count = wire_get_count(&reader, SMALLEST_RULE);
	struct standing_rule *rules = arena_alloc(arena, count * sizeof(*rules));
	for (size_t i = 0; i < count && !reader.failed; i++)
		decode_rule(&reader, arena, &rules[i]);
	int status = wire_end(&reader);
	if (!status)
		*ret_standing = (struct standing_rules){count, rules};
	return status;
}

bool
standing_excepts(
    const struct standing_rule *rule, const struct address *client, uint32_t account)
{
	for (size_t i = 0; i < rule->client_count; i++)
		if (network_has(&rule->clients[i], client))
			return true;
	for (size_t i = 0; i < rule->account_count && account; i++)
		if (rule->accounts[i] == account)
			return true;
	return false;
}

static const char *
find_word(const char *name, size_t length, const struct standing_word *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strlen(words[i].name) == length && !memcmp(words[i].name, name, length))
			return words[i].value;
	return NULL;
}

void
standing_fill(const char *text, const struct standing_word *words, size_t count, bool finally,
    struct str *out)
{
	while (*text) {
		size_t plain = strcspn(text, "{");
		str_add_bytes(out, text, plain);
		text += plain;
		if (!*text)
			return;
		bool is_brace = text[1] == '{';
		size_t name = strcspn(text + 1, "}");
		size_t place = is_brace ? 2 : 1 + name + (text[1 + name] != '\0');
		const char *value =
		    is_brace ? (finally ? "{" : NULL) : find_word(text + 1, name, words, count);
		if (value)
			str_add(out, value);
		else if (!finally)
			str_add_bytes(out, text, place);
		text += place;
	}
}
