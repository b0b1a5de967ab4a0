/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jobs that change nothing: what an account has of what its plan allows, and a
 * script run as the web server would run it.
 *
 * SECURITY: the web role's agent runs where customers' scripts run. What it says is
 * taken apart and put together anew, each text cut and escaped.
 */
#include "procs/steward_job.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/quota.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/escape.h"
#include "procs/answer_json.h"
#include "site/database_time.h"

enum {
	DATABASES_MS = 20000,
	CGI_TEST_MS = 70000,
	BLOCK = 1024,
	LONGEST_OUTPUT = 64 * 1024,
	MOST_ADDRESSES = 200
};

static void
finish(struct working *working, json_t *data)
{
	auto_free char *text = json_dumps(data, JSON_COMPACT);
	str_add(&working->data, text ? text : "");
	json_decref(data);
}

/* ---- usage ---- */

static void
set_counted(json_t *object, const char *name, int64_t used, int64_t most)
{
	json_t *item = json_new_object();
	json_set_integer(item, "used", used);
	json_set_integer(item, "most", most);
	json_set(object, name, item);
}

/* As far as the file system counts. */
static void
set_disk(json_t *object, const char *homes, const struct book_account *account)
{
	auto_fd int folder = open(homes, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dqblk block = {0};
	unsigned command = (unsigned)(Q_GETQUOTA & 0xffffff) << SUBCMDSHIFT | USRQUOTA;
	bool is_known = folder >= 0 && !syscall(SYS_quotactl_fd, (unsigned)folder, command,
					   (uid_t)account->uid, &block);
	json_t *disk = json_new_object();
	json_set(disk, "bytes",
	    is_known ? json_integer((json_int_t)block.dqb_curspace) : json_null());
	json_set(disk, "files",
	    is_known ? json_integer((json_int_t)block.dqb_curinodes) : json_null());
	json_set_integer(disk, "most_bytes", account->bytes);
	json_set_integer(disk, "most_files", account->files);
	json_set(object, "disk", disk);
}

static json_t *
mailboxes_of(const struct book_account *account)
{
	json_t *list = json_new_array();
	for (size_t i = 0; i < account->mailbox_count && i < MOST_ADDRESSES; i++) {
		auto_str address = {0};
		str_addf(&address, "%s@%s", account->mailboxes[i].local,
		    account->mailboxes[i].domain);
		json_push(list, json_shown(str_text(&address)));
	}
	return list;
}

static json_t *
domains_of(const struct book_account *account)
{
	json_t *list = json_new_array();
	for (size_t i = 0; i < account->domain_count && i < MOST_ADDRESSES; i++)
		json_push(list, json_shown(account->domains[i].name));
	return list;
}

static json_t *
openings_of(const struct book_account *account)
{
	json_t *list = json_new_array();
	for (size_t i = 0; i < account->opening_count; i++) {
		const struct book_opening *opening = &account->openings[i];
		json_t *item = json_new_object();
		auto_str port = {0};
		str_addf(&port, "%lld/%s", (long long)opening->port,
		    protocol_name(opening->protocol));
		json_set_shown(item, "role", role_name(opening->role));
		json_set_shown(item, "address", opening->address);
		json_set_shown(item, "port", str_text(&port));
		json_set(item, "until", json_moment(opening->until));
		json_set_integer(item, "request", opening->request);
		json_push(list, item);
	}
	return list;
}

int
work_usage(struct working *working)
{
	static const struct site_plan gone = {.name = ""};
	const struct book_account *account = working->account;
	const struct site_plan *plan = site_plan_find(&working->office.site, account->plan);
	plan = plan ? plan : &gone;
	json_t *data = json_new_object();
	json_set_shown(data, "account", account->name);
	json_set_shown(data, "plan", account->plan);
	json_set_shown(data, "standing", standing_name(account->standing));
	json_set_shown(data, "contact", account->contact);
	set_disk(data, working->office.site.homes, account);
	set_counted(data, "domains", (int64_t)account->domain_count, plan->domains);
	set_counted(data, "mailboxes", (int64_t)account->mailbox_count, plan->mailboxes);
	set_counted(data, "databases", (int64_t)account->database_count, plan->databases);
	set_counted(data, "ftp_users", (int64_t)account->ftp_count, plan->ftp_users);
	json_set_integer(data, "most_processes", plan->processes);
	json_set_integer(data, "most_memory", plan->memory);
	json_set(data, "domain_names", domains_of(account));
	json_set(data, "mailbox_names", mailboxes_of(account));
	json_set(data, "openings", openings_of(account));
	finish(working, data);
	return 0;
}

/* ---- cgi-test ---- */

/* Lines of the agent, which escaped them; where it did not, they are escaped now. */
static void
set_lines(json_t *data, const struct str *said)
{
	const char *text = str_text(said);
	size_t left = said->length < LONGEST_OUTPUT ? said->length : LONGEST_OUTPUT;
	json_t *lines = json_new_array();
	while (left) {
		const char *end = memchr(text, '\n', left);
		size_t length = end ? (size_t)(end - text) : left;
		auto_str line = {0}, shown = {0};
		str_add_bytes(&line, text, length);
		if (text_is_clean(str_text(&line)))
			str_add(&shown, str_text(&line));
		else
			escape_bytes(&shown, text, length);
		json_push(lines, json_string(str_text(&shown)));
		length += end != NULL;
		text += length;
		left -= length;
	}
	json_set(data, "lines", lines);
	json_set_flag(data, "cut", said->length > LONGEST_OUTPUT);
}

/* In words why there is nothing to show. */
static int
explain(struct working *working, const struct pushed *result)
{
	if (result->status == -ENOTCONN)
		str_add(&working->text, "the web server is down");
	else if (result->status == -EINVAL)
		str_add(&working->text, str_text(&result->said));
	else
		str_addf(&working->text, "the web server's agent failed: %s",
		    strerror(-result->status));
	return result->status == -ENOTCONN ? -EIO : result->status;
}

int
work_cgi_test(struct working *working)
{
	const struct office *office = &working->office;
	const struct request *request = &working->job->request;
	const char *const words[] = {
	    "cgi-test", working->account->name, request->script, request->query, NULL};
	struct pushed result = {0};
	push_run(&office->site, &office->paths, ROLE_WEB, words, CGI_TEST_MS, &result);
	int status = 0;
	if (result.status) {
		status = explain(working, &result);
	} else {
		json_t *data = json_new_object();
		set_lines(data, &result.said);
		finish(working, data);
	}
	str_done(&result.said);
	return status;
}

/* ---- the database ---- */

/* Whole lines only, and no more than news can carry. */
static int
take_lines(struct working *working, const struct str *said)
{
	size_t most = LARGEST_NEWS - 8192, length = said->length;
	if (strlen(str_text(said)) < length)
		length = 0;
	while (length > most || (length && str_text(said)[length - 1] != '\n'))
		length--;
	str_add_bytes(&working->data, str_text(said), length);
	return 0;
}

int
work_databases(struct working *working)
{
	const struct office *office = &working->office;
	static const char *const words[] = {"database-times", NULL};
	struct pushed result = {0};
	push_run(&office->site, &office->paths, ROLE_WEB, words, DATABASES_MS, &result);
	int status = result.status;
	if (!status)
		status = take_lines(working, &result.said);
	else
		str_add(&working->text, "the web server does not tell of its database");
	str_done(&result.said);
	return status == -ENODEV ? -EIO : status;
}

int
work_databases_here(struct working *working)
{
	auto_str said = {0};
	if (!database_time_is_here()) {
		str_add(&working->text, "no MariaDB runs here");
		return -ENODEV;
	}
	int status = database_time_ask(false, &said);
	if (!status)
		return take_lines(working, &said);
	str_add(&working->text, "MariaDB does not answer root on its socket");
	return status == -ENODEV ? -EIO : status;
}
