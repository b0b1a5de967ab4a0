/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file server: makes the folders of new accounts, limits what they take, and
 * exports them to roles on machines of their own; on one machine they are bind
 * mounts. Folders of accounts that are gone are put aside, not
 * removed.
 */
#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "roles/homes.h"
#include "roles/quota.h"
#include "roles/role.h"
#include "roles/users.h"
#include "site/names.h"
#include "site/nft.h"

static const char skeleton[] = "/etc/hayward/skeleton";

/* Of both folders, which are on one file system or on two. -ENOTSUP: of none. */
static int
limit(const struct homes *homes, const struct book_account *account)
{
	uid_t uid = (uid_t)account->uid;
	int status = quota_set(homes->homes, uid, account->bytes, account->files);
	int other =
	    homes->mail < 0 ? 0 : quota_set(homes->mail, uid, account->bytes, account->files);
	return status ? status : other;
}

static int
prepare_account(struct homes *homes, const struct book_account *account, bool *has_quotas,
    struct str *wrong)
{
	if (wrong->length)
		str_add(wrong, "; ");
	size_t before = wrong->length;
	int status = homes_make(homes, account, wrong);
	int limited = status || !*has_quotas ? 0 : limit(homes, account);
	if (limited == -ENOTSUP)
		*has_quotas = false;
	else if (limited) {
		status = limited;
		str_addf(wrong, "cannot limit '%s': %s", account->name, strerror(-limited));
	}
	if (wrong->length == before && before)
		str_cut(wrong, before - 2);
	return status;
}

static int
put_aside(const struct view *view, struct homes *homes, const struct book_removed *removed,
    struct str *wrong)
{
	const struct site *site = &view->site;
	if (account_name_wrong(removed->name) || removed->uid < site->uid_first ||
	    removed->uid > site->uid_last)
		return 0;
	if (wrong->length)
		str_add(wrong, "; ");
	size_t before = wrong->length;
	int status = homes_put_aside(homes, removed, wrong);
	if (wrong->length == before && before)
		str_cut(wrong, before - 2);
	return status;
}

/* One account in the way is no reason to keep the others waiting. */
static int
file_prepare(const struct view *view, struct str *ret_wrong)
{
	struct homes homes;
	auto_str wrong = {0};
	bool has_quotas = true;
	int status = homes_init(&homes, &view->site, skeleton, ret_wrong);
	if (status)
		return status;
	/* Before somebody of the same name gets a home. */
	for (size_t i = 0; i < view->book.removed_count; i++) {
		int failed = put_aside(view, &homes, &view->book.removed[i], &wrong);
		status = status ? status : failed;
	}
	for (size_t i = 0; i < view->book.account_count; i++) {
		const struct book_account *account = &view->book.accounts[i];
		if (!users_is_sound(&view->site, account))
			continue;
		int failed = prepare_account(&homes, account, &has_quotas, &wrong);
		status = status ? status : failed;
	}
	int links = homes_forget_links(&homes, &view->book);
	status = status ? status : links;
	if (!has_quotas)
		log_warning("the file system of '%s' or '%s' keeps no quotas of users: "
			    "accounts are not limited in bytes and files",
		    view->site.homes, view->site.mail);
	str_add(ret_wrong, str_text(&wrong));
	homes_done(&homes);
	return status;
}

/* A path in quotes, as exports(5) has it; what would end them is refused. */
static bool
is_plain_path(const char *path)
{
	return path[0] == '/' && !strpbrk(path, "\"\\\n\t (),") && !strstr(path, "..");
}

static void
export_to(struct str *out, const char *path, const struct site_role *role)
{
	auto_str address = {0};
	const char *const both[] = {role->address, role->address6};
	if (!is_plain_path(path))
		return;
	for (size_t i = 0; i < array_length(both); i++)
		if (nft_address(both[i], &address))
			str_addf(out, "%s %s(rw,sync,no_subtree_check,root_squash,sec=sys)\n",
			    path, str_text(&address));
}

/* Homes go where customers' programs run, the mail store to the mail server alone. */
static void
render_exports(const struct view *view, struct output *output)
{
	static const enum role users[] = {ROLE_MAIL, ROLE_WEB, ROLE_SHELL};
	auto_str lines = {0};
	bool is_machine = view->site.roles[ROLE_FILE].place == PLACE_MACHINE;
	for (size_t i = 0; i < array_length(users); i++) {
		const struct site_role *role = &view->site.roles[users[i]];
		if (role->place == PLACE_NOWHERE ||
		    (!is_machine && role->place != PLACE_MACHINE))
			continue;
		export_to(&lines, view->site.homes, role);
		if (users[i] == ROLE_MAIL)
			export_to(&lines, view->site.mail, role);
	}
	if (lines.length)
		str_add(output_file(output, DAEMON_NFS, "/etc/exports.d/hayward.exports"),
		    str_text(&lines));
}

static void
file_render(const struct view *view, struct output *output)
{
	render_exports(view, output);
}

const struct role_work file_role = {.prepare = file_prepare, .render = file_render};
