/* SPDX-License-Identifier: Apache-2.0 */
#include "site/members.h"

#include <string.h>

#include "site/view.h"

static const char *
role_word(int role)
{
	return role_name((enum role)role);
}

static const char *
protocol_word(int protocol)
{
	return protocol_name((enum protocol)protocol);
}

static const char *
standing_word(int standing)
{
	return standing_name((enum standing)standing);
}

static const char *
place_word(int place)
{
	static const char *const words[] = {[PLACE_NOWHERE] = "nowhere",
	    [PLACE_CONTAINER] = "container",
	    [PLACE_MACHINE] = "machine"};
	return words[place];
}

static const char *
gate_word(int gate)
{
	return site_gate_name((enum site_gate)gate);
}

static const char *
filter_word(int kind)
{
	return filter_name((enum filter_kind)kind);
}

static const char *
verb_word(int verb)
{
	return verb_info((enum verb)verb)->name;
}

static const char *
mode_word(int mode)
{
	return mode_name((enum mode)mode);
}

/* Enums are stored as int by both compilers, but that is theirs to say. */
#define member_word(json, name, member, count, words)                                          \
	do {                                                                                   \
		int index_ = (int)(member);                                                    \
		json_word(json, name, &index_, count, words);                                  \
		(member) = (__typeof__(member))index_;                                         \
	} while (0)

/* The book. */

static void
members_domain(struct json *json, void *item)
{
	struct book_domain *domain = item;
	json_text(json, "name", &domain->name);
	json_text(json, "catch-all", &domain->catch_all);
	json_number(json, "catch-all-closed", &domain->catch_all_closed);
	json_number(json, "serial", &domain->serial);
}

static void
members_mailbox(struct json *json, void *item)
{
	struct book_mailbox *mailbox = item;
	json_text(json, "local", &mailbox->local);
	json_text(json, "domain", &mailbox->domain);
	json_text(json, "password", &mailbox->password);
}

static void
members_database(struct json *json, void *item)
{
	struct book_database *database = item;
	json_text(json, "name", &database->name);
	json_text(json, "password", &database->password);
}

static void
members_ftp(struct json *json, void *item)
{
	struct book_ftp *ftp = item;
	json_text(json, "name", &ftp->name);
	json_text(json, "password", &ftp->password);
	json_text(json, "folder", &ftp->folder);
}

static void
members_opening(struct json *json, void *item)
{
	struct book_opening *opening = item;
	member_word(json, "role", opening->role, ROLE_COUNT, role_word);
	member_word(json, "protocol", opening->protocol, PROTOCOL_COUNT, protocol_word);
	json_text(json, "address", &opening->address);
	json_number(json, "port", &opening->port);
	json_number(json, "until", &opening->until);
	json_number(json, "request", &opening->request);
}

static void
members_account(struct json *json, void *item)
{
	struct book_account *account = item;
	json_text(json, "name", &account->name);
	json_texts(json, "formers", &account->formers, &account->former_count);
	json_number(json, "uid", &account->uid);
	json_text(json, "plan", &account->plan);
	json_text(json, "contact", &account->contact);
	json_number(json, "created", &account->created);
	json_number(json, "bytes", &account->bytes);
	json_number(json, "files", &account->files);
	member_word(json, "standing", account->standing, STANDING_COUNT, standing_word);
	json_text(json, "shell-password", &account->shell_password);
	json_text(json, "ftp-password", &account->ftp_password);
	json_list(json, "domains", members_domain, sizeof(*account->domains), &account->domains,
	    &account->domain_count);
	json_list(json, "mailboxes", members_mailbox, sizeof(*account->mailboxes),
	    &account->mailboxes, &account->mailbox_count);
	json_list(json, "databases", members_database, sizeof(*account->databases),
	    &account->databases, &account->database_count);
	json_list(json, "ftp", members_ftp, sizeof(*account->ftp), &account->ftp,
	    &account->ftp_count);
	json_list(json, "openings", members_opening, sizeof(*account->openings),
	    &account->openings, &account->opening_count);
	json_texts(json, "closed", &account->closed, &account->closed_count);
	json_texts(json, "keys", &account->keys, &account->key_count);
}

static void
members_removed(struct json *json, void *item)
{
	struct book_removed *removed = item;
	json_text(json, "name", &removed->name);
	json_number(json, "uid", &removed->uid);
	json_number(json, "when", &removed->when);
}

void
members_book(struct json *json, void *item)
{
	struct book *book = item;
	json_number(json, "generation", &book->generation);
	json_number(json, "next-uid", &book->next_uid);
	json_list(json, "accounts", members_account, sizeof(*book->accounts), &book->accounts,
	    &book->account_count);
	json_list(json, "removed", members_removed, sizeof(*book->removed), &book->removed,
	    &book->removed_count);
}

/* The site. */

static void
members_port(struct json *json, void *item)
{
	struct site_port *port = item;
	int64_t first = port->first, last = port->last;
	json_number(json, "first", &first);
	json_number(json, "last", &last);
	member_word(json, "protocol", port->protocol, PROTOCOL_COUNT, protocol_word);
	if (first < 1 || last < first || last > UINT16_MAX)
		first = last = 0;
	port->first = (uint16_t)first;
	port->last = (uint16_t)last;
}

static void
list_of_ports(struct json *json, const char *name, struct site_ports *ports)
{
	json_list(json, name, members_port, sizeof(*ports->list), &ports->list, &ports->count);
}

static void
members_role(struct json *json, void *item)
{
	struct site_role *role = item;
	member_word(json, "on", role->place, PLACE_MACHINE + 1, place_word);
	json_text(json, "machine", &role->machine);
	json_text(json, "host", &role->host);
	json_text(json, "address", &role->address);
	json_text(json, "address6", &role->address6);
	json_number(json, "memory", &role->memory);
	list_of_ports(json, "listens", &role->listens);
	list_of_ports(json, "connects", &role->connects);
	list_of_ports(json, "system", &role->system);
}

static void
members_filter(struct json *json, void *item)
{
	struct site_filter *filter = item;
	struct filter_rule *rule = &filter->rule;
	member_word(json, "name", rule->kind, FILTER_COUNT, filter_word);
	json_text(json, "clause", &rule->clause);
	member_word(json, "answer", rule->answer, VERB_COUNT, verb_word);
	member_word(json, "mode", rule->mode, MODE_ENFORCE + 1, mode_word);
	json_number(json, "most", &rule->most);
	json_number(json, "window", &rule->window);
	json_number(json, "values", &rule->values);
	json_text(json, "text", &rule->text);
	json_texts(json, "allow", &filter->allow, &filter->allow_count);
	json_texts(json, "zones", &filter->zones, &filter->zone_count);
}

static void
members_flow(struct json *json, void *item)
{
	struct site_flow *flow = item;
	member_word(json, "from", flow->from, ROLE_COUNT, role_word);
	member_word(json, "to", flow->to, ROLE_COUNT, role_word);
	list_of_ports(json, "ports", &flow->ports);
}

static void
members_plan(struct json *json, void *item)
{
	struct site_plan *plan = item;
	json_text(json, "name", &plan->name);
	json_number(json, "bytes", &plan->bytes);
	json_number(json, "files", &plan->files);
	json_number(json, "domains", &plan->domains);
	json_number(json, "mailboxes", &plan->mailboxes);
	json_number(json, "databases", &plan->databases);
	json_number(json, "ftp-users", &plan->ftp_users);
	json_number(json, "processes", &plan->processes);
	json_number(json, "memory", &plan->memory);
}

void
members_filters(struct json *json, void *item)
{
	struct site *site = item;
	json_list(json, "filters", members_filter, sizeof(*site->filters), &site->filters,
	    &site->filter_count);
}

void
members_site(struct json *json, void *item)
{
	struct site *site = item;
	json_text(json, "name", &site->name);
	json_text(json, "operator", &site->operator);
	json_text(json, "homes", &site->homes);
	json_text(json, "mail-store", &site->mail);
	json_text(json, "network", &site->network);
	json_text(json, "gateway", &site->gateway);
	json_text(json, "bridge", &site->bridge);
	member_word(json, "gate", site->gate, SITE_GATE_COUNT, gate_word);
	member_word(json, "logins", site->logins, SITE_GATE_COUNT, gate_word);
	json_number(json, "uid-first", &site->uid_first);
	json_number(json, "uid-last", &site->uid_last);
	for (int role = 0; role < ROLE_COUNT; role++)
		json_members_of(json, role_word(role), members_role, &site->roles[role]);
	members_filters(json, site);
	json_list(
	    json, "flows", members_flow, sizeof(*site->flows), &site->flows, &site->flow_count);
	json_list(
	    json, "plans", members_plan, sizeof(*site->plans), &site->plans, &site->plan_count);
}

void
members_view(struct json *json, void *item)
{
	struct view *view = item;
	member_word(json, "role", view->role, ROLE_COUNT, role_word);
	json_members_of(json, "site", members_site, &view->site);
	members_book(json, &view->book);
	json_text(json, "pass-key", &view->pass_key);
}
