/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shell server: who may come in, with which keys, and how much one may take
 * at a time. What does not depend on customers lies in packaging/roles/shell.
 *
 * Everything goes by uid and not by name, so that no name of a customer can
 * stand for a system user.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "roles/null_client.h"
#include "roles/role.h"
#include "roles/users.h"
#include "site/names.h"
#include "site/nft.h"

static const char crontabs[] = "/var/spool/cron/crontabs";

enum { LONGEST_KEY = 16384, KIB = 1024 };

/* A line of authorized_keys by itself; blanks it has, control characters would end it. */
static bool
is_key(const char *key)
{
	size_t length = strlen(key);
	if (!length || length > LONGEST_KEY || key[0] == '#')
		return false;
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)key[i] < ' ' || key[i] == 0x7f)
			return false;
	return true;
}

static void
render_keys(const struct book_account *account, struct output *output)
{
	auto_str keys = {0}, path = {0};
	str_addf(&path, "/etc/hayward/keys/%" PRId64, account->uid);
	for (size_t i = 0; i < account->key_count; i++)
		if (is_key(account->keys[i]))
			str_addf(&keys, "%s\n", account->keys[i]);
	if (keys.length && !output_find(output, str_text(&path)))
		str_add(
		    output_file(output, DAEMON_NONE, "%s", str_text(&path)), str_text(&keys));
}

/* See limits.conf(5): `:UID` is exactly that one. */
static void
render_limits(const struct site *site, const struct book_account *account, struct str *limits)
{
	const struct site_plan *plan = site_plan_find(site, account->plan);
	if (plan && plan->processes > 0)
		str_addf(limits, ":%" PRId64 " - nproc %" PRId64 "\n", account->uid,
		    plan->processes);
	if (plan && plan->memory >= KIB)
		str_addf(limits, ":%" PRId64 " - as %" PRId64 "\n", account->uid,
		    plan->memory / KIB);
}

/* The host sets a machine up by SSH as root, from its own address and with a key. */
static void
render_host(const struct view *view, struct output *output)
{
	auto_str host = {0};
	if (view->site.roles[ROLE_SHELL].place == PLACE_MACHINE &&
	    nft_address(view->site.gateway, &host))
		str_addf(output_file(
			     output, DAEMON_SSHD, "/etc/ssh/sshd_config.d/hayward-host.conf"),
		    "Match Address %s\n    PermitRootLogin prohibit-password\n",
		    str_text(&host));
}

static void
shell_render(const struct view *view, struct output *output)
{
	render_host(view, output);
	null_client_render(view, output);
	struct str *limits =
	    output_file(output, DAEMON_NONE, "/etc/security/limits.d/hayward.conf");
	for (size_t i = 0; i < view->book.account_count; i++) {
		const struct book_account *account = &view->book.accounts[i];
		if (!users_is_sound(&view->site, account))
			continue;
		render_limits(&view->site, account, limits);
		if (account->standing != STANDING_CANCELLED)
			render_keys(account, output);
	}
}

/* cron knows crontabs by the login's name. */
static void
rename_crontab(const struct book_account *account, const char *former_name)
{
	auto_str former = {0}, name = {0};
	struct stat facts;
	str_addf(&former, "%s/%s", crontabs, former_name);
	str_addf(&name, "%s/%s", crontabs, account->name);
	if (lstat(str_text(&former), &facts) || facts.st_uid != (uid_t)account->uid ||
	    !S_ISREG(facts.st_mode))
		return;
	if (renameat2(AT_FDCWD, str_text(&former), AT_FDCWD, str_text(&name), RENAME_NOREPLACE))
		log_warning("the crontab of '%s' is still called '%s': %s", account->name,
		    former_name, strerror(errno));
}

static int
shell_prepare(const struct view *view, struct str *ret_wrong)
{
	(void)ret_wrong;
	for (size_t i = 0; i < view->book.account_count; i++) {
		const struct book_account *account = &view->book.accounts[i];
		if (!users_is_sound(&view->site, account))
			continue;
		for (size_t k = account->former_count; k-- > 0;)
			if (!account_name_wrong(account->formers[k]))
				rename_crontab(account, account->formers[k]);
	}
	return 0;
}

const struct role_work shell_role = {.prepare = shell_prepare, .render = shell_render};
