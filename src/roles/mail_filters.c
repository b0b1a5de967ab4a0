/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/mail_filters.h"

#include <string.h>

#include "model/address.h"
#include "model/gate_sockets.h"
#include "roles/addresses.h"
#include "roles/safe.h"

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

/* For Postfix, whose settings name it; NULL: the filter is switched off. The host speaks for
 * hayward itself. */
static const struct site_filter *
allow_in_postfix(
    const struct site *site, enum filter_kind kind, const char *verdict, struct output *output)
{
	const struct site_filter *filter = site_filter_find(site, kind);
	if (!filter)
		return NULL;
	struct str *out = output_file(
	    output, DAEMON_POSTFIX, "/etc/postfix/hayward/allow-%s.cidr", filter_name(kind));
	if (safe_ipv4(site->gateway))
		str_addf(out, "%s%s\n", site->gateway, verdict);
	add_lines(filter, verdict, out);
	return filter;
}

/* For rspamd, with the site's own servers, who send for every domain. */
static void
allow_in_rspamd(const struct site *site, enum filter_kind kind, struct output *output)
{
	const struct site_filter *filter = site_filter_find(site, kind);
	struct str *out = output_file(
	    output, DAEMON_RSPAMD, "/etc/rspamd/hayward/allow-%s.map", filter_name(kind));
	addresses_add_all(site, "", "\n", out);
	if (safe_ipv4(site->gateway))
		str_addf(out, "%s\n", site->gateway);
	if (filter)
		add_lines(filter, "", out);
}

/* ---- what is about the other server ---- */

/* Whether it turns away, and does not only note. */
static bool
acts(const struct site_filter *filter)
{
	return filter->rule.mode == MODE_ENFORCE;
}

/* Before each test of Postfix that only notes. */
static const char *
noted(const struct site_filter *filter)
{
	return acts(filter) ? "" : "warn_if_reject ";
}

/* Whether the filter is about that word of its measure, which is its index-th. */
static bool
is_about(const struct site_filter *filter, enum measure measure, const char *word)
{
	return (filter->rule.values & INT64_C(1) << measure_value_find(measure, word)) != 0;
}

static void
ask_early(const struct site_filter *filter, struct str *out)
{
	str_addf(out,
	    "postscreen_access_list = permit_mynetworks, "
	    "cidr:/etc/postfix/hayward/allow-early.cidr\n"
	    "postscreen_greet_action = %s\n",
	    acts(filter) ? "enforce" : "ignore");
}

static void
ask_helo(const struct site *site, const struct site_filter *filter, struct str *out)
{
	const char *note = noted(filter);
	str_add(out, "smtpd_helo_restrictions = permit_mynetworks, permit_sasl_authenticated,\n"
		     "    check_client_access cidr:/etc/postfix/hayward/allow-helo.cidr");
	if (is_about(filter, MEASURE_MAIL_HELO, "forged"))
		str_addf(out,
		    ",\n    %scheck_helo_access inline:{ {%s = REJECT This name is ours}, "
		    "{%s = REJECT This name is ours} }",
		    note, site->name, site->roles[ROLE_MAIL].host);
	if (is_about(filter, MEASURE_MAIL_HELO, "missing"))
		str_addf(out,
		    ",\n    %sreject_invalid_helo_hostname, %sreject_non_fqdn_helo_hostname",
		    note, note);
	str_add_char(out, '\n');
}

/* What is forged has a name in the DNS that does not lead back; Postfix asks that together with
 * a missing one. While the DNS does not answer it is 450 in any case. */
static void
ask_reverse(const struct site_filter *filter, struct str *out)
{
	bool is_forged = is_about(filter, MEASURE_MAIL_REVERSE_DNS, "forged");
	str_addf(out,
	    "unknown_client_reject_code = %d\n"
	    "smtpd_client_restrictions = permit_mynetworks, permit_sasl_authenticated,\n"
	    "    check_client_access cidr:/etc/postfix/hayward/allow-reverse.cidr,\n"
	    "    %s%s\n",
	    filter->rule.answer == VERB_REJECT ? 550 : 450, noted(filter),
	    is_forged ? "reject_unknown_client_hostname"
		      : "reject_unknown_reverse_client_hostname");
}

/* As in mynetworks: 192.0.2.0/24, [2001:db8::]/32. */
static void
add_network(const char *text, struct str *out)
{
	int length = (int)strcspn(text, "/");
	str_addf(out, strchr(text, ':') ? " [%.*s]%s" : " %.*s%s", length, text, text + length);
}

/* anvil(8) counts in one window, of which it logs the highest counts in any case. */
static void
ask_rate(const struct site *site, const struct site_filter *filter, struct str *out)
{
	str_addf(out,
	    "anvil_rate_time_unit = %llds\n"
	    "smtpd_client_message_rate_limit = %lld\n"
	    "smtpd_client_event_limit_exceptions = $mynetworks",
	    (long long)filter->rule.window / 1000,
	    acts(filter) ? (long long)filter->rule.most : 0);
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
	const struct site_filter *filter;
	str_add(out, "smtpd_sender_restrictions = reject_non_fqdn_sender\n");
	if ((filter = allow_in_postfix(site, FILTER_EARLY, " permit", output)))
		ask_early(filter, out);
	if ((filter = allow_in_postfix(site, FILTER_HELO, " OK", output)))
		ask_helo(site, filter, out);
	if ((filter = allow_in_postfix(site, FILTER_REVERSE, " OK", output)))
		ask_reverse(filter, out);
	if ((filter = site_filter_find(site, FILTER_RATE)) && filter->rule.window >= 1000)
		ask_rate(site, filter, out);
}

/* ---- what is about the mail ---- */

/* What rspamd calls an answer. */
static const char *
action_of(enum verb answer)
{
	return answer == VERB_REJECT  ? "reject"
	       : answer == VERB_DEFER ? "soft reject"
				      : "add header";
}

static void
add_points(const char *action, const struct site_filter *filter, bool acts, struct str *out)
{
	if (filter && acts)
		str_addf(out, "%s = %lld;\n", action, (long long)filter->rule.most);
	else
		str_addf(out, "%s = null;\n", action);
}

static bool
is_answer(const struct site_filter *filter, enum verb answer)
{
	return filter && acts(filter) && filter->rule.answer == answer;
}

/* Of what only notes the points stand there as well: rspamd's log then has them, and hayward's
 * gate rates by those of `reject` what is sent (gates/rspamd.h). */
static void
render_points(const struct site *site, struct output *output)
{
	const struct site_filter *score = site_filter_find(site, FILTER_SCORE);
	const struct site_filter *mark = site_filter_find(site, FILTER_MARK);
	struct str *out =
	    output_file(output, DAEMON_RSPAMD, "/etc/rspamd/local.d/actions.conf");
	add_points("reject", score, score && score->rule.answer == VERB_REJECT, out);
	if (is_answer(score, VERB_DEFER))
		add_points("soft_reject", score, true, out);
	add_points("greylist", site_filter_find(site, FILTER_GREYLIST), true, out);
	add_points("add_header", mark, is_answer(mark, VERB_MARK), out);
	str_add(out, "rewrite_subject = null;\n");
}

/* Mail that was handed on still has its author's seal (DKIM), if its server does not stand in
 * the author's SPF record: that is no forgery. Of what is neutral RFC 7208 (8.2) says that it
 * is as if nothing had been said. */
static void
add_spf_test(const struct site_filter *filter, struct str *out)
{
	static const struct {
		const char *word;
		const char *symbols;
	} results[] = {{"fail", "R_SPF_FAIL"}, {"softfail", "R_SPF_SOFTFAIL"},
	    {"none", "R_SPF_NA | R_SPF_NEUTRAL"}};
	const char *joint = "";
	str_add(out, "((");
	for (size_t i = 0; i < array_length(results); i++)
		if (is_about(filter, MEASURE_MAIL_SPF, results[i].word)) {
			str_addf(out, "%s%s", joint, results[i].symbols);
			joint = " | ";
		}
	str_add(out, ") & !R_DKIM_ALLOW & !HAYWARD_ALLOW_SPF)");
}

static void
add_spf(const struct site_filter *filter, struct str *out)
{
	bool marks = filter->rule.answer == VERB_MARK;
	str_addf(out, "  HAYWARD_SPF { action = \"%s\"; %sexpression = \"",
	    action_of(filter->rule.answer), marks ? "least = true; " : "");
	add_spf_test(filter, out);
	str_addf(out, "\"; %s}\n",
	    marks ? ""
		  : "message = \"Not accepted, your domain shuts your server out (SPF)\"; ");
}

/* Whom the filter `mark` leaves alone others may mark. */
static void
add_unmarked(const struct site *site, struct str *out)
{
	const struct site_filter *spf = site_filter_find(site, FILTER_SPF);
	const struct site_filter *lists = site_filter_find(site, FILTER_LISTS);
	str_add(out,
	    "  HAYWARD_MARK { action = \"no action\"; require_action = [\"add header\"]; "
	    "expression = \"HAYWARD_ALLOW_MARK");
	if (is_answer(lists, VERB_MARK))
		str_add(out, " & !HAYWARD_LISTS");
	if (is_answer(spf, VERB_MARK) && spf->rule.values) {
		str_add(out, " & !");
		add_spf_test(spf, out);
	}
	str_add(out, "\"; }\n");
}

/* Whom a filter leaves alone, and which zones have the other end on their list. */
static void
render_symbols(const struct site *site, struct output *output)
{
	static const enum filter_kind kinds[] = {
	    FILTER_LISTS, FILTER_SPF, FILTER_MARK, FILTER_SCORE};
	static const char *const names[] = {"LISTS", "SPF", "MARK", "SCORE"};
	const struct site_filter *lists = site_filter_find(site, FILTER_LISTS);
	struct str *out =
	    output_file(output, DAEMON_RSPAMD, "/etc/rspamd/local.d/multimap.conf");
	for (size_t i = 0; i < array_length(kinds); i++)
		str_addf(out,
		    "HAYWARD_ALLOW_%s { type = \"ip\"; map = "
		    "\"/etc/rspamd/hayward/allow-%s.map\"; score = 0.0; }\n",
		    names[i], filter_name(kinds[i]));
	for (size_t i = 0; lists && i < lists->zone_count; i++)
		if (safe_domain(lists->zones[i]))
			str_addf(out,
			    "HAYWARD_LIST_%zu { type = \"dnsbl\"; map = \"%s\"; "
			    "score = 0.0; }\n",
			    i + 1, lists->zones[i]);
}

static void
render_verdicts(const struct site *site, struct output *output)
{
	const struct site_filter *spf = site_filter_find(site, FILTER_SPF);
	const struct site_filter *score = site_filter_find(site, FILTER_SCORE);
	const struct site_filter *mark = site_filter_find(site, FILTER_MARK);
	bool is_noted = score && !acts(score);
	struct str *out =
	    output_file(output, DAEMON_RSPAMD, "/etc/rspamd/local.d/force_actions.conf");
	str_addf(out,
	    "rules {\n"
	    "  HAYWARD_SCORE { action = \"%s\"; expression = \"%sHAYWARD_ALLOW_SCORE\"; "
	    "require_action = [\"%s\"]; }\n",
	    is_answer(mark, VERB_MARK) ? "add header" : "no action",
	    is_noted ? "!HAYWARD_ALLOW_SCORE | " : "",
	    score ? action_of(score->rule.answer) : "reject");
	add_unmarked(site, out);
	if (spf && acts(spf) && spf->rule.values)
		add_spf(spf, out);
	str_add(out, "}\n");
}

/*
 * rspamd knows of each list by itself; how many there are it is told to count in its own
 * language (rspamd.com, "Writing rspamd rules"). What only notes leaves its symbol in the log.
 */
static const char count_lists[] =
    "rspamd_config:register_symbol{\n"
    "  name = \"HAYWARD_LISTS\", type = \"normal\", score = 0.0, "
    "flags = \"ignore_passthrough\",\n"
    "  callback = function(task)\n"
    "    local named = {}\n"
    "    for _, list in ipairs(lists) do\n"
    "      if task:has_symbol(list[1]) then table.insert(named, list[2]) end\n"
    "    end\n"
    "    if #named < most or task:has_symbol(\"HAYWARD_ALLOW_LISTS\") then return end\n"
    "    local names = table.concat(named, \", \")\n"
    "    task:insert_result(\"HAYWARD_LISTS\", 1.0, names)\n"
    "    if not action then return end\n"
    "    local flags = action == \"add header\" and \"least\" or \"\"\n"
    "    local words = \"Not accepted, your server's address is on \" .. names\n"
    "    task:set_pre_result{action = action, message = words, module = \"hayward\", "
    "flags = flags}\n"
    "  end}\n"
    "rspamd_config:register_dependency(\"HAYWARD_LISTS\", \"HAYWARD_ALLOW_LISTS\")\n"
    "for _, list in ipairs(lists) do\n"
    "  rspamd_config:register_dependency(\"HAYWARD_LISTS\", list[1])\n"
    "end\n";

static void
render_lists(const struct site *site, struct output *output)
{
	const struct site_filter *filter = site_filter_find(site, FILTER_LISTS);
	struct str *out = output_file(output, DAEMON_RSPAMD, "/etc/rspamd/local.d/rspamd.lua");
	if (!filter)
		return;
	str_addf(out, "local most = %lld\nlocal lists = {\n", (long long)filter->rule.most);
	for (size_t i = 0; i < filter->zone_count; i++)
		if (safe_domain(filter->zones[i]))
			str_addf(out, "  {\"HAYWARD_LIST_%zu\", \"%s\"},\n", i + 1,
			    filter->zones[i]);
	str_add(out, "}\n");
	if (acts(filter))
		str_addf(out, "local action = \"%s\"\n", action_of(filter->rule.answer));
	else
		str_add(out, "local action = nil\n");
	str_add(out, count_lists);
}

/* What strangers have sent before is remembered by redis, on a socket of their two groups. */
static void
render_greylist(const struct site *site, struct output *output)
{
	const struct site_filter *filter = site_filter_find(site, FILTER_GREYLIST);
	bool is_on = filter && acts(filter);
	struct str *out =
	    output_file(output, DAEMON_RSPAMD, "/etc/rspamd/local.d/greylist.conf");
	str_addf(out,
	    "enabled = %s;\n"
	    "timeout = %ds;\n"
	    "servers = \"/run/redis/hayward.sock\";\n"
	    "whitelisted_ip = \"/etc/rspamd/hayward/allow-greylist.map\";\n"
	    "message = \"Not now, we have not met\";\n",
	    is_on ? "true" : "false", GREYLIST_WAIT_MS / 1000);
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

/* hayward's gate asks here about what is sent from the site. */
static void
render_rating(const struct site *site, struct output *output)
{
	struct str *out =
	    output_file(output, DAEMON_RSPAMD, "/etc/rspamd/local.d/worker-normal.inc");
	if (site_gate_of(site, ROLE_MAIL) == SITE_GATE_OFF)
		str_add(out, "enabled = false;\n");
	else
		str_add(out, "bind_socket = \"" GATE_IN_CONTAINER "/" GATE_RSPAMD_SOCKET
			     " mode=0666\";\ncount = 1;\n");
}

void
mail_filters_render(const struct site *site, struct output *output, struct str *out)
{
	ask_servers(site, output, out);
	render_points(site, output);
	render_symbols(site, output);
	render_verdicts(site, output);
	render_lists(site, output);
	render_greylist(site, output);
	render_rating(site, output);
	for (enum filter_kind kind = 0; kind < FILTER_COUNT; kind++)
		if (kind == FILTER_LISTS || kind == FILTER_SPF || kind == FILTER_GREYLIST ||
		    kind == FILTER_MARK || kind == FILTER_SCORE)
			allow_in_rspamd(site, kind, output);
}

void
mail_filters_services(const struct site *site, struct str *out)
{
	if (site_filter_find(site, FILTER_EARLY))
		str_add(out, "smtp       inet  n  -  n  -  1  postscreen\n"
			     "smtpd      pass  -  -  n  -  -  smtpd\n"
			     "dnsblog    unix  -  -  n  -  0  dnsblog\n"
			     "tlsproxy   unix  -  -  n  -  0  tlsproxy\n");
	else
		str_add(out, "smtp       inet  n  -  n  -  -  smtpd\n");
}
