/* SPDX-License-Identifier: Apache-2.0 */
#include "site/ports.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <net/if.h>
#include <string.h>

#include "base/log.h"
#include "site/nft.h"

const char site_gateway6[] = "fe80::1";

static const char inet_table[] = "inet hayward_site";

/* So that a connection through an opening can be told, and ended, when its time is over. */
enum { MARK = 0x68770000 };

/*
 * Emptied, not deleted: the counters go on. NETWORK stands for who hangs on the bridge. What
 * neither comes from it nor goes to it is none of ours.
 */
static const char before[] =
    "table inet hayward_site {\n"
    "	set roles4 { type ipv4_addr; }\n"
    "	set roles6 { type ipv6_addr; }\n"
    "	set listens4 { type ipv4_addr . inet_proto . inet_service; flags interval; }\n"
    "	set listens6 { type ipv6_addr . inet_proto . inet_service; flags interval; }\n"
    "	set calls4 { type ipv4_addr . inet_proto . inet_service; flags interval; }\n"
    "	set calls6 { type ipv6_addr . inet_proto . inet_service; flags interval; }\n"
    "	set flows4 { type ipv4_addr . ipv4_addr . inet_proto . inet_service; flags interval; "
    "}\n"
    "	set flows6 { type ipv6_addr . ipv6_addr . inet_proto . inet_service; flags interval; "
    "}\n"
    "	counter refused_between { }\n"
    "	counter refused_inward { }\n"
    "	counter refused_outward { }\n"
    "	counter refused_host { }\n"
    "	chain openings { }\n"
    "	chain opened { }\n"
    "}\n"
    "table bridge hayward_site {\n"
    "	counter spoofed { }\n"
    "	counter crossed { }\n"
    "}\n"
    "flush table inet hayward_site\n"
    "flush table bridge hayward_site\n";

/* 1 and 58 are ICMP and ICMPv6: not every system has names for them. */
static const char rules[] =
    "	chain told {\n"
    "		limit rate over 200/second burst 400 packets drop\n"
    "		meta l4proto tcp reject with tcp reset\n"
    "		reject with icmpx admin-prohibited\n"
    "	}\n"
    "	chain control {\n"
    "		icmp type { destination-unreachable, time-exceeded, parameter-problem } "
    "accept\n"
    "		icmp type echo-request limit rate 50/second accept\n"
    "		icmpv6 type { destination-unreachable, packet-too-big, time-exceeded, "
    "parameter-problem } accept\n"
    "		icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert } ip6 "
    "hoplimit 255 accept\n"
    "		icmpv6 type echo-request limit rate 50/second accept\n"
    "		drop\n"
    "	}\n"
    "	chain between {\n"
    "		ip saddr . ip daddr . meta l4proto . th dport @flows4 accept\n"
    "		ip6 saddr . ip6 daddr . meta l4proto . th dport @flows6 accept\n"
    "		counter name refused_between goto told\n"
    "	}\n"
    "	chain inward {\n"
    "		ip saddr @roles4 goto between\n"
    "		ip6 saddr @roles6 goto between\n"
    "		ip daddr . meta l4proto . th dport @listens4 accept\n"
    "		ip6 daddr . meta l4proto . th dport @listens6 accept\n"
    "		counter name refused_inward goto told\n"
    "	}\n"
    "	chain outward {\n"
    "		ip daddr @roles4 goto between\n"
    "		ip6 daddr @roles6 goto between\n"
    "		ip saddr . meta l4proto . th dport @calls4 accept\n"
    "		ip6 saddr . meta l4proto . th dport @calls6 accept\n"
    "		jump openings\n"
    "		counter name refused_outward goto told\n"
    "	}\n"
    "	chain site {\n"
    "		ct mark $site_mark goto opened\n"
    "		ct state vmap { established : accept, related : accept, invalid : drop }\n"
    "		meta l4proto { 1, 58 } goto control\n"
    "		iifname $site_bridge oifname $site_bridge goto between\n"
    "		iifname $site_bridge goto outward\n"
    "		goto inward\n"
    "	}\n"
    "	chain forward {\n"
    "		type filter hook forward priority filter; policy accept;\n"
    "		iifname $site_bridge goto site\n"
    "		oifname $site_bridge goto site\n"
    "	}\n"
    "	chain input {\n"
    "		type filter hook input priority filter; policy accept;\n"
    "		iifname != $site_bridge accept\n"
    "		ct state vmap { established : accept, related : accept, invalid : drop }\n"
    "		meta l4proto { 1, 58 } goto control\n"
    "		counter name refused_host goto told\n"
    "	}\n"
    "}\n";

enum set { ROLES4, ROLES6, LISTENS4, LISTENS6, CALLS4, CALLS6, FLOWS4, FLOWS6, SET_COUNT };

static const char *const set_names[SET_COUNT] = {
    "roles4", "roles6", "listens4", "listens6", "calls4", "calls6", "flows4", "flows6"};

void
site_interface(enum role role, struct str *out)
{
	str_addf(out, "hw-%s", role_name(role));
}

void
site_hardware(enum role role, struct str *out)
{
	str_addf(out, "02:68:77:00:00:%02x", (unsigned)role + 1);
}

/* What the kernel makes of the hardware address for the link, by RFC 4291, appendix A. */
static void
link_local(enum role role, struct str *out)
{
	str_addf(out, "fe80::68:77ff:fe00:%x", (unsigned)role + 1);
}

/* A role's address of one family, "" if it has none that is one. */
static void
address_of(const struct site *site, enum role role, int family, struct str *ret_address)
{
	const struct site_role *its = &site->roles[role];
	str_clear(ret_address);
	if (its->place != PLACE_NOWHERE &&
	    nft_address(family == 6 ? its->address6 : its->address, ret_address) != family)
		str_clear(ret_address);
}

/* ---- Forwarding ---- */

static void
add_flows(struct nft_set *set, const struct site *site, enum role from, int family)
{
	auto_str source = {0}, target = {0}, prefix = {0};
	address_of(site, from, family, &source);
	for (enum role to = 0; source.length && to < ROLE_COUNT; to++) {
		struct nft_ports ports = {0};
		address_of(site, to, family, &target);
		if (to == from || !target.length)
			continue;
		nft_ports_of_flows(site, from, to, &ports);
		str_clear(&prefix);
		str_addf(&prefix, "%s . %s", str_text(&source), str_text(&target));
		nft_set_add_ports(set, str_text(&prefix), &ports);
	}
}

/* From here nobody can tell a container's customers from its daemons: both together. */
static void
add_role(struct nft_set sets[SET_COUNT], const struct site *site, enum role role, int family)
{
	auto_str address = {0};
	struct nft_ports listens = {0}, calls = {0};
	int is_6 = family == 6;
	address_of(site, role, family, &address);
	if (!address.length)
		return;
	nft_ports_add(&listens, &site->roles[role].listens);
	nft_ports_of_customers(&site->roles[role], &calls);
	nft_ports_add(&calls, &site->roles[role].system);
	nft_set_add(&sets[ROLES4 + is_6], "%s", str_text(&address));
	nft_set_add_ports(&sets[LISTENS4 + is_6], str_text(&address), &listens);
	nft_set_add_ports(&sets[CALLS4 + is_6], str_text(&address), &calls);
	add_flows(&sets[FLOWS4 + is_6], site, role, family);
}

static void
print_opening(const struct site *site, const struct book_opening *opening, struct str *ret_new,
    struct str *ret_known)
{
	auto_str source = {0}, target = {0}, match = {0};
	int family = nft_address(opening->address, &target);
	if (!family || opening->port < 1 || opening->port > UINT16_MAX)
		return;
	address_of(site, opening->role, family, &source);
	if (!source.length)
		return;
	const char *ip = family == 6 ? "ip6" : "ip";
	str_addf(&match, "%s dport %" PRId64 " meta time < %" PRId64,
	    protocol_name(opening->protocol), opening->port, nft_time(opening->until));
	str_addf(ret_new, "\t\t%s saddr %s %s daddr %s %s ct mark set $site_mark accept\n", ip,
	    str_text(&source), ip, str_text(&target), str_text(&match));
	str_addf(ret_known, "\t\t%s saddr %s %s daddr %s %s accept\n", ip, str_text(&source),
	    ip, str_text(&target), str_text(&match));
}

static void
print_openings(const struct site *site, const struct book *book, struct str *out)
{
	auto_str is_new = {0}, is_known = {0};
	for (size_t i = 0; i < book->account_count; i++) {
		const struct book_account *account = &book->accounts[i];
		for (size_t j = 0;
		     account->standing == STANDING_OPEN && j < account->opening_count; j++)
			print_opening(site, &account->openings[j], &is_new, &is_known);
	}
	str_addf(out,
	    "	chain openings {\n%s	}\n"
	    "	chain opened {\n"
	    "		ct direction reply accept\n%s"
	    "		counter name refused_outward goto told\n"
	    "	}\n",
	    str_text(&is_new), str_text(&is_known));
}

/* ---- The bridge ---- */

/* An IPv6 address as a number of 128 bits. */
static void
add_bits(const char *text, struct str *out)
{
	uint8_t bytes[16];
	if (inet_pton(AF_INET6, text, bytes) != 1)
		panic("'%s' is no address", text);
	str_add(out, "0x");
	for (size_t i = 0; i < sizeof(bytes); i++)
		str_addf(out, "%02x", bytes[i]);
}

/*
 * Whether somebody else has its address (RFC 4862, 5.4) a container need not ask: nobody can,
 * by these rules. The host would answer that it has it, which it says for all of them to each
 * other, and the container would not use its address. An advertisement names its address
 * inside; 128 bits in, nft's own word for it is younger than Debian 12. Routers' words and
 * redirections are nobody's but the host's.
 */
static void
print_six(const struct site *site, enum role role, struct str *out)
{
	auto_str address = {0}, local = {0};
	address_of(site, role, 6, &address);
	link_local(role, &local);
	if (!address.length) {
		str_add(out, "\t\tether type ip6 goto spoofed\n");
		return;
	}
	str_addf(out,
	    "\t\ticmpv6 type { nd-router-advert, nd-redirect } goto spoofed\n"
	    "\t\tip6 saddr :: icmpv6 type nd-neighbor-solicit drop\n"
	    "\t\tip6 saddr :: icmpv6 type { nd-router-solicit, mld-listener-report, "
	    "mld2-listener-report } accept\n"
	    "\t\tip6 saddr != { %s, %s } goto spoofed\n"
	    "\t\ticmpv6 type nd-neighbor-advert @th,64,128 != { ",
	    str_text(&address), str_text(&local));
	add_bits(str_text(&address), out);
	str_add(out, ", ");
	add_bits(str_text(&local), out);
	str_add(out, " } goto spoofed\n");
}

static void
print_port(const struct site *site, enum role role, struct str *out)
{
	auto_str hardware = {0}, address = {0};
	site_hardware(role, &hardware);
	address_of(site, role, 4, &address);
	str_addf(out, "\tchain of_%s {\n\t\tether saddr != %s goto spoofed\n", role_name(role),
	    str_text(&hardware));
	if (address.length)
		str_addf(out,
		    "\t\tarp saddr ether != %s goto spoofed\n"
		    "\t\tarp saddr ip != { 0.0.0.0, %s } goto spoofed\n"
		    "\t\tip saddr != %s goto spoofed\n",
		    str_text(&hardware), str_text(&address), str_text(&address));
	else
		str_add(out, "\t\tether type { ip, arp } goto spoofed\n");
	print_six(site, role, out);
	str_add(out, "\t\tether type != { ip, arp, ip6 } goto spoofed\n\t}\n");
}

static void
print_bridge(const struct site *site, struct str *out)
{
	const char *comma = "";
	str_add(out, "table bridge hayward_site {\n"
		     "\tchain spoofed {\n\t\tcounter name spoofed drop\n\t}\n");
	for (enum role role = 0; role < ROLE_COUNT; role++)
		print_port(site, role, out);
	str_add(out, "\tchain prerouting {\n"
		     "\t\ttype filter hook prerouting priority -300; policy accept;\n"
		     "\t\tiifname vmap {");
	for (enum role role = 0; role < ROLE_COUNT; role++, comma = ",") {
		str_addf(out, "%s \"", comma);
		site_interface(role, out);
		str_addf(out, "\" : goto of_%s", role_name(role));
	}
	str_add(out, " }\n\t}\n\tchain forward {\n"
		     "\t\ttype filter hook forward priority -200; policy accept;\n"
		     "\t\tiifname \"hw-*\" counter name crossed drop\n"
		     "\t\toifname \"hw-*\" counter name crossed drop\n\t}\n}\n");
}

/* A name that could end its quotes would be a rule. */
static bool
is_interface(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
	return length && !name[length] && length < IFNAMSIZ && name[0] != '.';
}

void
site_ports_render(const struct site *site, const struct book *book, struct str *out)
{
	struct nft_set sets[SET_COUNT] = {0};
	for (int i = 0; i < SET_COUNT; i++)
		sets[i].name = set_names[i];
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		add_role(sets, site, role, 4);
		add_role(sets, site, role, 6);
	}
	str_addf(out, "define site_bridge = \"%s\"\ndefine site_mark = 0x%x\n%s",
	    is_interface(site->bridge) ? site->bridge : "none", MARK, before);
	for (int i = 0; i < SET_COUNT; i++) {
		nft_set_print(&sets[i], inet_table, out);
		nft_set_done(&sets[i]);
	}
	str_addf(out, "table %s {\n", inet_table);
	print_openings(site, book, out);
	str_add(out, rules);
	print_bridge(site, out);
}

/* ---- What the bridge needs besides ---- */

bool
site_has_six(const struct site *site)
{
	bool has = false;
	for (enum role role = 0; role < ROLE_COUNT; role++)
		has |=
		    site->roles[role].place == PLACE_CONTAINER && *site->roles[role].address6;
	return has;
}

void
site_ports_settings(const struct site *site, struct str *out)
{
	if (!is_interface(site->bridge))
		return;
	/* The kernel sends redirections if either of the two says so. */
	str_addf(out,
	    "net/ipv4/ip_forward=1\n"
	    "net/ipv4/conf/all/send_redirects=0\n"
	    "net/ipv4/conf/%s/send_redirects=0\n"
	    "net/ipv4/conf/%s/proxy_arp_pvlan=1\n"
	    "net/ipv4/neigh/%s/proxy_delay=0\n",
	    site->bridge, site->bridge, site->bridge);
	if (site_has_six(site))
		str_addf(out,
		    "net/ipv6/conf/all/forwarding=1\n"
		    "net/ipv6/conf/%s/disable_ipv6=0\n"
		    "net/ipv6/conf/%s/accept_dad=0\n"
		    "net/ipv6/conf/%s/proxy_ndp=1\n"
		    "net/ipv6/neigh/%s/proxy_delay=0\n",
		    site->bridge, site->bridge, site->bridge, site->bridge);
}

static void
link_six(const struct site *site, enum role role, struct str *out)
{
	auto_str address = {0};
	address_of(site, role, 6, &address);
	if (!address.length || site->roles[role].place != PLACE_CONTAINER)
		return;
	str_addf(out, "route replace %s/128 dev %s\n", str_text(&address), site->bridge);
	str_addf(out, "neigh replace proxy %s dev %s\n", str_text(&address), site->bridge);
}

void
site_ports_links(const struct site *site, struct str *out)
{
	auto_str gateway = {0}, network = {0};
	if (!is_interface(site->bridge) || nft_address(site->gateway, &gateway) != 4 ||
	    !nft_network(site->network, &network))
		return;
	str_addf(out, "link set dev %s up\naddress replace %s%s dev %s\n", site->bridge,
	    str_text(&gateway), strchr(str_text(&network), '/'), site->bridge);
	if (site_has_six(site))
		str_addf(
		    out, "address replace %s/64 dev %s nodad\n", site_gateway6, site->bridge);
	for (enum role role = 0; role < ROLE_COUNT; role++)
		link_six(site, role, out);
}
