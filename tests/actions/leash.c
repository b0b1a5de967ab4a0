/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enforcer's hands on a leash, for scripts: the real reaper, the real
 * sandbox, the real verbs; orders come from standard input instead of the engine.
 *
 *     usage: leash STATE CGROUP NAME:UID:HOME[:DOMAIN]...
 *
 *     apply VERB NAME ID | release VERB NAME ID | describe VERB NAME | tick MS
 *     forget NAME    the accounts know him no more
 *
 * Each is answered by its status, its text, and a line with a dot.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/reaper.h"
#include "actions/verb.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "procs/sandbox.h"

enum { MOST_ACCOUNTS = 8, FLOOR = 61000, PATIENCE = 30000 };

static struct hands *hands;
static struct reaper *reaper;
static struct accounts *accounts;
static struct account records[MOST_ACCOUNTS];
static struct uid_range ranges[MOST_ACCOUNTS];
static const char *domains[MOST_ACCOUNTS];
static uint32_t record_count;
static bool answered;

static void
answer(void *context, const struct outcome *outcome)
{
	(void)context;
	answered = true;
	printf("%lld\n%s\n.\n", (long long)outcome->status, outcome->text);
	fflush(stdout);
}

static void
add_account(char *text)
{
	const char *name = strsep(&text, ":");
	const char *uid = strsep(&text, ":");
	const char *home = strsep(&text, ":");
	uint32_t i = record_count++;
	ranges[i] = (struct uid_range){(uint32_t)strtoul(uid ? uid : "0", NULL, 10), 1};
	domains[i] = text ? text : "";
	records[i] = (struct account){.id = ranges[i].first,
	    .generation = 1,
	    .name = name,
	    .plan = "",
	    .contact = "",
	    .home = home ? home : "",
	    .uid_count = 1,
	    .uids = &ranges[i],
	    .own_uids = 1,
	    .domain_count = *domains[i] ? 1 : 0,
	    .domains = &domains[i]};
}

static void
set_accounts(void)
{
	auto_str bytes = {0};
	struct accounts *table = NULL;
	accounts_encode(records, record_count, FLOOR, &bytes);
	if (accounts_decode(bytes.data, bytes.length, &table) ||
	    reaper_set_accounts(reaper, bytes.data, bytes.length))
		fatal("cannot set the accounts");
	hands_set_accounts(hands, table);
	accounts_free(accounts);
	accounts = table;
}

static void
forget(const char *name)
{
	for (uint32_t i = 0; i < record_count; i++)
		if (text_equal(records[i].name, name))
			records[i].generation++;
	set_accounts();
	printf("0\n\n.\n");
	fflush(stdout);
}

static uint32_t
id_of(const char *name)
{
	for (uint32_t i = 0; i < record_count; i++)
		if (text_equal(records[i].name, name))
			return records[i].id;
	return 0;
}

static void
act(enum operation operation, const char *verb, const char *name, const char *id)
{
	struct action action = {.operation = operation};
	action.verb = text_equal(verb, "lock") ? VERB_LOCK : VERB_SUSPEND;
	action.id = strtoull(id ? id : "0", NULL, 10);
	action.subject = (struct subject){KIND_ACCOUNT, id_of(name), 1, 0};
	snprintf(action.account_name, sizeof(action.account_name), "%s", name);
	answered = false;
	hands_act(hands, &action, clock_boot());
	for (int64_t end = clock_boot() + PATIENCE; !answered && clock_boot() < end;) {
		hands_tick(hands, clock_boot());
		usleep(20000);
	}
	if (!answered)
		fatal("no outcome");
}

static void
halt(const char *name)
{
	struct action action = {.operation = OPERATION_APPLY, .verb = VERB_LOCK};
	action.subject = (struct subject){KIND_ACCOUNT, id_of(name), 1, 0};
	snprintf(action.account_name, sizeof(action.account_name), "%s", name);
	hands_halt(hands, &action, clock_boot());
	printf("0\n\n.\n");
	fflush(stdout);
}

static void
tick(const char *milliseconds)
{
	for (int64_t end = clock_boot() + strtoll(milliseconds, NULL, 10);
	     clock_boot() < end;) {
		hands_tick(hands, clock_boot());
		usleep(20000);
	}
	printf("0\n\n.\n");
	fflush(stdout);
}

/* One tick as it would be in so many ms. */
static void
later(const char *milliseconds)
{
	hands_tick(hands, clock_boot() + strtoll(milliseconds, NULL, 10));
	printf("0\n\n.\n");
	fflush(stdout);
}

static void
obey(char *line)
{
	const char *words[4] = {"", "", "", ""};
	line[strcspn(line, "\n")] = '\0';
	for (int i = 0; i < 4 && line; i++)
		words[i] = strsep(&line, " ");
	if (text_equal(words[0], "apply"))
		act(OPERATION_APPLY, words[1], words[2], words[3]);
	else if (text_equal(words[0], "release"))
		act(OPERATION_RELEASE, words[1], words[2], words[3]);
	else if (text_equal(words[0], "describe"))
		act(OPERATION_DESCRIBE, words[1], words[2], NULL);
	else if (text_equal(words[0], "tick"))
		tick(words[1]);
	else if (text_equal(words[0], "later"))
		later(words[1]);
	else if (text_equal(words[0], "halt"))
		halt(words[1]);
	else if (text_equal(words[0], "forget"))
		forget(words[1]);
}

int
main(int count, char **arguments)
{
	char *line = NULL;
	size_t size = 0;
	if (count < 4 || crash_allow())
		return 2;
	struct hands_settings settings = {.cgroup = arguments[2], .report = answer};
	settings.state = open(arguments[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (settings.state < 0 ||
	    reaper_start(sandbox_reaper_uid(), sandbox_enter_reaper, &reaper))
		fatal("cannot begin: %s", strerror(errno));
	struct options options = {0};
	sandbox_enter(PROCESS_ENFORCER, &options);
	settings.reaper = reaper;
	hands = hands_new(&settings);
	for (int i = 3; i < count && record_count < MOST_ACCOUNTS; i++)
		add_account(arguments[i]);
	set_accounts();
	while (getline(&line, &size, stdin) > 0)
		obey(line);
	free(line);
	hands_free(hands);
	reaper_free(reaper);
	accounts_free(accounts);
	return 0;
}
