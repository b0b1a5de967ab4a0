/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child of the hand: one job from opening the book to its last word. It is said to be
 * saved as soon as it is; what comes then (the port rules, the roles) is of the kind
 * that the next telling repairs.
 *
 * SECURITY: texts that customers wrote become names in the book, and are checked by
 * change.h as those of the operator are. Hashes of passwords come from control, which
 * somebody may have taken over: what has not the form of one is refused.
 */
#include "procs/steward_job.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/escape.h"
#include "base/log.h"
#include "site/destination.h"
#include "site/password.h"

enum { PATIENCE_MS = 10000 };

#define ROLE_BIT(role) (1U << ROLE_##role)

static void
say(const struct working *working, enum job_stage stage, int64_t status, const char *text)
{
	auto_str bytes = {0};
	struct news news = {.job = working->job->id,
	    .stage = stage,
	    .status = status,
	    .text = text,
	    .data = str_text(&working->data),
	    .next = working->next,
	    .untold = working->untold,
	    .wrong = working->wrong};
	news_encode(&news, &bytes);
	if (send(working->socket, bytes.data, bytes.length, MSG_NOSIGNAL) < 0)
		log_warning("the steward does not hear of job %llu: %s",
		    (unsigned long long)working->job->id, strerror(errno));
}

void
work_saved(struct working *working)
{
	say(working, JOB_SAVED, 0, str_text(&working->text));
}

/* A line of what goes on with the roles. */
static void
remark(void *context, const char *line)
{
	struct working *working = context;
	str_addf(&working->remarks, "%s%s", working->remarks.length ? "\n" : "", line);
}

/* ---- what customers change ---- */

static int
check_hash(struct working *working)
{
	if (password_is_crypted(working->job->request.password))
		return 0;
	str_add(&working->text, "that is no hash of a password");
	return -EINVAL;
}

/*
 * Who has found somebody's session open could otherwise shut its owner out of all the
 * ways in. Staff, and accounts that have no password, are not asked.
 */
static int
check_current(struct working *working)
{
	const struct request *request = &working->job->request;
	const char *current = working->account->shell_password;
	if (request->asker.staff || !*current || password_is_proof(current, request->current))
		return 0;
	str_add(&working->text, "the current password of the shell is another");
	return -EACCES;
}

static int
work_password(struct working *working)
{
	const struct request *request = &working->job->request;
	int status = check_hash(working);
	if (!status)
		status = check_current(working);
	if (!status)
		status = change_password(&working->office.change, working->account->name,
		    request->service, request->password);
	if (!status)
		str_addf(&working->text, "password for %s changed", request->service);
	return status;
}

static int
work_mailbox_add(struct working *working)
{
	const struct request *request = &working->job->request;
	int status = check_hash(working);
	if (!status)
		status = change_add_mailbox(&working->office.change, working->account->name,
		    request->address, request->password);
	if (!status)
		str_addf(&working->text, "mailbox %s added", request->address);
	return status;
}

static int
work_mailbox_remove(struct working *working)
{
	const char *address = working->job->request.address;
	int status =
	    change_remove_mailbox(&working->office.change, working->account->name, address);
	if (!status)
		str_addf(&working->text, "mailbox %s removed", address);
	return status;
}

static int
work_mailbox_password(struct working *working)
{
	const struct request *request = &working->job->request;
	int status = check_hash(working);
	if (!status)
		status = change_mailbox_password(&working->office.change,
		    working->account->name, request->address, request->password);
	if (!status)
		str_addf(&working->text, "password of %s changed", request->address);
	return status;
}

static bool
is_closed_domain(const struct working *working, const char *address)
{
	for (size_t i = 0; i < working->account->domain_count; i++)
		if (text_equal(working->account->domains[i].name, strrchr(address, '@') + 1))
			return working->account->domains[i].catch_all_closed != 0;
	return false;
}

static int
work_catch_all(struct working *working)
{
	const char *address = working->job->request.address;
	int status = change_catch_all(&working->office.change, working->account->name, address);
	if (!status && address[0] == '@')
		str_addf(&working->text, "nobody takes all else of %s", address + 1);
	else if (!status)
		str_addf(&working->text, "%s takes all else of its domain%s", address,
		    is_closed_domain(working, address) ? ", but that is closed: see your cases"
						       : "");
	return status;
}

/* ---- what the engine and the enforcer want ---- */

static int
read_opening(struct working *working, struct book_opening *ret_opening)
{
	const struct opening *order = &working->job->opening;
	if (site_destination_read(order->destination, working->office.arena, ret_opening)) {
		str_add(&working->text, "that is no destination");
		return -EINVAL;
	}
	ret_opening->until = order->until;
	ret_opening->request = (int64_t)order->request;
	return 0;
}

static int
work_open(struct working *working)
{
	struct book_opening opening;
	int status = read_opening(working, &opening);
	if (!status)
		status = change_open(&working->office.change, working->account->name, &opening);
	if (status)
		return status;
	str_addf(&working->text, "%s is open until ", working->job->opening.destination);
	clock_add_utc(&working->text, opening.until);
	return 0;
}

/* One that has expired meanwhile is shut, too. */
static int
work_shut(struct working *working)
{
	struct book_opening opening;
	int status = read_opening(working, &opening);
	if (!status)
		status =
		    change_close(&working->office.change, working->account->name, &opening);
	if (status == -ENOENT)
		str_clear(&working->office.why);
	if (!status || status == -ENOENT)
		str_addf(&working->text, "%s is shut", working->job->opening.destination);
	return status == -ENOENT ? 0 : status;
}

/* The account as it is called now, and the path with its name in it: who closed the script
 * knows what it was called then. */
static const struct book_account *
find_script(struct working *working, const struct closed_script *script, const char **ret_path)
{
	struct book *book = &working->office.file.book;
	const struct book_account *account = book_find(book, script->account);
	*ret_path = script->path;
	for (size_t i = 0; !account && i < book->account_count; i++)
		if (book_was_called(&book->accounts[i], script->account))
			account = &book->accounts[i];
	auto_str home = {0};
	const char *homes = working->office.site.homes;
	str_addf(&home, "%s/%s/", homes, script->account);
	if (account && text_starts_with(script->path, str_text(&home)))
		*ret_path = arena_printf(working->office.arena, "%s/%s/%s", homes,
		    account->name, script->path + home.length);
	return account;
}

static bool
is_wanted(struct working *working, const struct book_account *account, const char *path)
{
	const struct closed_scripts *wanted = &working->job->scripts;
	for (uint32_t i = 0; i < wanted->count; i++) {
		const char *theirs;
		if (find_script(working, &wanted->list[i], &theirs) == account &&
		    text_equal(theirs, path))
			return true;
	}
	return false;
}

static bool
is_closed(const struct book_account *account, const char *path)
{
	for (size_t i = 0; i < account->closed_count; i++)
		if (text_equal(account->closed[i], path))
			return true;
	return false;
}

static size_t
open_others(struct working *working, struct book_account *account)
{
	size_t opened = 0;
	struct change *change = &working->office.change;
	for (size_t i = account->closed_count; i-- > 0;)
		if (!is_wanted(working, account, account->closed[i]))
			opened +=
			    !change_open_script(change, account->name, account->closed[i]);
	return opened;
}

/* -EALREADY: it is so. A path that cannot stand in the book is left to the pin on the file. */
static int
work_scripts(struct working *working)
{
	const struct closed_scripts *wanted = &working->job->scripts;
	struct change *change = &working->office.change;
	struct book *book = &working->office.file.book;
	size_t opened = 0, closed = 0;
	for (size_t i = 0; i < book->account_count; i++)
		opened += open_others(working, &book->accounts[i]);
	for (uint32_t i = 0; i < wanted->count; i++) {
		const char *path;
		const struct book_account *account =
		    find_script(working, &wanted->list[i], &path);
		if (account && !is_closed(account, path))
			closed += !change_close_script(change, account->name, path);
	}
	str_clear(change->why);
	str_addf(&working->text, "scripts that nobody may run: %zu closed, %zu opened", closed,
	    opened);
	return opened + closed ? 0 : -EALREADY;
}

/* Nobody logs in with no password; its owner sets another one, as of a mailbox that is new. */
static int
work_reset(struct working *working)
{
	const char *address = working->job->action.path;
	int status = change_mailbox_password(
	    &working->office.change, working->account->name, address, "");
	if (!status)
		str_addf(&working->text,
		    "the password of %s is void, its owner has to set another one", address);
	return status;
}

/* An address that is somebody's own is not switched off: mail would be lost that he waits for. */
static int
close_address(struct working *working, bool closed)
{
	const char *address = working->job->action.path;
	if (address[0] != '@') {
		str_addf(&working->text, "%s is no catch-all", address);
		return -ENOTSUP;
	}
	int status = change_close_catch_all(
	    &working->office.change, working->account->name, address, closed);
	if (status == -ENOENT && !closed) {
		str_clear(&working->office.why);
		str_addf(&working->text, "%s is gone", address);
		return -EALREADY;
	}
	if (!status)
		str_addf(&working->text,
		    closed ? "mail to all others of %s is refused"
			   : "mail to all others of %s is taken again",
		    address + 1);
	return status;
}

static int
work_address(struct working *working)
{
	return close_address(working, true);
}

static int
work_address_back(struct working *working)
{
	return close_address(working, false);
}

/* ---- the table ---- */

static int
work_nothing(struct working *working)
{
	str_add(&working->text, "that is no change");
	return -EINVAL;
}

static const struct {
	int (*change)(struct working *working);
	unsigned roles; /* who has to know at once; the others follow */
} changes[JOB_COUNT] = {
    [JOB_PASSWORD] = {work_password, ROLE_BIT(SHELL) | ROLE_BIT(WEB)},
    [JOB_MAILBOX_ADD] = {work_mailbox_add, ROLE_BIT(MAIL) | ROLE_BIT(FILE)},
    [JOB_MAILBOX_REMOVE] = {work_mailbox_remove, ROLE_BIT(MAIL) | ROLE_BIT(FILE)},
    [JOB_MAILBOX_PASSWORD] = {work_mailbox_password, ROLE_BIT(MAIL)},
    [JOB_CATCH_ALL] = {work_catch_all, ROLE_BIT(MAIL)},
    [JOB_USAGE] = {work_nothing, 0},
    [JOB_CGI_TEST] = {work_nothing, 0},
    [JOB_MAIL_QUEUE] = {work_nothing, 0},
    [JOB_MAIL_HOLD] = {work_nothing, 0},
    [JOB_MAIL_RELEASE] = {work_nothing, 0},
    [JOB_MAIL_REJECT] = {work_nothing, 0},
    [JOB_MAIL_KEPT] = {work_nothing, 0},
    [JOB_MAIL_BACK] = {work_nothing, 0},
    [JOB_SALT] = {work_nothing, 0},
    [JOB_OPEN] = {work_open, ROLE_BIT(SHELL) | ROLE_BIT(WEB)},
    [JOB_SHUT] = {work_shut, ROLE_BIT(SHELL) | ROLE_BIT(WEB)},
    [JOB_RESET] = {work_reset, ROLE_BIT(MAIL)},
    [JOB_ADDRESS] = {work_address, ROLE_BIT(MAIL)},
    [JOB_ADDRESS_BACK] = {work_address_back, ROLE_BIT(MAIL)},
    [JOB_SCRIPTS] = {work_scripts, ROLE_BIT(WEB)},
    [JOB_DATABASES] = {work_nothing, 0},
    [JOB_STORED] = {work_nothing, 0},
    [JOB_MAIL_REMOVE] = {work_nothing, 0},
    [JOB_MAIL_STRIP] = {work_nothing, 0},
    [JOB_MAIL_RESTORE] = {work_nothing, 0},
    [JOB_MIND] = {work_nothing, 0},
};

int
work_save(struct working *working)
{
	int status = book_save(&working->office.file);
	if (status) {
		str_clear(&working->text);
		str_addf(&working->text, "nothing was changed: cannot write the book: %s",
		    strerror(-status));
		return status;
	}
	work_saved(working);
	crash_point(CRASH_STEWARD_SAVED);
	return 0;
}

void
work_tell(struct working *working, unsigned roles)
{
	struct site_untold untold = office_tell(&working->office, roles, remark, working);
	working->untold |= untold.down;
	working->wrong |= untold.wrong;
}

int
work_find_account(struct working *working)
{
	if (!working->job->account)
		return 0;
	working->account = book_find_uid(&working->office.file.book, working->job->account);
	if (working->account)
		return 0;
	str_add(&working->text, "the account is not one of this site");
	return -ENOENT;
}

int
work_check_standing(struct working *working)
{
	const struct request *request = &working->job->request;
	bool asks = request->asker.account && !request->asker.staff;
	if (!asks || working->account->standing == STANDING_OPEN)
		return 0;
	str_addf(
	    &working->text, "the account is %s", standing_name(working->account->standing));
	return -EACCES;
}

static int
change(struct working *working)
{
	enum job_kind kind = working->job->kind;
	int status = work_find_account(working);
	if (!status)
		status = work_check_standing(working);
	if (!status)
		status = changes[kind].change(working);
	if (status == -EALREADY)
		return 0;
	if (status && working->office.why.length) {
		str_clear(&working->text);
		str_add(&working->text, str_text(&working->office.why));
	}
	if (!status)
		status = work_save(working);
	if (!status)
		work_tell(working, changes[kind].roles);
	return status;
}

/* ---- looking ---- */

static int
work_salt(struct working *working)
{
	const char *password = working->account->shell_password;
	return *password ? password_setting(password, &working->data) : 0;
}

static int
look(struct working *working)
{
	auto_str why = {0};
	int status = office_look(&working->office, &why);
	if (status) {
		str_add(&working->text, str_text(&why));
		return status;
	}
	status = work_find_account(working);
	if (status)
		return status;
	if (working->job->kind == JOB_SALT)
		return work_salt(working);
	return working->job->kind == JOB_USAGE ? work_usage(working) : work_cgi_test(working);
}

static int
carry_out(struct working *working)
{
	auto_str why = {0};
	enum job_kind kind = working->job->kind;
	if (kind == JOB_SALT || kind == JOB_USAGE || kind == JOB_CGI_TEST)
		return look(working);
	if (is_about_mail(kind))
		return work_mail(working);
	if (is_about_stored_mail(kind))
		return work_stored_mail(working);
	if (kind == JOB_MAIL_KEPT || kind == JOB_MAIL_BACK)
		return work_kept_mail(working);
	if (kind == JOB_MIND)
		return work_mind(working);
	if (kind == JOB_DATABASES)
		return work_databases(working);
	int status = office_open(&working->office, PATIENCE_MS, &why);
	if (status)
		str_add(&working->text, str_text(&why));
	return status ? status : change(working);
}

/* What this machine alone has, without a site. */
static bool
can_be_here(enum job_kind kind)
{
	return kind == JOB_DATABASES || is_about_mail(kind) || is_about_stored_mail(kind);
}

static int
work_here(struct working *working)
{
	enum job_kind kind = working->job->kind;
	if (kind == JOB_DATABASES)
		return work_databases_here(working);
	return is_about_mail(kind) ? work_mail_here(working) : work_stored_mail_here(working);
}

/* What has been said when it was saved is not said again. */
static void
say_last(const struct working *working, int status)
{
	say(working, JOB_ENDED, status, str_text(status ? &working->text : &working->remarks));
}

void
steward_work(const struct job *job, const struct office_places *places, int socket)
{
	struct working working = {.job = job, .next = INT64_MAX, .socket = socket};
	auto_str why = {0};
	int status = office_read(&working.office, places, &why);
	if (status == -ENOENT && can_be_here(job->kind)) {
		say_last(&working, work_here(&working));
		return;
	}
	if (status == -ENOENT) {
		say(&working, JOB_ENDED, -ENODEV, "there is no site on this host");
		return;
	}
	if (status) {
		log_error("the site's description cannot be used: %s", str_text(&why));
		say(&working, JOB_ENDED, -EIO, "the site's description has a mistake");
		return;
	}
	status = carry_out(&working);
	say_last(&working, status);
	office_done(&working.office);
}
