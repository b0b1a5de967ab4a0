/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing of the view but addresses and numbers gets into the rules, and both
 * are printed anew by site/nft.h. An address that is none is left out: nothing
 * is opened by a mistake.
 */
#include "roles/ports.h"

#include <inttypes.h>

#include "roles/users.h"
#include "site/nft.h"

static const char table[] = "inet hayward";

/* Sets in the order of ports.nft; what ends with 4 or 6 is of that family. */
enum set {
	SET_LISTENS,
	SET_ROLES4,
	SET_ROLES6,
	SET_FLOWS_IN4,
	SET_FLOWS_IN6,
	SET_FLOWS_OUT4,
	SET_FLOWS_OUT6,
	SET_CONNECTS,
	SET_SYSTEM,
	SET_NEAR4,
	SET_NEAR6,
	SET_HELD,
	SET_OPENING_OWNERS,
	SET_COUNT
};

static const char *const set_names[SET_COUNT] = {"listens", "roles4", "roles6", "flows_in4",
    "flows_in6", "flows_out4", "flows_out6", "connects", "system", "near4", "near6", "held",
    "opening_owners"};

struct rules {
	struct nft_set sets[SET_COUNT];
	struct str openings; /* new connections through them */
	struct str opened;   /* those that are there */
};

/* What one address of another role, of either family, has to do with this one. */
static void
add_address(struct rules *rules, const char *text, const struct nft_ports *in,
    const struct nft_ports *out)
{
	auto_str address = {0};
	int family = nft_address(text, &address);
	if (!family)
		return;
	bool is_6 = family == 6;
	const char *prefix = str_text(&address);
	nft_set_add(&rules->sets[is_6 ? SET_ROLES6 : SET_ROLES4], "%s", prefix);
	nft_set_add_ports(&rules->sets[is_6 ? SET_FLOWS_IN6 : SET_FLOWS_IN4], prefix, in);
	nft_set_add_ports(&rules->sets[is_6 ? SET_FLOWS_OUT6 : SET_FLOWS_OUT4], prefix, out);
}

static void
add_roles(struct rules *rules, const struct view *view)
{
	for (enum role other = 0; other < ROLE_COUNT; other++) {
		struct nft_ports in = {0}, out = {0};
		const struct site_role *role = &view->site.roles[other];
		if (other == view->role || role->place == PLACE_NOWHERE)
			continue;
		nft_ports_of_flows(&view->site, other, view->role, &in);
		nft_ports_of_flows(&view->site, view->role, other, &out);
		add_address(rules, role->address, &in, &out);
		add_address(rules, role->address6, &in, &out);
	}
}

/* Where "elsewhere" is not: the hosts of the site's network, and of any network's own link. */
static void
add_near(struct rules *rules, const struct view *view)
{
	auto_str network = {0};
	nft_set_add(&rules->sets[SET_NEAR4], "169.254.0.0/16");
	nft_set_add(&rules->sets[SET_NEAR4], "224.0.0.0/3");
	nft_set_add(&rules->sets[SET_NEAR6], "fe80::/10");
	nft_set_add(&rules->sets[SET_NEAR6], "ff00::/8");
	if (nft_network(view->site.network, &network))
		nft_set_add(&rules->sets[SET_NEAR4], "%s", str_text(&network));
}

static void
add_own(struct rules *rules, const struct site_role *role)
{
	struct nft_ports listens = {0}, connects = {0}, system = {0};
	nft_ports_add(&listens, &role->listens);
	nft_ports_add(&system, &role->system);
	nft_ports_of_customers(role, &connects);
	nft_set_add_ports(&rules->sets[SET_LISTENS], "", &listens);
	nft_set_add_ports(&rules->sets[SET_CONNECTS], "", &connects);
	nft_set_add_ports(&rules->sets[SET_SYSTEM], "", &system);
}

static bool
add_opening(struct rules *rules, int64_t uid, const struct book_opening *opening)
{
	auto_str address = {0};
	int family = nft_address(opening->address, &address);
	if (!family || opening->port < 1 || opening->port > UINT16_MAX)
		return false;
	const char *ip = family == 6 ? "ip6" : "ip";
	const char *protocol = protocol_name(opening->protocol);
	int64_t until = nft_time(opening->until);
	str_addf(&rules->openings,
	    "\t\tmeta skuid %" PRId64 " %s daddr %s %s dport %" PRId64 " meta time < %" PRId64
	    " ct mark set %" PRId64 " accept\n",
	    uid, ip, str_text(&address), protocol, opening->port, until, uid);
	str_addf(&rules->opened,
	    "\t\tct mark %" PRId64 " %s daddr %s %s dport %" PRId64 " meta time < %" PRId64
	    " accept\n",
	    uid, ip, str_text(&address), protocol, opening->port, until);
	return true;
}

static void
add_account(struct rules *rules, const struct view *view, const struct book_account *account)
{
	bool has = false;
	if (!users_is_sound(&view->site, account))
		return;
	if (account->standing != STANDING_OPEN) {
		nft_set_add(&rules->sets[SET_HELD], "%" PRId64, account->uid);
		return;
	}
	for (size_t i = 0; i < account->opening_count; i++)
		if (account->openings[i].role == view->role)
			has |= add_opening(rules, account->uid, &account->openings[i]);
	if (has)
		nft_set_add(&rules->sets[SET_OPENING_OWNERS], "%" PRId64, account->uid);
}

/* A machine must go on hearing the host that sets it up. */
static void
print_own_in(const struct view *view, struct str *out)
{
	auto_str host = {0};
	if (view->site.roles[view->role].place == PLACE_MACHINE &&
	    nft_address(view->site.gateway, &host) == 4)
		str_addf(out, "\tchain own_in {\n\t\tip saddr %s tcp dport 22 accept\n\t}\n",
		    str_text(&host));
}

static void
print(struct rules *rules, const struct view *view, struct str *out)
{
	str_addf(out,
	    "#!/usr/sbin/nft -f\n"
	    "# Written by hayward; /etc/hayward/ports.d/*.nft is yours: chains own_in and "
	    "own_out.\n"
	    "define system_last = %" PRId64 "\ndefine customer_first = %" PRId64 "\n"
	    "include \"/usr/share/hayward/ports.nft\"\n",
	    view->site.uid_first - 1, view->site.uid_first);
	for (int i = 0; i < SET_COUNT; i++)
		nft_set_print(&rules->sets[i], table, out);
	str_addf(out, "table %s {\n\tchain openings {\n%s\t}\n\tchain opened {\n%s", table,
	    str_text(&rules->openings), str_text(&rules->opened));
	str_add(out, "\t\tgoto refuse_out\n\t}\n");
	print_own_in(view, out);
	str_add(out, "}\ninclude \"/etc/hayward/ports.d/*.nft\"\n");
}

void
ports_render(const struct view *view, struct output *output)
{
	struct rules rules = {0};
	for (int i = 0; i < SET_COUNT; i++)
		rules.sets[i].name = set_names[i];
	add_own(&rules, &view->site.roles[view->role]);
	add_roles(&rules, view);
	add_near(&rules, view);
	for (size_t i = 0; i < view->book.account_count; i++)
		add_account(&rules, view, &view->book.accounts[i]);
	print(&rules, view, output_file(output, DAEMON_PORTS, "/etc/nftables.conf"));
	for (int i = 0; i < SET_COUNT; i++)
		nft_set_done(&rules.sets[i]);
	str_done(&rules.openings);
	str_done(&rules.opened);
}
