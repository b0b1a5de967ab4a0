/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/unnamed.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "base/memory.h"
#include "base/str.h"

struct unnamed {
	struct map *own;	  /* the address's bytes -> this struct */
	struct network *networks; /* loopback, unspecified, the proxies */
	size_t count, capacity;
};

void
unnamed_free(struct unnamed *unnamed)
{
	if (!unnamed)
		return;
	map_free(unnamed->own);
	free(unnamed->networks);
	free(unnamed);
}

static void
add_networks(struct unnamed *unnamed, const char *words)
{
	size_t length;
	for (const char *word; (word = text_next_word(&words, &length));) {
		struct network network;
		if (network_parse(word, length, &network))
			continue;
		memory_grow(&unnamed->networks, unnamed->count, &unnamed->capacity,
		    sizeof(*unnamed->networks));
		unnamed->networks[unnamed->count++] = network;
	}
}

void
unnamed_set_proxies(struct unnamed *unnamed, const char *proxies)
{
	unnamed->count = 0;
	add_networks(unnamed, "127.0.0.0/8 0.0.0.0 ::1 ::");
	add_networks(unnamed, proxies);
}

struct unnamed *
unnamed_new(void)
{
	struct unnamed *unnamed = memory_new(1, sizeof(*unnamed));
	unnamed->own = map_new();
	unnamed_set_proxies(unnamed, "");
	return unnamed;
}

static void
add_own(struct unnamed *unnamed, const struct sockaddr *socket)
{
	struct address address;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	if (socket && socket->sa_family == AF_INET) {
		memcpy(&v4, socket, sizeof(v4));
		address = address_of_v4(&v4.sin_addr);
	} else if (socket && socket->sa_family == AF_INET6) {
		memcpy(&v6, socket, sizeof(v6));
		memcpy(address.bytes, &v6.sin6_addr, sizeof(address.bytes));
	} else {
		return;
	}
	map_put(unnamed->own, address.bytes, sizeof(address.bytes), unnamed);
}

void
unnamed_refresh(struct unnamed *unnamed)
{
	struct ifaddrs *interfaces;
	if (getifaddrs(&interfaces)) {
		log_warning("cannot tell this host's own addresses: %s", strerror(errno));
		return;
	}
	map_free(unnamed->own);
	unnamed->own = map_new();
	for (const struct ifaddrs *each = interfaces; each; each = each->ifa_next)
		add_own(unnamed, each->ifa_addr);
	freeifaddrs(interfaces);
}

bool
unnamed_has(const struct unnamed *unnamed, const struct address *address)
{
	if (map_find(unnamed->own, address->bytes, sizeof(address->bytes)))
		return true;
	for (size_t i = 0; i < unnamed->count; i++)
		if (network_has(&unnamed->networks[i], address))
			return true;
	return false;
}
