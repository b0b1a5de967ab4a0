/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/log_paths.h"

#include <stdbool.h>
#include <string.h>

#include "base/map.h"
#include "base/str.h"

#define ACCOUNT "{account}"
#define DOMAIN	"{domain}"

/* The list while it is being made. */
struct listing {
	struct log_paths list;
	struct arena *arena;
	struct map *known;
};

static bool
is_one_name(const char *name)
{
	return *name && *name != '.' && !strchr(name, '/');
}

static void
add_path(struct listing *listing, const struct str *path, size_t trusted,
    const struct account *account)
{
	if (map_find_text(listing->known, str_text(path)))
		return;
	map_put_text(listing->known, str_text(path), listing);
	if (listing->list.named++ >= MOST_LOGS)
		return;
	listing->list.paths[listing->list.count++] = (struct log_path){
	    .path = arena_copy_text(listing->arena, str_text(path)),
	    .trusted = trusted,
	    .account = account,
	};
}

/* The folder in front of the first name that is not the operator's. */
static size_t
trusted_part(const char *pattern)
{
	size_t length = strcspn(pattern, "{");
	while (length && pattern[length - 1] != '/')
		length--;
	return length;
}

static void
add_for(struct listing *listing, const char *pattern, const struct account *account,
    const char *domain)
{
	auto_str path = {0};
	const char *at = pattern;
	while (*at) {
		if (text_starts_with(at, ACCOUNT)) {
			str_add(&path, account->name);
			at += strlen(ACCOUNT);
		} else if (text_starts_with(at, DOMAIN)) {
			str_add(&path, domain);
			at += strlen(DOMAIN);
		} else {
			str_add_char(&path, *at++);
		}
	}
	add_path(listing, &path, trusted_part(pattern), account);
}

static void
add_for_account(struct listing *listing, const char *pattern, const struct account *account)
{
	if (!is_one_name(account->name))
		return;
	if (!strstr(pattern, DOMAIN)) {
		add_for(listing, pattern, account, NULL);
		return;
	}
	for (uint32_t i = 0; i < account->domain_count; i++)
		if (is_one_name(account->domains[i]))
			add_for(listing, pattern, account, account->domains[i]);
}

static void
add_pattern(struct listing *listing, const char *pattern, const struct accounts *accounts)
{
	if (!strchr(pattern, '{')) {
		auto_str path = {0};
		str_add(&path, pattern);
		add_path(listing, &path, trusted_part(pattern), NULL);
		return;
	}
	for (size_t i = 0; i < accounts_count(accounts); i++)
		add_for_account(listing, pattern, accounts_at(accounts, i));
}

struct log_paths
log_paths_of(const char *setting, const struct accounts *accounts, struct arena *arena)
{
	struct listing listing = {.arena = arena, .known = map_new()};
	size_t length;
	listing.list.paths = arena_alloc(arena, MOST_LOGS * sizeof(*listing.list.paths));
	for (const char *word; (word = text_next_word(&setting, &length));)
		add_pattern(&listing, arena_copy(arena, word, length), accounts);
	map_free(listing.known);
	return listing.list;
}
