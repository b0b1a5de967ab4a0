/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ProFTPD: its own lists of logins and groups, which it reads at each login, so
 * that no change of a password needs a word to it. An account comes in under its
 * name and sees its home; further logins see a folder of it; all work under the
 * account's uid. Who is suspended stands in the group that may not write
 * (packaging/suspend/proftpd.conf); who has cancelled is not in the list.
 */
#include <string.h>

#include "base/map.h"
#include "roles/safe.h"
#include "roles/users.h"
#include "roles/web.h"
#include "site/names.h"

enum { FTP_PORT = 21 };

struct ftp {
	const struct view *view;
	struct map *names; /* of further logins: two of one name would share a password */
	struct str *logins;
	struct str *groups;
	struct str readers; /* who may fetch and delete only, between commas */
};

static void
add_login(struct ftp *ftp, const struct book_account *account, const struct book_ftp *login)
{
	long long uid = (long long)account->uid;
	bool is_below = *login->folder != '\0';
	if (!safe_password(login->password))
		return;
	str_addf(ftp->logins, "%s:%s:%lld:%lld::%s/%s%s%s:/usr/sbin/nologin\n", login->name,
	    login->password, uid, uid, ftp->view->site.homes, account->name,
	    is_below ? "/" : "", login->folder);
	if (account->standing == STANDING_SUSPENDED)
		str_addf(&ftp->readers, "%s%s", ftp->readers.length ? "," : "", login->name);
}

static void
add_account(struct ftp *ftp, const struct book_account *account)
{
	struct book_ftp own = {
	    .name = account->name, .password = account->ftp_password, .folder = ""};
	str_addf(ftp->groups, "%s:x:%lld:\n", account->name, (long long)account->uid);
	add_login(ftp, account, &own);
	for (size_t i = 0; i < account->ftp_count; i++) {
		const struct book_ftp *login = &account->ftp[i];
		/* Named for what the account was called then; an account's own name has no
		 * '_'. A colon would begin a new field, the shell or another's uid. */
		if (strchr(login->name, '_') && !whole_name_wrong(login->name) &&
		    book_may_name(account, login->name) &&
		    !map_put_text(ftp->names, login->name, ftp->names) &&
		    (!*login->folder || !folder_wrong(login->folder)) &&
		    !strchr(login->folder, ':'))
			add_login(ftp, account, login);
	}
}

/* Data comes on the ports that are open for it: the range besides the one of FTP itself. */
static void
add_ports(const struct site_ports *ports, struct str *out)
{
	for (size_t i = 0; i < ports->count; i++) {
		const struct site_port *port = &ports->list[i];
		if (port->protocol == PROTOCOL_TCP && port->last > port->first) {
			str_addf(out, "PassivePorts %u %u\n", port->first, port->last);
			return;
		}
	}
}

/* Or it asks the DNS for its own name, which may not answer yet when the machine starts. */
static void
add_own_address(const struct site_role *web, struct str *out)
{
	bool has_ipv6 = safe_ipv6(web->address6);
	if (safe_ipv4(web->address))
		str_addf(out, "DefaultAddress %s%s%s\n", web->address, has_ipv6 ? " " : "",
		    has_ipv6 ? web->address6 : "");
}

static void
render_server(const struct view *view, struct output *output)
{
	const struct site_role *web = &view->site.roles[ROLE_WEB];
	struct str *out =
	    output_file(output, DAEMON_PROFTPD, "/etc/proftpd/conf.d/hayward-site.conf");
	str_add(out, "# Written by hayward, which writes it anew with each change.\n");
	add_ports(&web->listens, out);
	add_own_address(web, out);
	if (safe_ipv4(web->address))
		str_addf(out, "MasqueradeAddress %s\n", web->address);
	if (!safe_domain(web->host))
		return;
	str_addf(out,
	    "<IfModule mod_tls.c>\n"
	    "  TLSECCertificateFile /etc/hayward/tls/%s.pem\n"
	    "  TLSECCertificateKeyFile /etc/hayward/tls/%s.key\n"
	    "</IfModule>\n",
	    web->host, web->host);
}

void
web_render_ftp(const struct view *view, struct output *output)
{
	struct ftp ftp = {.view = view, .names = map_new()};
	render_server(view, output);
	ftp.logins = output_secret(output, DAEMON_NONE, 0, "/etc/proftpd/hayward.passwd");
	auto_str groups = {0};
	ftp.groups = &groups;
	for (size_t i = 0; i < view->book.account_count; i++) {
		const struct book_account *account = &view->book.accounts[i];
		if (account->standing != STANDING_CANCELLED &&
		    !web_account_wrong(view, account))
			add_account(&ftp, account);
	}
	struct str *out = output_secret(output, DAEMON_NONE, 0, "/etc/proftpd/hayward.group");
	str_add_bytes(out, groups.data, groups.length);
	str_addf(out, "%s:x:%lld:%s\n", users_kept_out_name(KEPT_OUT_UPLOAD),
	    (long long)users_kept_out_gid(&view->site, KEPT_OUT_UPLOAD),
	    str_text(&ftp.readers));
	str_done(&ftp.readers);
	map_free(ftp.names);
}
