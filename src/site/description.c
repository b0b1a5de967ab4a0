/* SPDX-License-Identifier: Apache-2.0 */
#include "site/description.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/file.h"
#include "config/reading.h"
#include "config/values.h"
#include "model/address.h"
#include "site/description_check.h"
#include "site/description_filter.h"
#include "site/names.h"

/* A file being read, and what has been said in it so far. */
struct describing {
	struct reading reading;
	struct site site;
	struct site_places places;
};

/* Single values, each a word that a function finds fault with. */

static void
read_checked(struct reading *reading, const char **text, const char *(*wrong)(const char *text),
    const char *wanted)
{
	struct word word;
	const char *value = reading_value(reading, wanted, &word);
	const char *why = value ? wrong(value) : NULL;
	if (why)
		reading_complain(reading, &word, why, wanted);
	else if (value)
		*text = value;
}

/* An address as inet_ntop(3) writes it, so that the same one is the same text. */
static void
read_address(struct reading *reading, bool is_6, const char **text, const char *wanted)
{
	char printed[ADDRESS_TEXT];
	struct word word;
	struct address address;
	const char *value = reading_value(reading, wanted, &word);
	if (!value)
		return;
	if (address_parse(value, strlen(value), &address) || !strchr(value, ':') == is_6) {
		reading_complain(
		    reading, &word, is_6 ? "such as 2001:db8::7" : "such as 192.0.2.7", wanted);
	} else if (!address_is_hosts(&address) || (is_6 && address_is_v4(&address))) {
		reading_complain(reading, &word, "no host has this one for others", wanted);
	} else {
		address_print(&address, printed);
		*text = arena_copy_text(reading->arena, printed);
	}
}

static const char *
network_wrong(const char *text)
{
	struct network network;
	if (network_parse(text, strlen(text), &network) || strchr(text, ':') ||
	    !strchr(text, '/'))
		return "such as 10.77.0.0/24";
	return NULL;
}

static const char *
path_wrong(const char *text)
{
	return text[0] == '/' && !folder_wrong(text + 1) ? NULL : "an absolute path";
}

/* What ip(8) takes for a network device: no slash, no blank, at most 15 bytes. */
static const char *
device_wrong(const char *text)
{
	return strlen(text) <= 15 && !suffix_wrong(text) ? NULL
							 : "at most 15 of a to z and 0 to 9";
}

/* A name that ssh(1) is given; it could take others for an option or for a command. */
static const char *
machine_wrong(const char *text)
{
	const char *at = strchr(text, '@');
	return text_starts_with(text, "root@") && at && !host_name_wrong(at + 1)
		   ? NULL
		   : "such as root@web.example.net";
}

static void
read_ports(struct reading *reading, struct site_ports *ports)
{
	if (!reading_open(reading, "ports stand in braces"))
		return;
	while (reading_more(reading, ports->count)) {
		struct word word = words_take(&reading->words);
		struct site_port port;
		if (site_port_parse(word.text, &port)) {
			reading_complain(
			    reading, &word, "such as 80/tcp or 40000-40099/tcp", "a port");
			continue;
		}
		ports->list = reading_grow(reading, ports->list, ports->count, sizeof(port));
		ports->list[ports->count++] = port;
	}
}

/* site NAME { ... } */

static void
read_uids(struct describing *describing)
{
	static const char wanted[] = "'uids' wants a range such as 20000-59999";
	struct word word;
	uint32_t first, count;
	const char *text = reading_value(&describing->reading, wanted, &word);
	if (text && reading_range(text, &first, &count)) {
		reading_complain(&describing->reading, &word, NULL, wanted);
	} else if (text) {
		describing->site.uid_first = first;
		describing->site.uid_last = (int64_t)first + count - 1;
		describing->places.uids = word.place;
	}
}

static void
read_gate(struct reading *reading, const char *wanted, enum site_gate *gate)
{
	const char *names[SITE_GATE_COUNT + 1] = {0};
	struct word word;
	const char *text = reading_value(reading, wanted, &word);
	for (int i = 0; i < SITE_GATE_COUNT; i++) {
		names[i] = site_gate_name((enum site_gate)i);
		if (text && text_equal(text, names[i])) {
			*gate = (enum site_gate)i;
			return;
		}
	}
	if (text)
		reading_complain_name(reading, &word, names, wanted);
}

static void
read_site(struct describing *describing)
{
	static const char *const items[] = {"operator", "homes", "mail", "network", "gateway",
	    "bridge", "uids", "gate", "logins", NULL};
	size_t lines[array_length(items)] = {0};
	struct reading *reading = &describing->reading;
	struct site *site = &describing->site;
	describing->places.site = reading->words.next.place;
	read_checked(reading, &site->name, domain_name_wrong, "'site' wants a domain");
	if (!reading_open(reading, "a site wants '{'"))
		return;
	int item;
	while ((item = reading_item(reading, items, lines,
		    "a site says operator, homes, network and the like",
		    "a site ends with '}'")) >= 0) {
		if (item == 0)
			read_checked(reading, &site->operator, contact_wrong,
			    "'operator' wants a mail address");
		else if (item == 1)
			read_checked(reading, &site->homes, path_wrong, "'homes' wants a path");
		else if (item == 2)
			read_checked(reading, &site->mail, path_wrong, "'mail' wants a path");
		else if (item == 3)
			read_checked(reading, &site->network, network_wrong,
			    "'network' wants a network");
		else if (item == 4)
			read_address(
			    reading, false, &site->gateway, "'gateway' wants an IPv4 address");
		else if (item == 5)
			read_checked(
			    reading, &site->bridge, device_wrong, "'bridge' wants a name");
		else if (item == 6)
			read_uids(describing);
		else if (item == 7)
			read_gate(reading, "'gate' wants required, wanted or off", &site->gate);
		else
			read_gate(
			    reading, "'logins' wants required, wanted or off", &site->logins);
	}
}

/* role NAME { ... } */

enum role_item {
	ROLE_ON,
	ROLE_HOST,
	ROLE_ADDRESS,
	ROLE_ADDRESS6,
	ROLE_MEMORY,
	ROLE_LISTENS,
	ROLE_CONNECTS,
	ROLE_SYSTEM,
	ROLE_ITEMS
};

static const char *const role_items[] = {
    [ROLE_ON] = "on",
    [ROLE_HOST] = "host",
    [ROLE_ADDRESS] = "address",
    [ROLE_ADDRESS6] = "address6",
    [ROLE_MEMORY] = "memory",
    [ROLE_LISTENS] = "listens",
    [ROLE_CONNECTS] = "connects",
    [ROLE_SYSTEM] = "system",
    [ROLE_ITEMS] = NULL,
};

/* on container, or: on machine root@HOST */
static void
read_on(struct reading *reading, struct site_role *role)
{
	static const char wanted[] = "a role is 'on container' or 'on machine root@HOST'";
	struct word word;
	const char *text = reading_value(reading, wanted, &word);
	if (text_equal(text, "container")) {
		role->place = PLACE_CONTAINER;
	} else if (text_equal(text, "machine")) {
		role->place = PLACE_MACHINE;
		read_checked(reading, &role->machine, machine_wrong, "'machine' wants a login");
	} else if (text) {
		reading_complain(reading, &word, NULL, wanted);
	}
}

static void
read_role_item(struct reading *reading, enum role_item item, struct site_role *role)
{
	switch (item) {
	case ROLE_ON:
		return read_on(reading, role);
	case ROLE_HOST:
		return read_checked(
		    reading, &role->host, domain_name_wrong, "'host' wants a full name");
	case ROLE_ADDRESS:
		return read_address(
		    reading, false, &role->address, "'address' wants an IPv4 address");
	case ROLE_ADDRESS6:
		return read_address(
		    reading, true, &role->address6, "'address6' wants an IPv6 address");
	case ROLE_MEMORY:
		return reading_number(
		    reading, value_size, "'memory' wants a size such as 2GiB", &role->memory);
	case ROLE_LISTENS:
		return read_ports(reading, &role->listens);
	case ROLE_CONNECTS:
		return read_ports(reading, &role->connects);
	case ROLE_SYSTEM:
		return read_ports(reading, &role->system);
	case ROLE_ITEMS:
		break;
	}
}

/* A role's name, or -1, which has been said. */
static int
read_role_name(struct reading *reading, const char *wanted, struct word *ret_word)
{
	const char *names[ROLE_COUNT + 1] = {0};
	const char *text = reading_value(reading, wanted, ret_word);
	for (int role = 0; role < ROLE_COUNT; role++)
		names[role] = role_name((enum role)role);
	int role = text ? role_find(text) : -1;
	if (text && role < 0)
		reading_complain_name(
		    reading, ret_word, names, "a role is file, dns, mail, web or shell");
	return role;
}

static void
read_role(struct describing *describing)
{
	struct reading *reading = &describing->reading;
	struct site_role unknown = {0};
	size_t lines[ROLE_ITEMS] = {0};
	struct word word;
	int found = read_role_name(reading, "'role' wants a name", &word);
	struct site_role *role = found < 0 ? &unknown : &describing->site.roles[found];
	if (found >= 0 && describing->places.roles[found].file)
		diag_add(reading->diag, SEVERITY_ERROR, &word.place, NULL,
		    "role '%s' is described twice", word.text);
	if (found >= 0)
		describing->places.roles[found] = word.place;
	if (!reading_open(reading, "a role wants '{'"))
		return;
	int item;
	while ((item = reading_item(reading, role_items, lines,
		    "a role says on, host, address, listens and the like",
		    "a role ends with '}'")) >= 0)
		read_role_item(reading, (enum role_item)item, role);
}

/* flow FROM to TO { ports } */
static void
read_flow(struct describing *describing)
{
	struct reading *reading = &describing->reading;
	struct site *site = &describing->site;
	struct word from, to;
	int first = read_role_name(reading, "'flow' wants a role", &from);
	if (words_next_is(&reading->words, "to"))
		words_take(&reading->words);
	else
		reading_complain(reading, &reading->words.next, NULL,
		    "a flow is 'flow ROLE to ROLE { PORTS }'");
	int second = read_role_name(reading, "'to' wants a role", &to);
	struct site_flow flow = {0};
	read_ports(reading, &flow.ports);
	if (first < 0 || second < 0)
		return;
	if (first == second)
		reading_complain(reading, &to, NULL, "a flow leads to another role");
	flow.from = (enum role)first;
	flow.to = (enum role)second;
	site->flows = reading_grow(reading, site->flows, site->flow_count, sizeof(flow));
	site->flows[site->flow_count++] = flow;
}

/* plan NAME { ... } */

static void
read_plan_item(struct reading *reading, size_t item, struct site_plan *plan)
{
	int64_t *const numbers[] = {&plan->bytes, &plan->files, &plan->domains,
	    &plan->mailboxes, &plan->databases, &plan->ftp_users, &plan->processes,
	    &plan->memory};
	bool is_size = numbers[item] == &plan->bytes || numbers[item] == &plan->memory;
	reading_number(reading, is_size ? value_size : value_count,
	    is_size ? "a size such as 5GiB" : "a number", numbers[item]);
}

static void
read_plan(struct describing *describing)
{
	static const char *const items[] = {"quota", "files", "domains", "mailboxes",
	    "databases", "ftp-users", "processes", "memory", NULL};
	size_t lines[array_length(items)] = {0};
	struct reading *reading = &describing->reading;
	struct site *site = &describing->site;
	struct site_plan plan = {.name = ""};
	struct word name = reading->words.next;
	read_checked(reading, &plan.name, local_part_wrong, "'plan' wants a name");
	if (*plan.name && site_plan_find(site, plan.name))
		diag_add(reading->diag, SEVERITY_ERROR, &name.place, NULL,
		    "plan '%s' is described twice", plan.name);
	if (!reading_open(reading, "a plan wants '{'"))
		return;
	int item;
	while ((item = reading_item(reading, items, lines,
		    "a plan says quota, files, domains and the like",
		    "a plan ends with '}'")) >= 0)
		read_plan_item(reading, (size_t)item, &plan);
	site->plans = reading_grow(reading, site->plans, site->plan_count, sizeof(plan));
	site->plans[site->plan_count++] = plan;
}

static void
read_filter(struct describing *describing)
{
	description_read_filter(&describing->reading, &describing->site);
}

static bool
begins_statement(const struct word *word, const char *const *names)
{
	for (; word->kind == WORD_PLAIN && *names; names++)
		if (text_equal(*names, word->text))
			return true;
	return word->kind == WORD_END;
}

static void
read_statement(struct describing *describing)
{
	static const char *const names[] = {"site", "role", "flow", "filter", "plan", NULL};
	static void (*const readers[])(struct describing *) = {
	    read_site, read_role, read_flow, read_filter, read_plan};
	struct words *words = &describing->reading.words;
	struct word word = words_take(words);
	for (size_t i = 0; names[i]; i++)
		if (word.kind == WORD_PLAIN && text_equal(word.text, names[i]))
			return readers[i](describing);
	reading_complain_name(&describing->reading, &word, names,
	    "a statement begins with 'site', 'role', 'flow', 'filter' or 'plan'");
	while (!begins_statement(&words->next, names))
		words_take(words);
}

struct site
site_parse(const struct source *source, struct arena *arena, struct diag *diag)
{
	struct describing describing = {.reading = reading_begin(source, arena, diag),
	    .site = {.name = "",
		.operator= "",
		.homes = "/home",
		.mail = "/srv/mail",
		.network = "",
		.gateway = "",
		.bridge = "hayward0",
		.logins = SITE_GATE_WANTED,
		.uid_first = 20000,
		.uid_last = 59999}};
	for (int role = 0; role < ROLE_COUNT; role++)
		describing.site.roles[role] = (struct site_role){
		    .machine = "", .host = "", .address = "", .address6 = ""};
	while (describing.reading.words.next.kind != WORD_END)
		read_statement(&describing);
	if (!diag_errors(diag))
		site_check(&describing.site, &describing.places, diag);
	return describing.site;
}

enum { LARGEST_DESCRIPTION = 1 << 20 };

int
site_read(const char *path, struct arena *arena, struct diag *diag, struct site *ret_site)
{
	auto_str text = {0};
	int status = file_read(AT_FDCWD, path, LARGEST_DESCRIPTION, &text);
	if (status)
		return status;
	struct source source = {arena_copy_text(arena, path),
	    arena_copy(arena, str_text(&text), text.length), text.length};
	*ret_site = site_parse(&source, arena, diag);
	return diag_errors(diag) ? -EINVAL : 0;
}
