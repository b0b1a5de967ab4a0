/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/visiting.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"

/* A client; the path by majority vote (Boyer, Moore: "MJRTY", 1981). */
struct client {
	struct address address;
	uint64_t error; /* what its slot had counted for others */
	uint64_t seen;	/* and since then for it alone */
	uint64_t refused;
	uint64_t votes;
	size_t path_length;
	char path[LONGEST_VISITED + 1];
};

struct visited {
	uint32_t account;
	uint32_t generation;
	int64_t from;
	uint64_t requests;
	bool has_table;
	struct client *clients;
	size_t client_count, client_capacity;
};

struct visiting {
	struct map *accounts; /* id and generation -> struct visited */
	size_t tables;
	int64_t since; /* boot ms: what is new from now on began to be counted then */
};

struct visiting *
visiting_new(int64_t now)
{
	struct visiting *visiting = memory_new(1, sizeof(*visiting));
	visiting->accounts = map_new();
	visiting->since = now;
	return visiting;
}

static void
visited_free(struct visited *visited)
{
	free(visited->clients);
	free(visited);
}

void
visiting_free(struct visiting *visiting)
{
	if (!visiting)
		return;
	size_t position = 0;
	for (struct visited *each; (each = map_next(visiting->accounts, &position));)
		visited_free(each);
	map_free(visiting->accounts);
	free(visiting);
}

/* Counting. */

static uint64_t
key_of(uint32_t account, uint32_t generation)
{
	return (uint64_t)account << 32 | generation;
}

static struct visited *
get_visited(struct visiting *visiting, const struct account *account)
{
	uint64_t key = key_of(account->id, account->generation);
	struct visited *visited = map_find_u64(visiting->accounts, key);
	if (visited)
		return visited;
	visited = memory_new(1, sizeof(*visited));
	visited->account = account->id;
	visited->generation = account->generation;
	visited->from = visiting->since;
	visited->has_table = visiting->tables < MOST_TABLES;
	visiting->tables += visited->has_table;
	map_put_u64(visiting->accounts, key, visited);
	return visited;
}

static uint64_t
count_of(const struct client *client)
{
	return client->error + client->seen;
}

/* The client's slot: its own, a new one, or that of whom counts least. */
static struct client *
get_client(struct visited *visited, const struct address *address)
{
	struct client *least = NULL;
	for (size_t i = 0; i < visited->client_count; i++) {
		struct client *client = &visited->clients[i];
		if (address_equal(&client->address, address))
			return client;
		if (!least || count_of(client) < count_of(least))
			least = client;
	}
	if (visited->client_count < CLIENT_SLOTS) {
		memory_grow(&visited->clients, visited->client_count, &visited->client_capacity,
		    sizeof(*visited->clients));
		least = &visited->clients[visited->client_count++];
	}
	*least = (struct client){.address = *address, .error = count_of(least)};
	return least;
}

static void
vote(struct client *client, const char *path, size_t length)
{
	if (length > LONGEST_VISITED)
		length = LONGEST_VISITED;
	bool same = client->path_length == length && !memcmp(client->path, path, length);
	if (client->votes && !same) {
		client->votes--;
		return;
	}
	if (!same) {
		memcpy(client->path, path, length);
		client->path[length] = '\0';
		client->path_length = length;
	}
	client->votes++;
}

static bool
is_refusal(unsigned status)
{
	return status == 401 || status == 403 || status == 404 || status == 429;
}

void
visiting_count(struct visiting *visiting, const struct account *account,
    const struct access_line *line, bool named)
{
	struct visited *visited = get_visited(visiting, account);
	visited->requests++;
	if (!named || !visited->has_table)
		return;
	struct address visitor = address_of_visitor(&line->client);
	struct client *client = get_client(visited, &visitor);
	client->seen++;
	client->refused += is_refusal(line->status);
	vote(client, line->path, line->path_length);
}

/* Telling. */

static int
by_requests(const void *one, const void *other)
{
	const struct client *a = one, *b = other;
	if (a->seen != b->seen)
		return a->seen > b->seen ? -1 : 1;
	return memcmp(a->address.bytes, b->address.bytes, sizeof(a->address.bytes));
}

static uint32_t
narrow(uint64_t count)
{
	return count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

/* The order of the slots means nothing to the counting. */
static bool
give_one(struct visited *visited, int64_t now, visiting_give *give, void *context)
{
	char addresses[MOST_VISITORS][ADDRESS_TEXT];
	struct visits visits = {
	    .account = visited->account,
	    .generation = visited->generation,
	    .from = visited->from,
	    .until = now,
	    .requests = visited->requests,
	};
	if (visited->client_count)
		qsort(visited->clients, visited->client_count, sizeof(*visited->clients),
		    by_requests);
	for (size_t i = 0; i < visited->client_count && i < MOST_VISITORS; i++) {
		const struct client *client = &visited->clients[i];
		address_print_visitor(&client->address, addresses[i]);
		visits.visitors[visits.visitor_count++] = (struct visitor){
		    .address = addresses[i],
		    .requests = narrow(client->seen),
		    .refused = narrow(client->refused),
		    .path = client->path,
		};
	}
	return give(context, &visits);
}

static uint64_t
most_of_one(const struct visited *visited)
{
	uint64_t most = 0;
	for (size_t i = 0; i < visited->client_count; i++)
		if (visited->clients[i].seen > most)
			most = visited->clients[i].seen;
	return most;
}

void
visiting_take(struct visiting *visiting, int64_t now, uint64_t least, visiting_give *give,
    void *context)
{
	size_t position = 0;
	for (struct visited *each; (each = map_next(visiting->accounts, &position));) {
		if (most_of_one(each) < least)
			continue;
		if (!give_one(each, now, give, context))
			break;
		visiting->tables -= each->has_table;
		map_remove_u64(visiting->accounts, key_of(each->account, each->generation));
		visited_free(each);
	}
	visiting->since = now;
}
