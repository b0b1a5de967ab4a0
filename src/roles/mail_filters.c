/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/mail_filters.h"

#include <string.h>

#include "model/address.h"
#include "roles/safe.h"

enum { MARKED = 10 /* points; an honest mail has had 6.6 while no name resolved */ };

/* ---- whom a filter leaves alone ---- */

/* A line of the host's description; what is no network would be a line of somebody's own. */
static bool
safe_client(const char *text)
{
	struct network network;
	return !network_parse(text, strlen(text), &network);
}

static void
add_lines(const struct site_filter *filter, const char *behind, struct str *out)
{
	for (size_t i = 0; i < filter->allow_count; i++)
		if (safe_client(filter->allow[i]))
			str_addf(out, "%s%s\n", filter->allow[i], behind);
}

/* For Postfix; a setting names it. The host speaks for hayward itself. */
static void
allow_in_postfix(const struct site *site, const struct site_filter *filter, const char *verdict,
    struct output *output)
{
	const char *name = site_filter_name(filter->kind);
	struct str *out =
	    output_file(output, DAEMON_POSTFIX, "/etc/postfix/hayward/allow-%s.cidr", name);
	if (safe_ipv4(site->gateway))
		str_addf(out, "%s%s\n", site->gateway, verdict);
	add_lines(filter, verdict, out);
}

/* For rspamd, with the site's own servers, who send for every domain. */
static void
allow_in_rspamd(const struct site *site, enum site_filter_kind kind, struct output *output)
{
	const struct site_filter *filter = site_filter_find(site, kind);
	struct str *out = output_file(
	    output, DAEMON_RSPAMD, "/etc/rspamd/hayward/allow-%s.map", site_filter_name(kind));
	for (enum role role = 0; role < ROLE_COUNT; role++) {
		const struct site_role *server = &site->roles[role];
		if (server->place == PLACE_NOWHERE)
			continue;
		if (safe_ipv4(server->address))
			str_addf(out, "%s\n", server->address);
		if (safe_ipv6(server->address6))
			str_addf(out, "%s\n", server->address6);
	}
	if (safe_ipv4(site->gateway))
		str_addf(out, "%s\n", site->gateway);
	if (filter)
		add_lines(filter, "", out);
}

/* ---- what is about the other server ---- */

static void
ask_early(const struct site *site, const struct site_filter *filter, struct output *output,
    struct str *out)
{
	allow_in_postfix(site, filter, " permit", output);
	str_add(out, "postscreen_access_list = permit_mynetworks, "
		     "cidr:/etc/postfix/hayward/allow-early.cidr\n"
		     "postscreen_greet_action = enforce\n");
}

static void
ask_helo(const struct site *site, const struct site_filter *filter, struct output *output,
    struct str *out)
{
	allow_in_postfix(site, filter, " OK", output);
	str_addf(out,
	    "smtpd_helo_restrictions = permit_mynetworks, permit_sasl_authenticated,\n"
	    "    check_client_access cidr:/etc/postfix/hayward/allow-helo.cidr,\n"
	    "    check_helo_access inline:{ {%s = REJECT This name is ours}, {%s = REJECT This "
	    "name is ours} },\n"
	    "    reject_invalid_helo_hostname, reject_non_fqdn_helo_hostname\n",
	    site->name, site->roles[ROLE_MAIL].host);
}

static void
ask_reverse(const struct site *site, const struct site_filter *filter, struct output *output,
    struct str *out)
{
	allow_in_postfix(site, filter, " OK", output);
	str_add(out,
	    "smtpd_client_restrictions = permit_mynetworks, permit_sasl_authenticated,\n"
	    "    check_client_access cidr:/etc/postfix/hayward/allow-reverse.cidr,\n"
	    "    reject_unknown_reverse_client_hostname\n");
}

/* Behind what is asked of every sender. */
static void
ask_lists(const struct site *site, const struct site_filter *filter, struct output *output,
    struct str *out)
{
	allow_in_postfix(site, filter, " OK", output);
	str_add(out, ", permit_mynetworks, permit_sasl_authenticated,\n"
		     "    check_client_access cidr:/etc/postfix/hayward/allow-lists.cidr");
	for (size_t i = 0; i < filter->zone_count; i++)
		if (safe_domain(filter->zones[i]))
			str_addf(out, ",\n    reject_rbl_client %s", filter->zones[i]);
}

/* As in mynetworks: 192.0.2.0/24, [2001:db8::]/32. */
static void
add_network(const char *text, struct str *out)
{
	int length = (int)strcspn(text, "/");
	str_addf(out, strchr(text, ':') ? " [%.*s]%s" : " %.*s%s", length, text, text + length);
}

static void
ask_rate(const struct site *site, const struct site_filter *filter, struct str *out)
{
	str_addf(out,
	    "anvil_rate_time_unit = 60s\n"
	    "smtpd_client_message_rate_limit = %lld\n"
	    "smtpd_client_event_limit_exceptions = $mynetworks",
	    (long long)filter->most);
	if (safe_ipv4(site->gateway))
		add_network(site->gateway, out);
	for (size_t i = 0; i < filter->allow_count; i++)
		if (safe_client(filter->allow[i]))
			add_network(filter->allow[i], out);
	str_add_char(out, '\n');
}

static void
ask_servers(const struct site *site, struct output *output, struct str *out)
{
	const struct site_filter *found[SITE_FILTER_COUNT];
	for (int kind = 0; kind < SITE_FILTER_COUNT; kind++)
		found[kind] = site_filter_find(site, (enum site_filter_kind)kind);
	str_add(out, "smtpd_sender_restrictions = reject_non_fqdn_sender");
	if (found[SITE_FILTER_LISTS])
		ask_lists(site, found[SITE_FILTER_LISTS], output, out);
	str_add_char(out, '\n');
	if (found[SITE_FILTER_EARLY])
		ask_early(site, found[SITE_FILTER_EARLY], output, out);
	if (found[SITE_FILTER_HELO])
		ask_helo(site, found[SITE_FILTER_HELO], output, out);
	if (found[SITE_FILTER_REVERSE])
		ask_reverse(site, found[SITE_FILTER_REVERSE], output, out);
	if (found[SITE_FILTER_RATE])
		ask_rate(site, found[SITE_FILTER_RATE], out);
}

/* ---- what is about the mail ---- */

static void
add_points(const char *action, const struct site_filter *filter, struct str *out)
{
	if (filter)
		str_addf(out, "%s = %lld;\n", action, (long long)filter->most);
	else
		str_addf(out, "%s = null;\n", action);
}

/* Marks always; what else, the site says. */
static void
render_points(const struct site *site, struct output *output)
{
	struct str *out =
	    output_file(output, DAEMON_RSPAMD, "/etc/rspamd/local.d/actions.conf");
	add_points("reject", site_filter_find(site, SITE_FILTER_SCORE), out);
	add_points("greylist", site_filter_find(site, SITE_FILTER_GREYLIST), out);
	str_addf(out, "add_header = %d;\nrewrite_subject = null;\n", MARKED);
}

/* Mail that was handed on still has its author's seal (DKIM), if its server does not stand in
 * the author's SPF record: that is no forgery. */
static void
render_verdicts(const struct site *site, struct output *output)
{
	struct str *lists =
	    output_file(output, DAEMON_RSPAMD, "/etc/rspamd/local.d/multimap.conf");
	struct str *out =
	    output_file(output, DAEMON_RSPAMD, "/etc/rspamd/local.d/force_actions.conf");
	str_add(lists,
	    "HAYWARD_ALLOW_SPF { type = \"ip\"; map = \"/etc/rspamd/hayward/allow-spf.map\"; "
	    "score = 0.0; }\n"
	    "HAYWARD_ALLOW_SCORE { type = \"ip\"; map = "
	    "\"/etc/rspamd/hayward/allow-score.map\"; score = 0.0; }\n");
	str_add(out, "rules {\n"
		     "  HAYWARD_SCORE { action = \"add header\"; expression = "
		     "\"HAYWARD_ALLOW_SCORE\"; require_action = [\"reject\"]; }\n");
	if (site_filter_find(site, SITE_FILTER_SPF))
		str_add(out,
		    "  HAYWARD_SPF { action = \"reject\"; "
		    "expression = \"R_SPF_FAIL & !R_DKIM_ALLOW & !HAYWARD_ALLOW_SPF\"; "
		    "message = \"Not accepted, your domain shuts your server out (SPF)\"; }\n");
	str_add(out, "}\n");
}

/* What strangers have sent before is remembered by redis, on a socket of their two groups. */
static void
render_greylist(const struct site *site, struct output *output)
{
	bool is_on = site_filter_find(site, SITE_FILTER_GREYLIST);
	struct str *out =
	    output_file(output, DAEMON_RSPAMD, "/etc/rspamd/local.d/greylist.conf");
	str_addf(out,
	    "enabled = %s;\n"
	    "servers = \"/run/redis/hayward.sock\";\n"
	    "whitelisted_ip = \"/etc/rspamd/hayward/allow-greylist.map\";\n"
	    "message = \"Not now, we have not met\";\n",
	    is_on ? "true" : "false");
	if (is_on)
		str_add(output_file(output, DAEMON_REDIS, "/etc/redis/hayward.conf"),
		    "port 0\n"
		    "unixsocket /run/redis/hayward.sock\n"
		    "unixsocketperm 770\n"
		    "dir /var/lib/redis\n"
		    "save 300 1\n"
		    "maxmemory 64mb\n"
		    "maxmemory-policy volatile-ttl\n");
}

void
mail_filters_render(const struct site *site, struct output *output, struct str *out)
{
	ask_servers(site, output, out);
	render_points(site, output);
	render_verdicts(site, output);
	render_greylist(site, output);
	allow_in_rspamd(site, SITE_FILTER_SPF, output);
	allow_in_rspamd(site, SITE_FILTER_SCORE, output);
	allow_in_rspamd(site, SITE_FILTER_GREYLIST, output);
}

void
mail_filters_services(const struct site *site, struct str *out)
{
	if (site_filter_find(site, SITE_FILTER_EARLY))
		str_add(out, "smtp       inet  n  -  n  -  1  postscreen\n"
			     "smtpd      pass  -  -  n  -  -  smtpd\n"
			     "dnsblog    unix  -  -  n  -  0  dnsblog\n"
			     "tlsproxy   unix  -  -  n  -  0  tlsproxy\n");
	else
		str_add(out, "smtp       inet  n  -  n  -  -  smtpd\n");
}
