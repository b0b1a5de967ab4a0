/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/sites.h"

#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "sensors/web_path.h"

enum { LONGEST_HOST = 255, LONGEST_NAME = 64 };

struct sites {
	const struct accounts *accounts;
	struct map *domains;  /* domain in small letters -> struct owner */
	struct owner *owners; /* one for each account */
};

/* A map keeps no constant pointers. */
struct owner {
	const struct account *account;
};

/* In small letters, without the dot that a full name may end with; 0: no host at all. */
static size_t
plain_host(const char *host, size_t length, char out[LONGEST_HOST])
{
	if (length && host[length - 1] == '.')
		length--;
	if (length > LONGEST_HOST)
		return 0;
	for (size_t i = 0; i < length; i++)
		out[i] =
		    host[i] >= 'A' && host[i] <= 'Z' ? (char)(host[i] - 'A' + 'a') : host[i];
	return length;
}

struct sites *
sites_new(const struct accounts *accounts)
{
	struct sites *sites = memory_new(1, sizeof(*sites));
	size_t count = accounts_count(accounts);
	char host[LONGEST_HOST];
	sites->accounts = accounts;
	sites->domains = map_new();
	sites->owners = memory_new(count ? count : 1, sizeof(*sites->owners));
	for (size_t i = 0; i < count; i++) {
		const struct account *account = accounts_at(accounts, i);
		sites->owners[i].account = account;
		for (uint32_t j = 0; j < account->domain_count; j++) {
			const char *domain = account->domains[j];
			size_t length = plain_host(domain, strlen(domain), host);
			if (length && !map_find(sites->domains, host, length))
				map_put(sites->domains, host, length, &sites->owners[i]);
		}
	}
	return sites;
}

void
sites_free(struct sites *sites)
{
	if (!sites)
		return;
	map_free(sites->domains);
	free(sites->owners);
	free(sites);
}

static const struct account *
find_host(const struct sites *sites, const char *text, size_t length)
{
	static const char www[] = "www.";
	char host[LONGEST_HOST];
	size_t size = text ? plain_host(text, length, host) : 0, skip = sizeof(www) - 1;
	const struct owner *owner = size ? map_find(sites->domains, host, size) : NULL;
	if (!owner && size > skip && !memcmp(host, www, skip))
		owner = map_find(sites->domains, host + skip, size - skip);
	return owner ? owner->account : NULL;
}

/* "/~name", and "/~name/" with whatever behind it. */
static const struct account *
find_path(const struct sites *sites, const char *path, size_t length)
{
	char plain[LONGEST_ACCESS_LINE + 1], name[LONGEST_NAME + 1];
	if (length < 3 || length > LONGEST_ACCESS_LINE)
		return NULL;
	size_t size = web_path_plain(path, length, plain);
	if (size < 3 || plain[0] != '/' || plain[1] != '~')
		return NULL;
	const char *slash = memchr(plain + 2, '/', size - 2);
	size_t name_length = slash ? (size_t)(slash - plain) - 2 : size - 2;
	if (name_length > LONGEST_NAME)
		return NULL;
	memcpy(name, plain + 2, name_length);
	name[name_length] = '\0';
	return strlen(name) == name_length ? accounts_find_name(sites->accounts, name) : NULL;
}

const struct account *
sites_find(const struct sites *sites, const struct access_line *line)
{
	const struct account *account = find_host(sites, line->vhost, line->vhost_length);
	return account ? account : find_path(sites, line->path, line->path_length);
}
