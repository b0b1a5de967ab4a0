/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Apache: a file for each account, with a site for each domain, once for HTTP and
 * once for HTTPS; and one for what depends on the whole site. Users are written as
 * numbers, so that reading the configuration asks nobody for two thousand names.
 */
#include "base/escape.h"
#include "base/map.h"
#include "model/gate_sockets.h"
#include "roles/safe.h"
#include "roles/web.h"

enum { CPU_SECONDS = 600 };

static const char written[] = "# Written by hayward, which writes it anew with each change.\n";

struct sites {
	const struct view *view;
	const struct book_account *account;
	struct map *domains; /* of all accounts */
	struct str *out;
};

/* www.DOMAIN comes along, unless somebody has it as a domain of his own. */
static void
add_names(const struct sites *sites, const char *domain)
{
	auto_str www = {0};
	str_addf(&www, "www.%s", domain);
	str_addf(sites->out, "\tServerName %s\n", domain);
	if (!map_find_text(sites->domains, str_text(&www)))
		str_addf(sites->out, "\tServerAlias %s\n", str_text(&www));
}

static void
add_logs(const struct sites *sites)
{
	auto_str logs = {0};
	web_add_logs(sites->account, &logs);
	str_addf(sites->out, "\tErrorLog %s/error.log\n", str_text(&logs));
	str_addf(sites->out, "\tCustomLog %s/access.log vhost_combined\n", str_text(&logs));
}

static void
add_pool(const struct sites *sites)
{
	auto_str handler = {0};
	str_add(&handler, "proxy:unix:");
	web_add_socket(sites->view, sites->account, &handler);
	str_addf(&handler, "|fcgi://%s/", sites->account->name);
	str_addf(sites->out,
	    "\tHaywardPool \"%s\"\n"
	    "\t<FilesMatch \"\\.php$\">\n\t\tSetHandler \"%s\"\n\t</FilesMatch>\n",
	    str_text(&handler), str_text(&handler));
}

static void
add_limits(const struct sites *sites)
{
	int64_t processes = web_processes(sites->view, sites->account);
	int64_t memory = web_memory(sites->view, sites->account);
	str_addf(sites->out, "\tRLimitCPU %d %d\n", CPU_SECONDS, CPU_SECONDS);
	str_addf(sites->out, "\tRLimitMEM %lld %lld\n", (long long)memory, (long long)memory);
	str_addf(sites->out, "\tRLimitNPROC %lld %lld\n", (long long)processes,
	    (long long)processes);
}

/* `<If>` is looked at last, for the file that the request leads to in the end, and no
 * .htaccess takes a redirect back; see docs/decisions/0014-one-file-closes-the-front.md. */
static void
add_closed(const struct sites *sites)
{
	for (size_t i = 0; i < sites->account->closed_count; i++) {
		str_add(sites->out, "\t<If \"%{REQUEST_FILENAME} =~ "
				    "m#^(?:proxy:fcgi:\\x2f\\x2f[^\\x2f]*)?");
		escape_pattern(sites->out, sites->account->closed[i]);
		str_add(sites->out, "(?:\\x2f|\\z)#\">\n\t\tRedirect 503 \"/\"\n\t</If>\n");
	}
}

static void
add_pages(const struct sites *sites, size_t domain)
{
	auto_str folder = {0};
	long long uid = (long long)sites->account->uid;
	web_add_folder(sites->view, sites->account, domain, &folder);
	str_addf(sites->out, "\tDocumentRoot \"%s\"\n", str_text(&folder));
	str_addf(sites->out, "\tSuexecUserGroup \"#%lld\" \"#%lld\"\n", uid, uid);
	str_addf(sites->out, "\tHaywardOwner %lld\n", uid);
	add_limits(sites);
	add_pool(sites);
	add_closed(sites);
}

static void
add_tls(struct str *out, const char *name)
{
	str_addf(out,
	    "\tSSLEngine on\n"
	    "\tSSLCertificateFile /etc/hayward/tls/%s.pem\n"
	    "\tSSLCertificateKeyFile /etc/hayward/tls/%s.key\n",
	    name, name);
}

static void
add_site(const struct sites *sites, size_t domain, bool tls)
{
	static const char *const closed[] = {[STANDING_OPEN] = "",
	    [STANDING_SUSPENDED] = "suspended",
	    [STANDING_CANCELLED] = "cancelled"};
	const char *name = sites->account->domains[domain].name;
	str_addf(sites->out, "<VirtualHost *:%d>\n", tls ? 443 : 80);
	add_names(sites, name);
	if (tls)
		add_tls(sites->out, name);
	add_logs(sites);
	if (web_account_works(sites->account))
		add_pages(sites, domain);
	else
		str_addf(sites->out, "\tInclude hayward/%s.conf\n",
		    closed[sites->account->standing]);
	str_add(sites->out, "</VirtualHost>\n");
}

static void
render_account(struct sites *sites, struct output *output)
{
	const struct book_account *account = sites->account;
	auto_str logs = {0};
	web_add_logs(account, &logs);
	output_folder(output, 0750, 0, (gid_t)account->uid, "%s", str_text(&logs));
	/* hayward on the host reads them as a member of adm. */
	output_let_through(output, GID_LOGS);
	sites->out = output_file(
	    output, DAEMON_APACHE, "/etc/apache2/hayward/accounts/%s.conf", account->name);
	str_add(sites->out, written);
	for (size_t i = 0; i < account->domain_count; i++) {
		add_site(sites, i, false);
		add_site(sites, i, true);
	}
}

/* For whoever asks for a name that is nobody's: the first site is the one. */
static void
add_nobodys(struct str *out, const char *host, bool tls)
{
	str_addf(out, "<VirtualHost *:%d>\n\tServerName %s\n", tls ? 443 : 80, host);
	if (tls)
		add_tls(out, host);
	str_add(out, "\tInclude hayward/nobodys.conf\n</VirtualHost>\n");
}

static void
render_whole(const struct view *view, struct output *output)
{
	const char *host = view->site.roles[ROLE_WEB].host;
	struct str *out = output_file(output, DAEMON_APACHE, "/etc/apache2/hayward/site.conf");
	str_add(out, written);
	if (safe_path(view->site.homes))
		str_addf(out, "Define HAYWARD_HOMES %s\n", view->site.homes);
	if (site_gate_of(&view->site, ROLE_WEB) != SITE_GATE_OFF)
		str_addf(
		    out, "HaywardRequests %s/%s\n", GATE_IN_CONTAINER, GATE_REQUESTS_SOCKET);
	if (!safe_domain(host))
		return;
	str_addf(out, "ServerName %s\n", host);
	add_nobodys(out, host, false);
	add_nobodys(out, host, true);
}

static struct map *
map_domains(const struct view *view)
{
	struct map *domains = map_new();
	for (size_t i = 0; i < view->book.account_count; i++) {
		struct book_account *account = &view->book.accounts[i];
		for (size_t j = 0; j < account->domain_count; j++)
			map_put_text(domains, account->domains[j].name, account);
	}
	return domains;
}

void
web_render_sites(const struct view *view, struct output *output)
{
	struct sites sites = {.view = view, .domains = map_domains(view)};
	output_folder(output, 0755, 0, 0, "/etc/apache2/hayward");
	output_folder(output, 0755, 0, 0, "/etc/apache2/hayward/accounts");
	output_folder(output, 0755, 0, 0, "/var/log/hayward-web");
	output_folder(output, 0755, 0, 0, "/etc/apache2/suexec");
	if (safe_path(view->site.homes))
		str_addf(output_file(output, DAEMON_NONE, "/etc/apache2/suexec/www-data"),
		    "%s\npublic_html\n", view->site.homes);
	render_whole(view, output);
	for (size_t i = 0; i < view->book.account_count; i++) {
		sites.account = &view->book.accounts[i];
		if (!web_account_wrong(view, sites.account))
			render_account(&sites, output);
	}
	map_free(sites.domains);
}
