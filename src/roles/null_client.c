/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/null_client.h"

#include "base/log.h"
#include "model/gate_sockets.h"
#include "roles/safe.h"
#include "site/names.h"

static const char fixed[] =
    "compatibility_level = 3.6\n"
    "mail_name = mail\n"
    "biff = no\n"
    "append_dot_mydomain = no\n"
    "mydestination =\n"
    "mynetworks =\n"
    "inet_interfaces = loopback-only\n"
    "local_recipient_maps =\n"
    "local_transport = error:5.1.1 there are no mailboxes on this machine\n"
    "alias_maps =\n"
    "alias_database =\n"
    "message_size_limit = 52428800\n"
    "mailbox_size_limit = 0\n"
    "bounce_queue_lifetime = 1d\n"
    /* What comes back is scanned as any mail: a virus must not keep its author from hearing of it. */
    "bounce_size_limit = 1\n"
    "smtp_tls_security_level = may\n"
    "smtp_connect_timeout = 10s\n"
    "authorized_submit_users = !/etc/hayward/held/senders, static:all\n";

static const char services[] = "pickup     unix  n  -  n  60 1  pickup\n"
			       "cleanup    unix  n  -  n  -  0  cleanup\n"
			       "qmgr       unix  n  -  n  300 1 qmgr\n"
			       "tlsmgr     unix  -  -  n  1000? 1 tlsmgr\n"
			       "rewrite    unix  -  -  n  -  -  trivial-rewrite\n"
			       "bounce     unix  -  -  n  -  0  bounce\n"
			       "defer      unix  -  -  n  -  0  bounce\n"
			       "trace      unix  -  -  n  -  0  bounce\n"
			       "proxymap   unix  -  -  n  -  -  proxymap\n"
			       "smtp       unix  -  -  n  -  20 smtp\n"
			       "relay      unix  -  -  n  -  20 smtp\n"
			       "showq      unix  n  -  n  -  -  showq\n"
			       "error      unix  -  -  n  -  -  error\n"
			       "retry      unix  -  -  n  -  -  error\n"
			       "discard    unix  -  -  n  -  -  discard\n"
			       "scache     unix  -  -  n  -  1  scache\n"
			       "anvil      unix  -  -  n  -  1  anvil\n"
			       "postlog    unix-dgram n - n  -  1  postlogd\n";

/* By address: mail gets away while names do not resolve. */
static void
add_relay(const struct site_role *mail, struct str *out)
{
	bool is_there = mail->place != PLACE_NOWHERE;
	if (is_there && safe_ipv4(mail->address))
		str_addf(out, "relayhost = [%s]\n", mail->address);
	else if (is_there && safe_ipv6(mail->address6))
		str_addf(out, "relayhost = [ipv6:%s]\n", mail->address6);
	else
		str_add(out, "default_transport = error:5.3.2 this site has no mail server\n");
}

void
postfix_gate(const struct site *site, enum role role, struct str *out)
{
	enum site_gate gate = site_gate_of(site, role);
	if (gate == SITE_GATE_OFF)
		return;
	str_addf(out,
	    "non_smtpd_milters = unix:%s/%s\n"
	    "milter_default_action = %s\n",
	    GATE_IN_CONTAINER, GATE_LOCAL_SOCKET,
	    gate == SITE_GATE_REQUIRED ? "tempfail" : "accept");
}

static void
render_held(const struct view *view, struct output *output)
{
	struct str *out = output_file(output, DAEMON_NONE, "/etc/hayward/held/senders");
	for (size_t i = 0; i < view->book.account_count; i++) {
		const struct book_account *account = &view->book.accounts[i];
		if (account->standing != STANDING_OPEN && !account_name_wrong(account->name))
			str_addf(out, "%s\n", account->name);
	}
}

void
null_client_render(const struct view *view, struct output *output)
{
	const struct site *site = &view->site;
	const struct site_role *own = &site->roles[view->role];
	if (!safe_domain(site->name) || !safe_role(own)) {
		log_error("no mail from here: this server has no name");
		return;
	}
	struct str *out = output_file(output, DAEMON_POSTFIX, "/etc/postfix/main.cf");
	str_add(out, "# Rendered from the site's description.\n");
	str_addf(out, "myhostname = %s\n", own->host);
	str_addf(out, "mydomain = %s\n", site->name);
	str_addf(out, "myorigin = %s\n", site->name);
	add_relay(&site->roles[ROLE_MAIL], out);
	str_add(out, fixed);
	postfix_gate(site, view->role, out);
	str_add(output_file(output, DAEMON_POSTFIX, "/etc/postfix/master.cf"), services);
	render_held(view, output);
}
