/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PHP-FPM: a pool for each account that is open, under its uid, whose processes
 * come when they are asked for and go when they are not. The file of all has a pool
 * of nobody's, for FPM does not start without one.
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
	web_add_socket(account, &socket);
	str_addf(out, "; hayward's\n[account-%s]\nuser = %s\n", account->name, account->name);
	str_addf(out, "listen = %s\nlisten.owner = www-data\nlisten.mode = 0600\n",
	    str_text(&socket));
	str_addf(out, "pm = ondemand\npm.max_children = %lld\npm.max_requests = 500\n",
	    (long long)children(view, account));
	str_addf(out, "request_terminate_timeout = %ds\n", REQUEST_SECONDS);
	str_addf(out, "php_admin_value[memory_limit] = %lldM\n",
	    (long long)request_mib(view, account));
}

static void
render_common(struct output *output)
{
	str_add(output_file(output, DAEMON_FPM, "/etc/php/8.2/fpm/pool.d/hayward.conf"),
	    "; Written by hayward. Requests that run at a reload are waited for.\n"
	    "[global]\n"
	    "process_control_timeout = 10s\n"
	    "; FPM does not start without a pool; this one serves nobody.\n"
	    "[hayward-idle]\n"
	    "user = nobody\n"
	    "group = nogroup\n"
	    "listen = /run/php/hayward-idle.sock\n"
	    "listen.mode = 0600\n"
	    "pm = ondemand\n"
	    "pm.max_children = 1\n");
}

void
web_render_pools(const struct view *view, struct output *output)
{
	render_common(output);
	for (size_t i = 0; i < view->book.account_count; i++) {
		const struct book_account *account = &view->book.accounts[i];
		if (web_account_works(account) && !web_account_wrong(view, account))
			add_pool(view, account,
			    output_file(output, DAEMON_FPM,
				"/etc/php/8.2/fpm/pool.d/account-%s.conf", account->name));
	}
}
