/* SPDX-License-Identifier: Apache-2.0 */
/* hayward account: customers of the site, from sign-up to their end. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/escape.h"
#include "main/hayward/account_move.h"
#include "main/hayward/command.h"
#include "main/hayward/customer.h"
#include "main/hayward/table.h"
#include "model/quantity.h"
#include "model/request.h"
#include "site/sign_up.h"

/* A password with what it is for in front of it; what is chosen is told when all is done. */
static const char *
password_for(struct wish *wish, const char *account, const char *service)
{
	if (!wish->password_file)
		str_addf(&wish->chosen, "%-8s ", service);
	return wish_password(wish, account);
}

static int
account_add(struct wish *wish, char **words)
{
	struct sign_up asked = {.name = words[0],
	    .plan = wish->plan ? wish->plan : "",
	    .domain = wish->domain ? wish->domain : "",
	    .contact = wish->contact ? wish->contact : ""};
	asked.shell_password = password_for(wish, words[0], "shell");
	if (asked.shell_password && wish->password_file)
		asked.ftp_password = asked.mail_password = asked.shell_password;
	else if (asked.shell_password) {
		asked.ftp_password = password_for(wish, words[0], "ftp");
		asked.mail_password =
		    *asked.domain ? password_for(wish, words[0], "mail") : asked.ftp_password;
	}
	if (!asked.shell_password || !asked.ftp_password || !asked.mail_password)
		return -EINVAL;
	wish->signed_up = words[0];
	return sign_up(&wish->desk.office.change, &wish->desk.office.paths, &asked);
}

static int
account_change(struct wish *wish, char **words)
{
	struct change *change = &wish->desk.office.change;
	int status = 0;
	if (!wish->plan && !wish->contact) {
		str_add(&wish->desk.office.why, "say --plan PLAN, --contact ADDRESS, or both");
		return -EINVAL;
	}
	if (wish->plan)
		status = change_plan(change, words[0], wish->plan);
	if (!status && wish->contact)
		status = change_contact(change, words[0], wish->contact);
	return status;
}

static int
account_rename(struct wish *wish, char **words)
{
	return change_rename_account(&wish->desk.office.change, words[0], words[1]);
}

static int
account_remove(struct wish *wish, char **words)
{
	if (!wish->yes) {
		str_add(&wish->desk.office.why,
		    "this ends the account in all roles; say --yes if you mean it");
		return -EINVAL;
	}
	return change_remove_account(&wish->desk.office.change, words[0]);
}

static int
account_suspend(struct wish *wish, char **words)
{
	return change_standing(&wish->desk.office.change, words[0], STANDING_SUSPENDED);
}

static int
account_cancel(struct wish *wish, char **words)
{
	return change_standing(&wish->desk.office.change, words[0], STANDING_CANCELLED);
}

static int
account_resume(struct wish *wish, char **words)
{
	return change_standing(&wish->desk.office.change, words[0], STANDING_OPEN);
}

static int
account_passwd(struct wish *wish, char **words)
{
	const char *service = wish->service ? wish->service : "shell";
	const char *password = wish_password(wish, words[0]);
	return password
		   ? change_password(&wish->desk.office.change, words[0], service, password)
		   : -EINVAL;
}

/* ---- looking ---- */

static void
add_account(struct table *table, const struct book_account *account)
{
	auto_str quota = {0};
	quantity_add(&quota, UNIT_SIZE, account->bytes);
	table_add(table, account->name);
	table_addf(table, "%lld", (long long)account->uid);
	table_add(table, account->plan);
	table_add(table, standing_name(account->standing));
	table_paint(table, account->standing == STANDING_OPEN ? PAINT_GREEN : PAINT_RED);
	table_add(table, str_text(&quota));
	table_add(table, account->domain_count ? account->domains[0].name : "");
	table_add(table, account->contact);
}

static int
account_list(struct wish *wish, char **words)
{
	static const struct column columns[] = {
	    {"ACCOUNT", ALIGN_LEFT, 0, true},
	    {"UID", ALIGN_RIGHT, 2, false},
	    {"PLAN", ALIGN_LEFT, 3, false},
	    {"STANDING", ALIGN_LEFT, 0, false},
	    {"QUOTA", ALIGN_RIGHT, 1, false},
	    {"DOMAIN", ALIGN_LEFT, 0, true},
	    {"CONTACT", ALIGN_LEFT, 1, true},
	};
	(void)words;
	auto_table struct table *table = table_new(columns, array_length(columns));
	auto_str out = {0};
	const struct book *book = &wish->desk.office.file.book;
	struct look look = look_of_stdout();
	for (size_t i = 0; i < book->account_count; i++)
		add_account(table, &book->accounts[i]);
	table_print(table, &look, SIZE_MAX, &out);
	fputs(str_text(&out), stdout);
	return ANSWER_OK;
}

static void
show_things(const struct book_account *account)
{
	for (size_t i = 0; i < account->domain_count; i++)
		printf("domain    %s%s%s%s\n", account->domains[i].name,
		    *account->domains[i].catch_all ? ", all else to " : "",
		    account->domains[i].catch_all,
		    account->domains[i].catch_all_closed ? ", which is closed" : "");
	for (size_t i = 0; i < account->mailbox_count; i++)
		printf("mailbox   %s@%s\n", account->mailboxes[i].local,
		    account->mailboxes[i].domain);
	for (size_t i = 0; i < account->database_count; i++)
		printf("database  %s\n", account->databases[i].name);
	for (size_t i = 0; i < account->ftp_count; i++)
		printf("ftp       %s in %s\n", account->ftp[i].name, account->ftp[i].folder);
	for (size_t i = 0; i < account->opening_count; i++)
		printf("open      %s to %s port %lld/%s\n",
		    role_name(account->openings[i].role), account->openings[i].address,
		    (long long)account->openings[i].port,
		    protocol_name(account->openings[i].protocol));
}

static int
account_show(struct wish *wish, char **words)
{
	const struct book_account *account = book_find(&wish->desk.office.file.book, words[0]);
	auto_str quota = {0}, name = {0};
	escape_text(&name, words[0]);
	if (!account) {
		fprintf(stderr, "hayward account: there is no account '%s'\n", str_text(&name));
		return ANSWER_NOT_FOUND;
	}
	quantity_add(&quota, UNIT_SIZE, account->bytes);
	printf("account   %s, uid %lld, %s\n"
	       "plan      %s; agreed at sign-up: %s, %lld files\n"
	       "contact   %s\n",
	    account->name, (long long)account->uid, standing_name(account->standing),
	    account->plan, str_text(&quota), (long long)account->files, account->contact);
	show_things(account);
	return ANSWER_OK;
}

int
command_account(int argc, char **argv)
{
	static const struct wish_action actions[] = {
	    {"add", 1, "NAME --plan PLAN --contact ADDRESS [--domain DOMAIN]", account_add,
		NULL, ALL_ROLES},
	    {"change", 1, "NAME [--plan PLAN] [--contact ADDRESS]", account_change, NULL,
		ALL_ROLES},
	    {"rename", 2, "NAME NEW-NAME", account_rename, NULL, ALL_ROLES},
	    {"move", 1, "NAME --export FOLDER | --import FOLDER", NULL, account_move, 0},
	    {"remove", 1, "NAME --yes", account_remove, NULL, ALL_ROLES},
	    {"suspend", 1, "NAME", account_suspend, NULL, ALL_ROLES},
	    {"cancel", 1, "NAME", account_cancel, NULL, ALL_ROLES},
	    {"resume", 1, "NAME", account_resume, NULL, ALL_ROLES},
	    {"passwd", 1, "NAME [--for shell|ftp]", account_passwd, NULL,
		1U << ROLE_SHELL | 1U << ROLE_WEB},
	    {"show", 1, "NAME", NULL, account_show, 0},
	    {"list", 0, "", NULL, account_list, 0},
	};
	return wish_run(argc, argv, actions, array_length(actions));
}
