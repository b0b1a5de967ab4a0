/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines of an access log, all of it strangers' bytes: what is understood lies
 * within the line, and whose it is can be asked.
 */
#include <stdint.h>
#include <string.h>

#include "base/log.h"
#include "sensors/access_line.h"
#include "sensors/sites.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static struct sites *
some_sites(void)
{
	static const char *domains[] = {"alice.example"};
	static struct uid_range uids[] = {{1001, 1}};
	const struct account record = {.id = 1001,
	    .name = "alice",
	    .plan = "",
	    .contact = "",
	    .home = "/home/alice",
	    .uids = uids,
	    .uid_count = 1,
	    .own_uids = 1,
	    .domains = domains,
	    .domain_count = 1};
	auto_str table = {0};
	struct accounts *accounts;
	accounts_encode(&record, 1, 1000, &table);
	if (accounts_decode(table.data, table.length, &accounts))
		panic("the table does not decode");
	return sites_new(accounts);
}

static bool
lies_in(const char *text, size_t length, const char *line, size_t all)
{
	return text >= line && length <= all && text + length <= line + all;
}

static void
check_line(const struct sites *sites, const char *text, size_t length)
{
	struct access_line line;
	char client[ADDRESS_TEXT];
	if (access_line_parse(text, length, &line))
		return;
	if (line.vhost && !lies_in(line.vhost, line.vhost_length, text, length))
		panic("the host lies outside of the line");
	if (line.path_length && line.path[0] != '/')
		panic("a path without a slash");
	if (line.path_length > 1 && !lies_in(line.path, line.path_length, text, length))
		panic("the path lies outside of the line");
	if (memchr(line.path, '?', line.path_length) || line.status > 999)
		panic("a query in the path, or no status");
	address_print(&line.client, client);
	const struct account *account = sites_find(sites, &line);
	if (account && strcmp(account->name, "alice") != 0)
		panic("an account that there is not");
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct sites *sites;
	if (!sites)
		sites = some_sites();
	const char *at = (const char *)bytes, *end = at + length;
	for (const char *newline; at < end && (newline = memchr(at, '\n', (size_t)(end - at)));
	     at = newline + 1)
		check_line(sites, at, (size_t)(newline - at));
	if (at < end)
		check_line(sites, at, (size_t)(end - at));
	return 0;
}
