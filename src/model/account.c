/* SPDX-License-Identifier: Apache-2.0 */
#include "model/account.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"

enum {
	TABLE_VERSION = 2,
	LONGEST_TEXT = 1024,
	SMALLEST_ACCOUNT = 60,
	LONGEST_DOMAIN = 253,
	LONGEST_ADDRESS = 320
};

/* One range of uids and whose it is, sorted by its first uid. */
struct owner {
	struct uid_range range;
	const struct account *account;
};

/* An address and whose it is. */
struct found_address {
	const struct account *account; /* NULL: of several, so nobody's */
	const char *address;
};

struct accounts {
	struct arena *arena;
	uint32_t floor;
	uint32_t count;
	struct account *records;
	struct owner *owners;
	size_t owner_count;
	struct map *by_id;
	struct map *by_name;
	struct map *by_domain;	/* in small letters; of several accounts: nobody */
	struct map *by_address; /* likewise */
};

static struct account nobody;

static void
account_encode(const struct account *account, struct str *out)
{
	wire_put_u32(out, account->id);
	wire_put_u32(out, account->generation);
	wire_put_text(out, account->name);
	wire_put_text(out, account->plan);
	wire_put_text(out, account->contact);
	wire_put_text(out, account->home);
	wire_put_u8(out, account->is_protected);
	wire_put_i64(out, account->initial_bytes);
	wire_put_i64(out, account->initial_files);
	wire_put_i64(out, account->created);
	wire_put_u32(out, account->own_uids);
	wire_put_u32(out, account->uid_count);
	for (uint32_t i = 0; i < account->uid_count; i++) {
		wire_put_u32(out, account->uids[i].first);
		wire_put_u32(out, account->uids[i].count);
	}
	wire_put_u32(out, account->domain_count);
	for (uint32_t i = 0; i < account->domain_count; i++)
		wire_put_text(out, account->domains[i]);
	wire_put_u32(out, account->address_count);
	for (uint32_t i = 0; i < account->address_count; i++)
		wire_put_text(out, account->addresses[i]);
	wire_put_u32(out, account->limit_count);
	for (uint32_t i = 0; i < account->limit_count; i++) {
		wire_put_text(out, account->limits[i].name);
		wire_put_i64(out, account->limits[i].value);
		wire_put_u32(out, account->limits[i].unit);
	}
}

void
accounts_encode(const struct account *records, uint32_t count, uint32_t floor, struct str *out)
{
	wire_put_u32(out, TABLE_VERSION);
	wire_put_u32(out, floor);
	wire_put_u32(out, count);
	for (uint32_t i = 0; i < count; i++)
		account_encode(&records[i], out);
}

static void
decode_lists(struct wire_reader *reader, struct arena *arena, struct account *account)
{
	account->own_uids = wire_get_u32(reader);
	account->uid_count = wire_get_count(reader, 8);
	account->uids = arena_alloc(arena, account->uid_count * sizeof(*account->uids));
	for (uint32_t i = 0; i < account->uid_count; i++) {
		account->uids[i].first = wire_get_u32(reader);
		account->uids[i].count = wire_get_u32(reader);
	}
	account->domain_count = wire_get_count(reader, 4);
	account->domains = arena_alloc(arena, account->domain_count * sizeof(char *));
	for (uint32_t i = 0; i < account->domain_count; i++)
		account->domains[i] = wire_get_text(reader, arena, LONGEST_TEXT);
	account->address_count = wire_get_count(reader, 4);
	account->addresses = arena_alloc(arena, account->address_count * sizeof(char *));
	for (uint32_t i = 0; i < account->address_count; i++)
		account->addresses[i] = wire_get_text(reader, arena, LONGEST_TEXT);
	account->limit_count = wire_get_count(reader, 16);
	account->limits = arena_alloc(arena, account->limit_count * sizeof(*account->limits));
	for (uint32_t i = 0; i < account->limit_count; i++) {
		account->limits[i].name = wire_get_text(reader, arena, LONGEST_TEXT);
		account->limits[i].value = wire_get_i64(reader);
		account->limits[i].unit = wire_get_u32(reader);
	}
}

static struct account
account_decode(struct wire_reader *reader, struct arena *arena)
{
	struct account account = {0};
	account.id = wire_get_u32(reader);
	account.generation = wire_get_u32(reader);
	account.name = wire_get_text(reader, arena, LONGEST_TEXT);
	account.plan = wire_get_text(reader, arena, LONGEST_TEXT);
	account.contact = wire_get_text(reader, arena, LONGEST_TEXT);
	account.home = wire_get_text(reader, arena, LONGEST_TEXT);
	account.is_protected = wire_get_u8(reader) != 0;
	account.initial_bytes = wire_get_i64(reader);
	account.initial_files = wire_get_i64(reader);
	account.created = wire_get_i64(reader);
	decode_lists(reader, arena, &account);
	return account;
}

/* A name as a key: in small letters, cut to what there is room for. */
static void
write_key(const char *name, char *key, size_t size)
{
	size_t length = strnlen(name, size - 1);
	for (size_t i = 0; i < length; i++)
		key[i] = (char)tolower((unsigned char)name[i]);
	key[length] = '\0';
}

static void
index_domains(struct accounts *accounts, struct account *account)
{
	char key[LONGEST_DOMAIN + 1];
	for (uint32_t i = 0; i < account->domain_count; i++) {
		write_key(account->domains[i], key, sizeof(key));
		const struct account *other = map_find_text(accounts->by_domain, key);
		map_put_text(
		    accounts->by_domain, key, other && other != account ? &nobody : account);
	}
}

static void
index_addresses(struct accounts *accounts, const struct account *account)
{
	char key[LONGEST_ADDRESS + 1];
	for (uint32_t i = 0; i < account->address_count; i++) {
		write_key(account->addresses[i], key, sizeof(key));
		struct found_address *found = map_find_text(accounts->by_address, key);
		if (found && found->account != account)
			found->account = NULL;
		if (found)
			continue;
		found = arena_alloc(accounts->arena, sizeof(*found));
		*found = (struct found_address){account, account->addresses[i]};
		map_put_text(accounts->by_address, key, found);
	}
}

static int
by_first_uid(const void *left, const void *right)
{
	const struct owner *one = left, *other = right;
	return one->range.first < other->range.first ? -1
						     : one->range.first > other->range.first;
}

static void
index_account(struct accounts *accounts, struct account *account, size_t *capacity)
{
	map_put_u64(accounts->by_id, account->id, account);
	map_put_text(accounts->by_name, account->name, account);
	index_domains(accounts, account);
	index_addresses(accounts, account);
	for (uint32_t i = 0; i < account->uid_count; i++) {
		memory_grow(&accounts->owners, accounts->owner_count, capacity,
		    sizeof(*accounts->owners));
		accounts->owners[accounts->owner_count++] =
		    (struct owner){account->uids[i], account};
	}
}

/* Two accounts that claim one uid would let one be blamed for the other: refused. */
static bool
overlaps(const struct accounts *accounts)
{
	for (size_t i = 1; i < accounts->owner_count; i++) {
		const struct uid_range *before = &accounts->owners[i - 1].range;
		if ((uint64_t)before->first + before->count > accounts->owners[i].range.first)
			return true;
	}
	return map_count(accounts->by_id) != accounts->count ||
	       map_count(accounts->by_name) != accounts->count;
}

int
accounts_decode(const void *bytes, size_t length, struct accounts **ret_accounts)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct accounts *accounts = memory_new(1, sizeof(*accounts));
	accounts->arena = arena_new();
	accounts->by_id = map_new();
	accounts->by_name = map_new();
	accounts->by_domain = map_new();
	accounts->by_address = map_new();
	bool known = wire_get_u32(&reader) == TABLE_VERSION;
	accounts->floor = wire_get_u32(&reader);
	accounts->count = wire_get_count(&reader, SMALLEST_ACCOUNT);
	accounts->records =
	    arena_alloc(accounts->arena, accounts->count * sizeof(*accounts->records));
	size_t capacity = 0;
	for (uint32_t i = 0; i < accounts->count; i++) {
		accounts->records[i] = account_decode(&reader, accounts->arena);
		index_account(accounts, &accounts->records[i], &capacity);
	}
	if (accounts->owner_count)
		qsort(accounts->owners, accounts->owner_count, sizeof(*accounts->owners),
		    by_first_uid);
	if (!known || wire_end(&reader) || overlaps(accounts)) {
		accounts_free(accounts);
		return -EBADMSG;
	}
	*ret_accounts = accounts;
	return 0;
}

void
accounts_free(struct accounts *accounts)
{
	if (!accounts)
		return;
	map_free(accounts->by_id);
	map_free(accounts->by_name);
	map_free(accounts->by_domain);
	map_free(accounts->by_address);
	free(accounts->owners);
	arena_free(accounts->arena);
	free(accounts);
}

size_t
accounts_count(const struct accounts *accounts)
{
	return accounts->count;
}

uint32_t
accounts_floor(const struct accounts *accounts)
{
	return accounts->floor;
}

const struct account *
accounts_at(const struct accounts *accounts, size_t index)
{
	return &accounts->records[index];
}

const struct account *
accounts_find_uid(const struct accounts *accounts, uint32_t uid)
{
	size_t low = 0, high = accounts->owner_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct uid_range *range = &accounts->owners[middle].range;
		if (uid < range->first)
			high = middle;
		else if (uid - range->first < range->count)
			return accounts->owners[middle].account;
		else
			low = middle + 1;
	}
	return NULL;
}

const struct account *
accounts_find_id(const struct accounts *accounts, uint32_t id)
{
	return map_find_u64(accounts->by_id, id);
}

const struct account *
accounts_find_name(const struct accounts *accounts, const char *name)
{
	return map_find_text(accounts->by_name, name);
}

const struct account *
accounts_find_login(const struct accounts *accounts, const char *login)
{
	const char *at = strrchr(login, '@');
	char key[LONGEST_DOMAIN + 1];
	if (!at)
		return accounts_find_name(accounts, login);
	if (strlen(at + 1) > LONGEST_DOMAIN)
		return NULL;
	write_key(at + 1, key, sizeof(key));
	const struct account *account = map_find_text(accounts->by_domain, key);
	return account == &nobody ? NULL : account;
}

/* The extension goes first, as in a mail server. */
static void
cut_extension(char *address)
{
	char *plus = strchr(address, '+'), *at = strrchr(address, '@');
	if (plus && at && plus < at && plus > address)
		memmove(plus, at, strlen(at) + 1);
}

const struct account *
accounts_find_address(
    const struct accounts *accounts, const char *recipient, const char **ret_address)
{
	char key[LONGEST_ADDRESS + 1];
	if (strlen(recipient) > LONGEST_ADDRESS || !strchr(recipient, '@'))
		return NULL;
	write_key(recipient, key, sizeof(key));
	const struct found_address *found = map_find_text(accounts->by_address, key);
	cut_extension(key);
	if (!found)
		found = map_find_text(accounts->by_address, key);
	if (!found)
		found = map_find_text(accounts->by_address, strrchr(key, '@'));
	if (!found || !found->account)
		return NULL;
	*ret_address = found->address;
	return found->account;
}

bool
accounts_may_act(const struct accounts *accounts, const struct account *account)
{
	if (account->is_protected || !account->uid_count)
		return false;
	for (uint32_t i = 0; i < account->uid_count; i++)
		if (account->uids[i].first < accounts->floor || account->uids[i].first == 0)
			return false;
	return true;
}
