/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/gatehouse.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "roles/safe.h"
#include "roles/users.h"
#include "site/host.h"
#include "site/names.h"
#include "site/pass_key.h"

#define FOLDER "/etc/hayward/gate/"

static const char program[] = GATEHOUSE_PROGRAMS "/haywardd";

static const char fixed[] =
    "# Rendered from the site's description; what is said in hayward.conf.d beside this wins.\n"
    "mode observe\n"
    "policy gate.policy\n"
    "notices " GATEHOUSE_PROGRAMS "/notices\n"
    "passwd " FOLDER "passwd\n"
    "accounts accounts.conf\n"
    "state " GATEHOUSE_STATE "\n"
    "run /run/hayward-gate\n"
    /* The gate asks the clamd and the rspamd of the site's mail server, beside its own sockets.
     */
    "clamd \"\"\n"
    /* What is measured for clauses alone costs, and is nobody's here. */
    "kernel-programs \"handing requests\"\n"
    "access-logs \"\"\n"
    "database-interval 0s\n"
    "stored-mail-interval 0s\n";

/* What becomes a word of hayward's own files. */
static bool
is_sound(const struct site *site, const struct book_account *account)
{
	bool sound = users_is_sound(site, account) && !account_name_wrong(account->name);
	for (size_t i = 0; i < account->domain_count; i++)
		sound = sound && safe_domain(account->domains[i].name);
	for (size_t i = 0; i < account->mailbox_count; i++)
		sound = sound && !local_part_wrong(account->mailboxes[i].local) &&
			safe_domain(account->mailboxes[i].domain);
	return sound;
}

/* As the site's host writes them for its own haywardd. */
static void
render_customers(const struct view *view, struct output *output)
{
	auto_free struct book_account *sound =
	    memory_new(view->book.account_count + 1, sizeof(*sound));
	struct book book = {.accounts = sound};
	for (size_t i = 0; i < view->book.account_count; i++) {
		if (!is_sound(&view->site, &view->book.accounts[i]))
			continue;
		sound[book.account_count] = view->book.accounts[i];
		sound[book.account_count].contact = sound[book.account_count].plan = "";
		book.account_count++;
	}
	host_passwd(
	    &view->site, &book, output_file(output, DAEMON_GATE_CUSTOMERS, FOLDER "passwd"));
	host_accounts(
	    &book, output_file(output, DAEMON_GATE_CUSTOMERS, FOLDER "accounts.conf"));
}

/* Without it nothing that another server passes on is believed; the gate does not start then,
 * and mail waits. */
static void
render_key(const struct view *view, struct output *output)
{
	unsigned char key[GATE_KEY_SIZE];
	if (pass_key_read(view->pass_key, key))
		return;
	str_add_bytes(output_secret(output, DAEMON_GATE, 0, FOLDER GATE_KEY_FILE),
	    (const char *)key, sizeof(key));
}

void
gatehouse_render(const struct view *view, struct output *output)
{
	const struct site *site = &view->site;
	const struct site_role *own = &site->roles[view->role];
	if (!site_has_own_gate(site, view->role) || !safe_role(own) || !safe_path(site->homes))
		return;
	struct str *out = output_file(output, DAEMON_GATE, FOLDER "hayward.conf");
	str_add(out, fixed);
	str_addf(out, "host %s\nuid-first %lld\nuid-last %lld\n", own->host,
	    (long long)site->uid_first, (long long)site->uid_last);
	str_add(output_file(output, DAEMON_GATE, FOLDER "gate.policy"),
	    "# No clause: cases are the business of the site's host.\n");
	/* For the unit: whose place in the gate this machine's is. */
	str_addf(output_file(output, DAEMON_GATE, FOLDER "role"), "ROLE=%s\n",
	    role_name(view->role));
	render_key(view, output);
	render_customers(view, output);
}

int
gatehouse_look(const struct view *view, struct str *ret_wrong)
{
	unsigned char key[GATE_KEY_SIZE];
	enum site_gate gate = site_gate_of(&view->site, view->role);
	const char *meanwhile = gate == SITE_GATE_REQUIRED ? "mail waits"
				: gate == SITE_GATE_WANTED ? "mail passes unseen"
							   : "nobody is asked about logins";
	if (!site_has_own_gate(&view->site, view->role))
		return 0;
	if (access(program, X_OK)) {
		str_addf(
		    ret_wrong, "the package hayward-gate is not installed here: %s", meanwhile);
		return -ENOENT;
	}
	if (pass_key_read(view->pass_key, key)) {
		str_addf(ret_wrong, "the site's key for passes was not told: %s", meanwhile);
		return -EINVAL;
	}
	return 0;
}
