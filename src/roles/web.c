/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the web role have in common, and their sum. An account that
 * cannot be written into a configuration as it is has no part in any of them:
 * names in the book were checked, and are looked at once more where they would
 * become words of four languages.
 */
#include "roles/web.h"

#include "roles/null_client.h"
#include "roles/role.h"
#include "roles/safe.h"
#include "site/names.h"

enum {
	FEWEST_PROCESSES = 10,
	USUAL_PROCESSES = 50,
	MIB = 1024 * 1024,
	LEAST_MEMORY_MIB = 128,
	USUAL_MEMORY_MIB = 512,
};

const char *
web_account_wrong(const struct view *view, const struct book_account *account)
{
	if (!safe_path(view->site.homes))
		return "the folder of the homes has no plain name";
	if (account->uid < view->site.uid_first || account->uid > view->site.uid_last ||
	    account->uid < 1000)
		return "its uid is not a customer's";
	if (book_find(&view->book, account->name) != account)
		return "another account of that name stands before it";
	for (size_t i = 0; i < account->domain_count; i++)
		if (domain_name_wrong(account->domains[i].name))
			return "one of its domains is none";
	return account_name_wrong(account->name);
}

bool
web_account_works(const struct book_account *account)
{
	return account->standing == STANDING_OPEN;
}

int64_t
web_processes(const struct view *view, const struct book_account *account)
{
	const struct site_plan *plan = site_plan_find(&view->site, account->plan);
	int64_t processes = plan && plan->processes ? plan->processes : USUAL_PROCESSES;
	return processes > FEWEST_PROCESSES ? processes : FEWEST_PROCESSES;
}

int64_t
web_memory(const struct view *view, const struct book_account *account)
{
	const struct site_plan *plan = site_plan_find(&view->site, account->plan);
	int64_t memory =
	    plan && plan->memory ? plan->memory : INT64_C(1) * USUAL_MEMORY_MIB * MIB;
	int64_t least = INT64_C(1) * LEAST_MEMORY_MIB * MIB;
	return memory > least ? memory : least;
}

void
web_add_folder(
    const struct view *view, const struct book_account *account, size_t domain, struct str *out)
{
	str_addf(out, "%s/%s/", view->site.homes, account->name);
	if (domain == 0)
		str_add(out, "public_html");
	else
		str_addf(out, "sites/%s", account->domains[domain].name);
}

/* Not ACCOUNT.sock: names of Debian's own sockets lie in the same folder. A master removes the
 * sockets that are no longer its own, so none is called as another master's. */
void
web_add_socket(const struct view *view, const struct book_account *account, struct str *out)
{
	int master = web_master(view, account);
	str_add(out, "/run/php/account");
	if (master)
		str_addf(out, "%d", master);
	str_addf(out, "-%s.sock", account->name);
}

void
web_add_logs(const struct book_account *account, struct str *out)
{
	str_addf(out, "%s/%s", web_logs_folder, account->name);
}

static void
render(const struct view *view, struct output *output)
{
	/* mail() and sendmail(1) of scripts lead to the mail server. */
	null_client_render(view, output);
	web_render_database(view, output);
	web_render_sites(view, output);
	web_render_pools(view, output);
	web_render_ftp(view, output);
}

static int
settle(const struct view *view, struct str *ret_wrong)
{
	int databases = web_settle_databases(view, ret_wrong);
	int renewals = web_tell_renewals(ret_wrong);
	return databases ? databases : renewals;
}

const struct role_work web_role = {
    .prepare = web_prepare,
    .render = render,
    .settle = settle,
};
