/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PHP-FPM: a pool for each account that is open, under its uid, whose processes
 * come when they are asked for and go when they are not.
 *
 * A master that is told of one more pool reads all of its pools anew, and lets nobody
 * in while what runs comes to its end. So accounts are spread over several masters,
 * a hundred at a time as uids are given: the first is Debian's own, and with few
 * accounts the only one. Each has a pool of nobody's, for none starts without one,
 * and one that is once there stays.
 */
#include "roles/web.h"

enum {
	MIB = 1024 * 1024,
	SHARE_OF_PROCESSES = 10,
	FEWEST = 2,
	MOST = 20,
	SHARE_OF_MEMORY = 4,
	LARGEST_MIB = 512,
	REQUEST_SECONDS = 300,
	ACCOUNTS_AT_A_TIME = 100,
	MASTERS = DAEMON_FPM_LAST - DAEMON_FPM + 1,
};

static int64_t
children(const struct view *view, const struct book_account *account)
{
	int64_t count = web_processes(view, account) / SHARE_OF_PROCESSES;
	return count < FEWEST ? FEWEST : count > MOST ? MOST : count;
}

/* What one request may take: a fourth, so that a few at a time stay within the plan. */
static int64_t
request_mib(const struct view *view, const struct book_account *account)
{
	int64_t mib = web_memory(view, account) / SHARE_OF_MEMORY / MIB;
	return mib > LARGEST_MIB ? LARGEST_MIB : mib;
}

/* No word more than needed: FPM reads its files byte by byte, each by a system call. */
static void
add_pool(const struct view *view, const struct book_account *account, struct str *out)
{
	auto_str socket = {0};
	web_add_socket(view, account, &socket);
	str_addf(out, "; hayward's\n[account-%s]\nuser = %s\n", account->name, account->name);
	str_addf(out, "listen = %s\nlisten.owner = www-data\nlisten.mode = 0600\n",
	    str_text(&socket));
	str_addf(out, "pm = ondemand\npm.max_children = %lld\npm.max_requests = 500\n",
	    (long long)children(view, account));
	str_addf(out, "request_terminate_timeout = %ds\n", REQUEST_SECONDS);
	str_addf(out, "php_admin_value[memory_limit] = %lldM\n",
	    (long long)request_mib(view, account));
}

int
web_master(const struct view *view, const struct book_account *account)
{
	return (int)((account->uid - view->site.uid_first) / ACCOUNTS_AT_A_TIME % MASTERS);
}

static enum daemon
daemon_of(int master)
{
	return (enum daemon)(DAEMON_FPM + master);
}

static void
add_common(int master, struct str *out)
{
	str_add(out, "; Written by hayward. Requests that run at a reload are waited for.\n"
		     "[global]\n"
		     "process_control_timeout = 10s\n");
	if (master)
		str_addf(out,
		    "pid = /run/php/hayward-%d.pid\n"
		    "error_log = syslog\n"
		    "syslog.ident = php-fpm-%d\n"
		    "include = /etc/php/8.2/fpm/hayward/%d/*.conf\n",
		    master, master, master);
	str_addf(out,
	    "[hayward-idle]\n"
	    "user = nobody\n"
	    "group = nogroup\n"
	    "listen = /run/php/hayward-idle-%d.sock\n"
	    "listen.mode = 0600\n"
	    "pm = ondemand\n"
	    "pm.max_children = 1\n",
	    master);
}

static void
render_master(int master, struct output *output)
{
	if (!master) {
		add_common(master, output_file(output, daemon_of(master),
				       "/etc/php/8.2/fpm/pool.d/hayward.conf"));
		return;
	}
	/* FPM does not start if it cannot look into the folder for pools. */
	output_folder(output, 0755, 0, 0, "/etc/php/8.2/fpm/hayward/%d", master);
	add_common(master,
	    output_file(output, daemon_of(master), "/etc/php/8.2/fpm/hayward/%d.conf", master));
}

static void
render_pool(const struct view *view, const struct book_account *account, struct output *output)
{
	int master = web_master(view, account);
	if (master)
		add_pool(view, account,
		    output_file(output, daemon_of(master),
			"/etc/php/8.2/fpm/hayward/%d/account-%s.conf", master, account->name));
	else
		add_pool(view, account,
		    output_file(output, daemon_of(master),
			"/etc/php/8.2/fpm/pool.d/account-%s.conf", account->name));
}

/* As many as any account has had, for uids are not given twice. */
static int
count_masters(const struct view *view)
{
	int64_t next = view->book.next_uid;
	for (size_t i = 0; i < view->book.account_count; i++) {
		int64_t uid = view->book.accounts[i].uid;
		if (uid >= next && uid <= view->site.uid_last)
			next = uid + 1;
	}
	int64_t given = next - view->site.uid_first;
	int64_t count = (given + ACCOUNTS_AT_A_TIME - 1) / ACCOUNTS_AT_A_TIME;
	return count < 1 ? 1 : count > MASTERS ? MASTERS : (int)count;
}

void
web_render_pools(const struct view *view, struct output *output)
{
	int masters = count_masters(view);
	for (int master = 0; master < masters; master++)
		render_master(master, output);
	for (size_t i = 0; i < view->book.account_count; i++) {
		const struct book_account *account = &view->book.accounts[i];
		if (web_account_works(account) && !web_account_wrong(view, account))
			render_pool(view, account, output);
	}
}
