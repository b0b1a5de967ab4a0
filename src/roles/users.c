/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/users.h"

#include <inttypes.h>
#include <string.h>

#include "site/names.h"

enum { LONGEST_NAME = 32 }; /* as useradd(8) has it; utmp(5) keeps no more */

static const char folder[] = "/var/lib/extrausers";

static const struct {
	const char *name;
	enum standing from; /* members are who stands like that, or worse */
} kept_out[KEPT_OUT_COUNT] = {
    [KEPT_OUT_LOGIN] = {"hayward-no-login", STANDING_SUSPENDED},
    [KEPT_OUT_UPLOAD] = {"hayward-no-upload", STANDING_SUSPENDED},
    [KEPT_OUT_CANCELLED] = {"hayward-cancelled", STANDING_CANCELLED},
};

const char *
users_kept_out_name(enum kept_out group)
{
	return kept_out[group].name;
}

int64_t
users_kept_out_gid(const struct site *site, enum kept_out group)
{
	return site->uid_first - 1 - (int64_t)group;
}

bool
users_is_field(const char *text)
{
	for (; *text; text++)
		if (*text == ':' || (unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

bool
users_is_sound(const struct site *site, const struct book_account *account)
{
	const char *name = account->name;
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_.");
	bool is_name = length && length <= LONGEST_NAME && !name[length] && name[0] >= 'a';
	return is_name && account->uid >= site->uid_first && account->uid <= site->uid_last;
}

bool
users_is_former(const struct book *book, const char *name)
{
	return !account_name_wrong(name) && !book_find(book, name);
}

/* Only the shell server lets customers in, and whoever is cancelled not there either. */
static bool
may_enter(const struct view *view, const struct book_account *account)
{
	return view->role == ROLE_SHELL && account->standing != STANDING_CANCELLED;
}

static void
render_user(const struct view *view, const struct book_account *account, struct str *passwd,
    struct str *group)
{
	const char *shell = may_enter(view, account) ? "/bin/bash" : "/usr/sbin/nologin";
	str_addf(passwd, "%s:x:%" PRId64 ":%" PRId64 "::%s/%s:%s\n", account->name,
	    account->uid, account->uid, view->site.homes, account->name, shell);
	str_addf(group, "%s:x:%" PRId64 ":\n", account->name, account->uid);
}

/* Mail that waits in the queue, and what cron and at write, are for the name of then; behind
 * all who have names now, so that a uid is called as it is. */
static void
render_formers(const struct view *view, const struct book_account *account, struct str *passwd)
{
	for (size_t i = 0; i < account->former_count; i++)
		if (users_is_former(&view->book, account->formers[i]))
			str_addf(passwd,
			    "%s:x:%" PRId64 ":%" PRId64 "::%s/%s:/usr/sbin/nologin\n",
			    account->formers[i], account->uid, account->uid, view->site.homes,
			    account->name);
}

/* PAM wants to find everybody here; a star is the password of nobody. */
static void
render_password(const struct view *view, const struct book_account *account, struct str *shadow)
{
	const char *password = account->shell_password;
	bool has = may_enter(view, account) && *password && users_is_field(password);
	str_addf(shadow, "%s:%s:19000:0:99999:7:::\n", account->name, has ? password : "*");
}

static void
render_kept_out(const struct view *view, struct str *group)
{
	for (enum kept_out i = 0; i < KEPT_OUT_COUNT; i++) {
		const char *comma = "";
		str_addf(group, "%s:x:%" PRId64 ":", users_kept_out_name(i),
		    users_kept_out_gid(&view->site, i));
		for (size_t j = 0; j < view->book.account_count; j++) {
			const struct book_account *account = &view->book.accounts[j];
			if (account->standing < kept_out[i].from ||
			    !users_is_sound(&view->site, account))
				continue;
			str_addf(group, "%s%s", comma, account->name);
			comma = ",";
		}
		str_add_char(group, '\n');
	}
}

void
users_render(const struct view *view, struct output *output)
{
	if (view->role == ROLE_DNS || !users_is_field(view->site.homes))
		return;
	struct str *passwd = output_file(output, DAEMON_NONE, "%s/passwd", folder);
	struct str *group = output_file(output, DAEMON_NONE, "%s/group", folder);
	struct str *shadow =
	    output_secret(output, DAEMON_NONE, GID_SHADOW, "%s/shadow", folder);
	render_kept_out(view, group);
	for (size_t i = 0; i < view->book.account_count; i++) {
		const struct book_account *account = &view->book.accounts[i];
		if (!users_is_sound(&view->site, account))
			continue;
		render_user(view, account, passwd, group);
		render_password(view, account, shadow);
	}
	for (size_t i = 0; view->role == ROLE_MAIL && i < view->book.account_count; i++)
		if (users_is_sound(&view->site, &view->book.accounts[i]))
			render_formers(view, &view->book.accounts[i], passwd);
}
