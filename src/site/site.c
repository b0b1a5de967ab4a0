/* SPDX-License-Identifier: Apache-2.0 */
#include "site/site.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	const char *what;
} roles[ROLE_COUNT] = {
#define ROLE(symbol, name, what) {name, what},
#include "site/roles.def"
#undef ROLE
};

static const char *const protocols[PROTOCOL_COUNT] = {
    [PROTOCOL_TCP] = "tcp", [PROTOCOL_UDP] = "udp"};

const char *
role_name(enum role role)
{
	return roles[role].name;
}

const char *
role_what(enum role role)
{
	return roles[role].what;
}

bool
role_has_mail(enum role role)
{
	return role == ROLE_MAIL || role == ROLE_WEB || role == ROLE_SHELL;
}

const char *
site_gate_name(enum site_gate gate)
{
	static const char *const names[SITE_GATE_COUNT] = {[SITE_GATE_REQUIRED] = "required",
	    [SITE_GATE_WANTED] = "wanted",
	    [SITE_GATE_OFF] = "off"};
	return names[gate];
}

enum site_gate
site_gate_of(const struct site *site, enum role role)
{
	bool has_one = role_has_mail(role) && site->roles[role].place != PLACE_NOWHERE;
	return has_one ? site->gate : SITE_GATE_OFF;
}

bool
site_has_own_gate(const struct site *site, enum role role)
{
	bool asks = site_gate_of(site, role) != SITE_GATE_OFF ||
		    (role == ROLE_MAIL && site->logins != SITE_GATE_OFF);
	return asks && role_has_mail(role) && site->roles[role].place == PLACE_MACHINE;
}

const struct site_filter *
site_filter_find(const struct site *site, enum filter_kind kind)
{
	for (size_t i = 0; i < site->filter_count; i++)
		if (site->filters[i].rule.kind == kind)
			return &site->filters[i];
	return NULL;
}

int
role_find(const char *name)
{
	for (int role = 0; role < ROLE_COUNT; role++)
		if (text_equal(roles[role].name, name))
			return role;
	return -1;
}

const char *
protocol_name(enum protocol protocol)
{
	return protocols[protocol];
}

/* A port at *at, which moves behind it; 0: none. */
static uint16_t
take_port(const char **at)
{
	uint32_t port = 0;
	const char *digit = *at;
	for (; *digit >= '0' && *digit <= '9' && port <= UINT16_MAX; digit++)
		port = port * 10 + (uint32_t)(*digit - '0');
	*at = digit;
	return port <= UINT16_MAX ? (uint16_t)port : 0;
}

int
site_port_parse(const char *text, struct site_port *ret_port)
{
	struct site_port port = {.first = take_port(&text)};
	port.last = port.first;
	if (*text == '-') {
		text++;
		port.last = take_port(&text);
	}
	if (!port.first || port.last < port.first || *text != '/')
		return -EINVAL;
	for (port.protocol = 0; port.protocol < PROTOCOL_COUNT; port.protocol++) {
		if (!text_equal(text + 1, protocols[port.protocol]))
			continue;
		*ret_port = port;
		return 0;
	}
	return -EINVAL;
}

void
site_port_print(const struct site_port *port, struct str *out)
{
	str_addf(out, "%u", port->first);
	if (port->last != port->first)
		str_addf(out, "-%u", port->last);
	str_addf(out, "/%s", protocols[port->protocol]);
}

const struct site_plan *
site_plan_find(const struct site *site, const char *name)
{
	for (size_t i = 0; i < site->plan_count; i++)
		if (text_equal(site->plans[i].name, name))
			return &site->plans[i];
	return NULL;
}
