/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Dovecot reads the files of its passdbs again when their time or size has
 * changed, and looks at each login, but once in a second at most; nobody has to
 * tell it. It remembers the time in whole seconds: two changes within one would
 * be one, so the size says the generation as well.
 *
 * hayward's gate is asked about each login to POP and each folder that is opened, by plugins of
 * ours (src/dovecot), as the site says.
 *
 * Who is suspended is named in /etc/hayward/held/mailboxes, by login and by
 * domain, as docs/suspend.md has it.
 */
#include "roles/addresses.h"
#include "roles/mail.h"
#include "roles/safe.h"

static const char fixed[] =
    "protocols = imap pop3 lmtp\n"
    "listen = *, ::\n"
    "ssl = required\n"
    "ssl_min_protocol = TLSv1.2\n"
    "disable_plaintext_auth = yes\n"
    "auth_mechanisms = plain login\n"
    "auth_username_format = %Lu\n"
    "mail_location = maildir:~\n"
    "recipient_delimiter = +\n"
    "login_greeting = mail is here\n"
    "namespace inbox {\n"
    "  inbox = yes\n"
    "  mailbox Drafts {\n    special_use = \\Drafts\n  }\n"
    "  mailbox Junk {\n    special_use = \\Junk\n  }\n"
    "  mailbox Sent {\n    special_use = \\Sent\n  }\n"
    "  mailbox Trash {\n    special_use = \\Trash\n  }\n"
    "}\n"
    "passdb {\n  driver = passwd-file\n  deny = yes\n"
    "  args = username_format=%Lu /etc/hayward/held/mailboxes\n}\n"
    "passdb {\n  driver = passwd-file\n  deny = yes\n"
    "  args = username_format=%Ld /etc/hayward/held/mailboxes\n}\n"
    "passdb {\n  driver = passwd-file\n"
    "  args = scheme=CRYPT username_format=%Lu /etc/dovecot/hayward/logins\n}\n"
    "userdb {\n  driver = passwd-file\n"
    "  args = username_format=%Lu /etc/dovecot/hayward/logins\n"
    /* What a program says of itself before it logs in, for hayward_imap. */
    "  override_fields = hayward_client=%{sha1:client_id}\n}\n"
    "imap_id_retain = yes\n"
    /* Moving mail teaches its owner's filter, see docs/bayes.md; other scripts there are none. */
    "plugin {\n"
    "  sieve_plugins = sieve_imapsieve sieve_extprograms\n"
    "  sieve_global_extensions = +vnd.dovecot.pipe\n"
    "  sieve_pipe_bin_dir = /usr/lib/hayward/sieve\n"
    "  sieve_pipe_exec_timeout = 10s\n"
    "  imapsieve_mailbox1_name = Junk\n"
    "  imapsieve_mailbox1_causes = COPY\n"
    "  imapsieve_mailbox1_before = file:/usr/share/hayward/sieve/to-junk.sieve\n"
    "  imapsieve_mailbox2_name = *\n"
    "  imapsieve_mailbox2_from = Junk\n"
    "  imapsieve_mailbox2_causes = COPY\n"
    "  imapsieve_mailbox2_before = file:/usr/share/hayward/sieve/from-junk.sieve\n"
    "}\n"
    /* Postfix asks here who sends, and brings what suspended accounts get. */
    "service auth {\n"
    "  unix_listener /var/spool/postfix/private/auth {\n"
    "    mode = 0600\n    user = postfix\n    group = postfix\n  }\n}\n"
    "service lmtp {\n"
    "  unix_listener /var/spool/postfix/private/dovecot-lmtp {\n"
    "    mode = 0600\n    user = postfix\n    group = postfix\n  }\n}\n";

static void
add_plugins(const struct site *site, struct str *out)
{
	bool asks = site->logins != SITE_GATE_OFF;
	str_addf(out, "protocol imap {\n  mail_plugins = imap_sieve%s\n}\n",
	    asks ? " hayward_imap" : "");
	if (!asks)
		return;
	str_add(out, "protocol pop3 {\n  mail_plugins = hayward_pop3\n}\nplugin {\n");
	/* The site's own servers are not asked about: a webmailer there speaks for many. */
	str_add(out, "  hayward_exempt =");
	addresses_add_all(site, " ", "", out);
	str_addf(out, "\n  hayward_required = %s\n}\n",
	    site->logins == SITE_GATE_REQUIRED ? "yes" : "no");
}

void
mail_dovecot_render(const struct view *view, struct output *output)
{
	const struct site *site = &view->site;
	const char *host = site->roles[ROLE_MAIL].host;
	struct str *out = output_file(output, DAEMON_DOVECOT, "/etc/dovecot/dovecot.conf");
	str_add(out, "# Rendered from the site's description.\n");
	str_add(out, fixed);
	add_plugins(site, out);
	str_addf(out, "ssl_cert = </etc/hayward/tls/%s.pem\n", host);
	str_addf(out, "ssl_key = </etc/hayward/tls/%s.key\n", host);
	str_addf(out, "hostname = %s\n", host);
	str_addf(out, "postmaster_address = postmaster@%s\n", site->name);
	str_addf(out, "first_valid_uid = %lld\n", (long long)site->uid_first);
	str_addf(out, "last_valid_uid = %lld\n", (long long)site->uid_last);
	str_addf(out, "first_valid_gid = %lld\n", (long long)site->uid_first);
	str_addf(out, "last_valid_gid = %lld\n", (long long)site->uid_last);
}

static void
add_generation(int64_t generation, struct str *out)
{
	str_add_char(out, '#');
	str_add_fill(out, '-', (size_t)(generation & 127));
	str_add_char(out, '\n');
}

static void
add_login(const struct site *site, const struct mail_mailbox *box, struct str *out)
{
	const struct book_account *account = box->account;
	const struct book_mailbox *mailbox = box->mailbox;
	/* "*" is nobody's: crypt(3) never gives it. */
	const char *password = safe_password(mailbox->password) ? mailbox->password : "*";
	str_addf(out, "%s@%s:{CRYPT}%s:%lld:%lld::%s/%s/%s/%s\n", mailbox->local,
	    mailbox->domain, password, (long long)account->uid, (long long)account->uid,
	    site->mail, account->name, mailbox->domain, mailbox->local);
	if (box->is_main)
		str_addf(out, "%s:{CRYPT}%s::::::user=%s@%s\n", account->name, password,
		    mailbox->local, mailbox->domain);
}

static void
render_held(const struct mail_customers *customers, struct output *output)
{
	struct str *boxes = output_file(output, DAEMON_NONE, "/etc/hayward/held/mailboxes");
	struct str *senders = output_file(output, DAEMON_NONE, "/etc/hayward/held/senders");
	add_generation(customers->view->book.generation, boxes);
	for (size_t i = 0; i < customers->account_count; i++) {
		if (customers->accounts[i]->standing == STANDING_OPEN)
			continue;
		str_addf(boxes, "%s\n", customers->accounts[i]->name);
		str_addf(senders, "%s\n", customers->accounts[i]->name);
	}
	for (size_t i = 0; i < customers->domain_count; i++)
		if (customers->domains[i].account->standing != STANDING_OPEN)
			str_addf(boxes, "%s\n", customers->domains[i].name);
}

/* In a folder that only Dovecot can enter, see mail.c. */
void
mail_logins_render(const struct mail_customers *customers, struct output *output)
{
	struct str *out = output_file(output, DAEMON_NONE, "/etc/dovecot/hayward/logins");
	add_generation(customers->view->book.generation, out);
	for (size_t i = 0; i < customers->mailbox_count; i++)
		add_login(&customers->view->site, &customers->mailboxes[i], out);
	render_held(customers, output);
}
