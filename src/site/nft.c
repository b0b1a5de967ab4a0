/* SPDX-License-Identifier: Apache-2.0 */
#include "site/nft.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* Mail goes out through the mail server, which records whose it is. */
static const uint16_t mail_ports[] = {25, 465, 587};

static bool
has(const struct nft_ports *ports, enum protocol protocol, uint32_t port)
{
	return ports->bits[protocol][port / 8] >> port % 8 & 1;
}

void
nft_ports_add(struct nft_ports *ports, const struct site_ports *list)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct site_port *port = &list->list[i];
		for (uint32_t p = port->first; p && p <= port->last; p++)
			ports->bits[port->protocol][p / 8] |= (uint8_t)(1U << p % 8);
	}
}

void
nft_ports_remove(struct nft_ports *ports, enum protocol protocol, uint16_t port)
{
	ports->bits[protocol][port / 8] &= (uint8_t) ~(1U << port % 8);
}

void
nft_ports_of_flows(
    const struct site *site, enum role from, enum role to, struct nft_ports *ports)
{
	for (size_t i = 0; i < site->flow_count; i++)
		if (site->flows[i].from == from && site->flows[i].to == to)
			nft_ports_add(ports, &site->flows[i].ports);
}

void
nft_ports_of_customers(const struct site_role *role, struct nft_ports *ports)
{
	nft_ports_add(ports, &role->connects);
	for (size_t i = 0; i < array_length(mail_ports); i++)
		nft_ports_remove(ports, PROTOCOL_TCP, mail_ports[i]);
}

int
nft_address(const char *text, struct str *ret_address)
{
	char printed[INET6_ADDRSTRLEN];
	struct in6_addr address;
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	if (inet_pton(family, text, &address) != 1 ||
	    !inet_ntop(family, &address, printed, sizeof(printed)))
		return 0;
	str_clear(ret_address);
	str_add(ret_address, printed);
	return family == AF_INET ? 4 : 6;
}

int
nft_network(const char *text, struct str *ret_network)
{
	const char *slash = strchr(text, '/');
	char address[INET_ADDRSTRLEN] = "", *end = NULL;
	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return 0;
	memcpy(address, text, (size_t)(slash - text));
	unsigned long bits = strtoul(slash + 1, &end, 10);
	if (end == slash + 1 || *end || bits > 32 || nft_address(address, ret_network) != 4)
		return 0;
	str_addf(ret_network, "/%lu", bits);
	return 4;
}

void
nft_set_done(struct nft_set *set)
{
	str_done(&set->elements);
}

void
nft_set_add(struct nft_set *set, const char *format, ...)
{
	char *element;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(&element, format, arguments);
	va_end(arguments);
	if (length < 0)
		panic("no memory for an element");
	str_addf(&set->elements, "%s\n\t%s", set->elements.length ? "," : "", element);
	free(element);
}

static void
add_range(
    struct nft_set *set, const char *prefix, enum protocol protocol, const uint32_t range[2])
{
	const char *dot = *prefix ? " . " : "";
	const char *name = protocol_name(protocol);
	if (range[0] == range[1])
		nft_set_add(set, "%s%s%s . %u", prefix, dot, name, range[0]);
	else
		nft_set_add(set, "%s%s%s . %u-%u", prefix, dot, name, range[0], range[1]);
}

void
nft_set_add_ports(struct nft_set *set, const char *prefix, const struct nft_ports *ports)
{
	for (enum protocol protocol = 0; protocol < PROTOCOL_COUNT; protocol++)
		for (uint32_t port = 1; port <= UINT16_MAX; port++) {
			if (!has(ports, protocol, port))
				continue;
			uint32_t range[2] = {port, port};
			while (range[1] < UINT16_MAX && has(ports, protocol, range[1] + 1))
				range[1]++;
			add_range(set, prefix, protocol, range);
			port = range[1];
		}
}

void
nft_set_print(const struct nft_set *set, const char *table, struct str *out)
{
	str_addf(out, "flush set %s %s\n", table, set->name);
	if (set->elements.length)
		str_addf(out, "add element %s %s {%s\n}\n", table, set->name,
		    str_text(&set->elements));
}

int64_t
nft_time(int64_t wall)
{
	return wall < 0 ? 0 : wall / 1000;
}
