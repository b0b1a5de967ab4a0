/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Postfix of the mail server. Who may send where:
 *
 *   25   anybody to the site's domains; the web and the shell server anywhere.
 *        Not this machine itself: a program in a customer's .procmailrc that
 *        connects is anybody, and goes through sendmail(1), which notes its uid.
 *   587  who has logged in, encrypted, by the address of the mailbox
 *
 * What else is asked of strangers, the site switches on, see roles/mail_filters.h.
 * hayward's gate is asked about each mail, as the site says: who sends it, and whether it has a
 * virus. From the web and the shell server mail comes with a pass of the gate there. The spam
 * filter is asked as well and need not be there: it marks.
 */
#include <string.h>

#include "model/gate_sockets.h"
#include "roles/addresses.h"
#include "roles/mail.h"
#include "roles/mail_filters.h"
#include "roles/mail_replies.h"
#include "roles/null_client.h"
#include "roles/safe.h"

static const char fixed[] =
    "compatibility_level = 3.6\n"
    "mail_name = mail\n"
    "smtpd_banner = $myhostname ESMTP\n"
    "biff = no\n"
    "append_dot_mydomain = no\n"
    "recipient_delimiter = +\n"
    "message_size_limit = 52428800\n"
    "mailbox_size_limit = 0\n"
    "bounce_queue_lifetime = 1d\n"
    /* A virus for which another server refused the mail does not go to whoever is named as its
     * sender. */
    "bounce_size_limit = 1\n"
    "default_process_limit = 50\n"
    /* Delivery: see roles/mail.h. */
    "mydestination = hayward.invalid\n"
    /* SECURITY: user@[an address of this machine's] is local to Postfix whatever stands there:
     * only what aliases lead to goes to local(8). */
    "local_transport = error:5.1.2 There is no such domain\n"
    "local_recipient_maps =\n"
    "alias_maps =\n"
    "alias_database =\n"
    "forward_path =\n"
    "allow_mail_to_commands =\n"
    "allow_mail_to_files =\n"
    "mailbox_command_maps = cdb:/etc/postfix/hayward/commands\n"
    "command_time_limit = 300s\n"
    "local_destination_concurrency_limit = 2\n"
    "virtual_alias_maps = cdb:/etc/postfix/hayward/aliases\n"
    "virtual_mailbox_domains = cdb:/etc/postfix/hayward/held\n"
    "virtual_mailbox_maps = cdb:/etc/postfix/hayward/held-boxes\n"
    "virtual_transport = lmtp:unix:private/dovecot-lmtp\n"
    "transport_maps = cdb:/etc/postfix/hayward/transports, inline:{hayward.invalid=local:}\n"
    "authorized_submit_users = !/etc/hayward/held/senders, static:all\n"
    /* Who may send what to whom. */
    "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n"
    "smtpd_recipient_restrictions = check_recipient_access cdb:/etc/postfix/hayward/closed,\n"
    "    reject_non_fqdn_recipient, reject_unlisted_recipient\n"
    "smtpd_sender_login_maps = regexp:/etc/postfix/hayward/own.regexp\n"
    "show_user_unknown_table_name = no\n"
    "smtpd_helo_required = yes\n"
    "smtpd_forbid_unauth_pipelining = yes\n"
    "smtpd_forbid_bare_newline = normalize\n"
    "disable_vrfy_command = yes\n"
    "smtpd_sasl_type = dovecot\n"
    "smtpd_sasl_path = private/auth\n"
    "smtpd_sasl_security_options = noanonymous\n"
    "smtpd_sasl_authenticated_header = yes\n"
    "smtpd_tls_auth_only = yes\n"
    "smtpd_tls_security_level = may\n"
    "smtpd_tls_mandatory_protocols = >=TLSv1.2\n"
    "smtp_tls_security_level = may\n"
    "smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt\n"
    "tls_preempt_cipherlist = yes\n"
    "milter_connect_timeout = 5s\n";

#define SPAM_FILTER "{ unix:/run/rspamd/milter.sock, default_action=accept }"

static const char services[] =
    "submission inet  n  -  n  -  -  smtpd\n"
    "  -o syslog_name=postfix/submission\n"
    "  -o smtpd_tls_security_level=encrypt\n"
    "  -o smtpd_sasl_auth_enable=yes\n"
    "  -o mynetworks=\n"
    "  -o smtpd_client_message_rate_limit=0\n"
    "  -o {smtpd_relay_restrictions=permit_sasl_authenticated, reject}\n"
    "  -o {smtpd_sender_restrictions=reject_non_fqdn_sender, reject_sender_login_mismatch}\n"
    "pickup     unix  n  -  n  60 1  pickup\n"
    "cleanup    unix  n  -  n  -  0  cleanup\n"
    "qmgr       unix  n  -  n  300 1 qmgr\n"
    "tlsmgr     unix  -  -  n  1000? 1 tlsmgr\n"
    "rewrite    unix  -  -  n  -  -  trivial-rewrite\n"
    "bounce     unix  -  -  n  -  0  bounce\n"
    "defer      unix  -  -  n  -  0  bounce\n"
    "trace      unix  -  -  n  -  0  bounce\n"
    "verify     unix  -  -  n  -  1  verify\n"
    "flush      unix  n  -  n  1000? 0 flush\n"
    "proxymap   unix  -  -  n  -  -  proxymap\n"
    "proxywrite unix  -  -  n  -  1  proxymap\n"
    "smtp       unix  -  -  n  -  -  smtp\n"
    "relay      unix  -  -  n  -  -  smtp\n"
    "showq      unix  n  -  n  -  -  showq\n"
    "error      unix  -  -  n  -  -  error\n"
    "retry      unix  -  -  n  -  -  error\n"
    "discard    unix  -  -  n  -  -  discard\n"
    "local      unix  -  n  n  -  -  local\n"
    /* With X-Original-To, which local(8) writes by itself: by what address it came. */
    "lmtp       unix  -  -  n  -  -  lmtp flags=O\n"
    "anvil      unix  -  -  n  -  1  anvil\n"
    "scache     unix  -  -  n  -  1  scache\n"
    "postlog    unix-dgram n - n  -  1  postlogd\n";

/* The two servers on which customers' programs run, and where only their system may connect. */
static const enum role inside[] = {ROLE_WEB, ROLE_SHELL};

static void
add_networks(const struct site *site, struct str *out)
{
	str_add(out, "mynetworks =");
	for (size_t i = 0; i < array_length(inside); i++) {
		const char *addresses[MOST_ADDRESSES];
		size_t count = addresses_of(&site->roles[inside[i]], addresses);
		for (size_t n = 0; n < count; n++)
			str_addf(out, strchr(addresses[n], ':') ? " [%s]/128" : " %s/32",
			    addresses[n]);
	}
	str_add_char(out, '\n');
}

/* What those two hand on is asked about at a door of its own. */
static void
render_insiders(const struct site *site, struct output *output)
{
	struct str *out =
	    output_file(output, DAEMON_POSTFIX, "/etc/postfix/hayward/insiders.cidr");
	for (size_t i = 0; i < array_length(inside); i++) {
		const char *addresses[MOST_ADDRESSES];
		size_t count = addresses_of(&site->roles[inside[i]], addresses);
		if (site_gate_of(site, inside[i]) == SITE_GATE_OFF)
			continue;
		for (size_t n = 0; n < count; n++)
			str_addf(out, "%s unix:%s/%s, " SPAM_FILTER "\n", addresses[n],
			    GATE_IN_CONTAINER, GATE_INSIDE_SOCKET);
	}
}

static void
add_filters(const struct site *site, struct str *out)
{
	if (site_gate_of(site, ROLE_MAIL) == SITE_GATE_OFF) {
		str_add(out, "smtpd_milters = " SPAM_FILTER "\n");
		return;
	}
	postfix_gate(site, ROLE_MAIL, out);
	str_addf(out,
	    /* Which mails did not arrive is on record as well. */
	    "internal_mail_filter_classes = bounce\n"
	    "smtpd_milters = unix:%s/%s, " SPAM_FILTER "\n"
	    "smtpd_milter_maps = cidr:/etc/postfix/hayward/insiders.cidr\n",
	    GATE_IN_CONTAINER, GATE_SMTP_SOCKET);
}

void
mail_postfix_render(const struct view *view, struct output *output)
{
	const struct site *site = &view->site;
	const struct site_role *mail = &site->roles[ROLE_MAIL];
	struct str *out = output_file(output, DAEMON_POSTFIX, "/etc/postfix/main.cf");
	str_add(out, "# Rendered from the site's description.\n");
	str_addf(out, "myhostname = %s\n", mail->host);
	str_addf(out, "mydomain = %s\n", site->name);
	str_addf(out, "myorigin = %s\n", site->name);
	str_addf(out, "inet_protocols = %s\n", safe_ipv6(mail->address6) ? "all" : "ipv4");
	str_addf(out, "virtual_alias_domains = %s %s cdb:/etc/postfix/hayward/domains\n",
	    site->name, mail->host);
	add_networks(site, out);
	str_addf(out,
	    "smtpd_tls_chain_files = /etc/hayward/tls/%s.key, /etc/hayward/tls/%s.pem\n",
	    mail->host, mail->host);
	str_add(out, fixed);
	add_filters(site, out);
	mail_filters_render(site, output, out);
	mail_replies_render(site, output, out);
	render_insiders(site, output);
	struct str *master = output_file(output, DAEMON_POSTFIX, "/etc/postfix/master.cf");
	mail_filters_services(site, master);
	str_add(master, services);
}
