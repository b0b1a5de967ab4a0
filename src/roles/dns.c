/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The name server: BIND, which answers for the zones of the site and its
 * customers to everybody, and for all else to the site's own roles only
 * (docs/decisions/0026-names.md). Its files lie in /etc/bind, where Debian's
 * AppArmor profile lets it read; named.conf stays the package's own.
 *
 * A domain may be listed that the site itself has, or that was listed before:
 * a zone given twice would keep the server from reading any. Such a one is left
 * out, and that is said.
 */
#include <string.h>

#include "base/log.h"
#include "base/map.h"
#include "roles/addresses.h"
#include "roles/dns_zone.h"
#include "roles/role.h"
#include "roles/safe.h"

enum { LONGEST_FILE = 128 };

static const char options[] =
    "options {\n"
    "\tdirectory \"/var/cache/bind\";\n"
    "\tlisten-on { any; };\n"
    "\tlisten-on-v6 { any; };\n"
    "\tallow-query { any; };\n"
    "\trecursion yes;\n"
    "\tallow-recursion { site; };\n"
    "\tallow-query-cache { site; };\n"
    "\tallow-transfer { none; };\n"
    "\tnotify no;\n"
    "\tminimal-responses yes;\n"
    "\tversion none;\n"
    "\thostname none;\n"
    "\tserver-id none;\n"
    "\tdnssec-validation auto;\n"
    /* A no is not asked for again at once; who asked first has waited long enough. */
    "\tservfail-ttl 30;\n"
    "\tmax-cache-size 64m;\n"
    /* Who forges senders shall not find an amplifier here. */
    "\trate-limit { responses-per-second 50; exempt-clients { site; }; };\n"
    "};\n";

/* Who may ask for everything. */
static void
add_insiders(const struct site *site, struct str *out)
{
	str_add(out, "acl site {\n\t127.0.0.0/8;\n\t::1;\n");
	if (safe_network(site->network))
		str_addf(out, "\t%s;\n", site->network);
	if (safe_ipv4(site->gateway))
		str_addf(out, "\t%s;\n", site->gateway);
	addresses_add_all(site, "\t", ";\n", out);
	str_add(out, "};\n");
}

struct zones {
	const struct site *site;
	struct output *output;
	struct str *list;    /* of the zones, in the configuration */
	struct map *claimed; /* names that are somebody's already */
};

static bool
claim(struct zones *zones, const char *name)
{
	if (map_find_text(zones->claimed, name))
		return false;
	map_put_text(zones->claimed, name, zones);
	return true;
}

/* A domain may be as long as a file's name, to which some letters are added while it is
 * written; no domain holds the _ that tells a folder of long ones from a file. */
static struct str *
add_zone(struct zones *zones, const char *name)
{
	auto_str path = {0};
	if (strlen(name) <= LONGEST_FILE)
		str_addf(&path, "/etc/bind/zones/%s", name);
	else
		str_addf(
		    &path, "/etc/bind/zones/%.*s_/%s", LONGEST_FILE, name, name + LONGEST_FILE);
	str_addf(zones->list, "zone \"%s\" { type primary; file \"%s\"; };\n", name,
	    str_text(&path));
	return output_file(zones->output, DAEMON_NAMES, "%s", str_text(&path));
}

static void
add_domain(struct zones *zones, const struct book_domain *domain)
{
	if (!safe_domain(domain->name) || !claim(zones, domain->name)) {
		log_warning(
		    "the domain '%s' gets no zone: it is no name, or is somebody else's",
		    domain->name);
		return;
	}
	dns_zone_of_domain(
	    zones->site, domain->name, domain->serial, add_zone(zones, domain->name));
}

/* The site's own zone, and no customer's zone in the place of a role. */
static void
add_site(struct zones *zones, int64_t generation)
{
	const struct site *site = zones->site;
	claim(zones, site->name);
	for (int i = 0; i < ROLE_COUNT; i++)
		claim(zones, site->roles[i].host);
	dns_zone_of_site(site, generation, add_zone(zones, site->name));
}

/* Zones do not go by standing: a cancelled account's domains stay until it is removed. */
static void
add_zones(struct zones *zones, const struct book *book)
{
	add_site(zones, book->generation);
	for (size_t i = 0; i < book->account_count; i++)
		for (size_t j = 0; j < book->accounts[i].domain_count; j++)
			add_domain(zones, &book->accounts[i].domains[j]);
}

static void
render(const struct view *view, struct output *output)
{
	auto_str list = {0};
	struct zones zones = {
	    .site = &view->site, .output = output, .list = &list, .claimed = map_new()};
	struct str *main_file = output_file(output, DAEMON_NAMES, "/etc/bind/hayward.conf");
	str_add(main_file, "// Rendered from the site's description and book.\n");
	add_insiders(&view->site, main_file);
	str_add(main_file, options);
	str_add(main_file, "include \"/etc/bind/named.conf.default-zones\";\n"
			   "include \"/etc/bind/hayward.zones\";\n");
	if (dns_zone_is_possible(&view->site))
		add_zones(&zones, &view->book);
	else
		log_error(
		    "no zones: the site has no name server of a proper name, or no operator");
	str_add(output_file(output, DAEMON_NAMES, "/etc/bind/hayward.zones"), str_text(&list));
	map_free(zones.claimed);
}

const struct role_work dns_role = {.render = render};
