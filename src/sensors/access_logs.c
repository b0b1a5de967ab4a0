/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/access_logs.h"

#include <stdlib.h>

#include "base/memory.h"
#include "sensors/sites.h"
#include "sensors/unnamed.h"

enum { ADDRESSES_EVERY = 60 * 1000 /* ms */ };

struct access_logs {
	struct log_set *set;
	struct accounts *accounts;
	struct sites *sites;
	struct unnamed *unnamed;
	struct visiting *visiting;
	int64_t addresses_asked; /* boot ms */
};

struct access_logs *
access_logs_new(uint32_t log_group, int64_t now)
{
	struct access_logs *logs = memory_new(1, sizeof(*logs));
	logs->set = log_set_new(log_group);
	logs->unnamed = unnamed_new();
	logs->visiting = visiting_new(now);
	logs->addresses_asked = now - ADDRESSES_EVERY;
	return logs;
}

void
access_logs_free(struct access_logs *logs)
{
	if (!logs)
		return;
	log_set_free(logs->set);
	sites_free(logs->sites);
	accounts_free(logs->accounts);
	unnamed_free(logs->unnamed);
	visiting_free(logs->visiting);
	free(logs);
}

void
access_logs_set(
    struct access_logs *logs, const struct config *config, struct accounts *accounts)
{
	unnamed_set_proxies(logs->unnamed, config->proxies);
	log_set_name(logs->set, config->access_logs, accounts, (uint32_t)config->uid_floor);
	sites_free(logs->sites);
	accounts_free(logs->accounts);
	logs->accounts = accounts;
	logs->sites = sites_new(accounts);
}

/* Reading. */

static void
on_line(void *context, struct log_source *source, const char *text, size_t length)
{
	struct access_logs *logs = context;
	struct access_line line;
	bool understood = !access_line_parse(text, length, &line);
	log_set_note(source, understood, "common, combined or vhost_combined");
	if (!understood || !line.may_run)
		return;
	const struct account *account =
	    source->account ? source->account : sites_find(logs->sites, &line);
	if (account)
		visiting_count(
		    logs->visiting, account, &line, !unnamed_has(logs->unnamed, &line.client));
}

void
access_logs_read(struct access_logs *logs, int64_t now)
{
	if (now - logs->addresses_asked >= ADDRESSES_EVERY) {
		logs->addresses_asked = now;
		unnamed_refresh(logs->unnamed);
	}
	log_set_read(logs->set, now, on_line, logs);
}

void
access_logs_take(struct access_logs *logs, int64_t now, uint64_t least, visiting_give *give,
    void *context)
{
	visiting_take(logs->visiting, now, least, give, context);
}

struct log_set_state
access_logs_state(const struct access_logs *logs)
{
	return log_set_state(logs->set);
}
