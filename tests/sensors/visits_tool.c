/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Follows access logs as haywardd's process does, five times a second, and
 * says on demand what it counted, for tests.
 *
 * usage: visits_tool LOG-GROUP ACCESS-LOGS PROXIES NAME:UID:DOMAIN...
 *
 * It obeys lines of standard input: `take` prints what was counted since the
 * last time, `skip MS` lets its clock jump, `state` tells how many logs it
 * follows. Each answer ends with a line `.`.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "sensors/access_logs.h"

enum { MOST_ACCOUNTS = 16, PAUSE = 200 };

struct tool {
	struct access_logs *logs;
	int64_t ahead; /* of the clock, ms */
	const char *names[MOST_ACCOUNTS];
	uint32_t ids[MOST_ACCOUNTS];
	size_t count;
};

static int64_t
now(const struct tool *tool)
{
	return clock_boot() + tool->ahead;
}

static const char *
name_of(const struct tool *tool, uint32_t id)
{
	for (size_t i = 0; i < tool->count; i++)
		if (tool->ids[i] == id)
			return tool->names[i];
	return "nobody";
}

/* As the engine hears it. */
static bool
say(void *context, const struct visits *said)
{
	const struct tool *tool = context;
	auto_arena struct arena *arena = arena_new();
	auto_str bytes = {0};
	struct visits visits;
	visits_encode(said, &bytes);
	if (visits_decode(bytes.data, bytes.length, arena, &visits))
		panic("visits do not decode");
	const char *name = name_of(tool, visits.account);
	printf("%s total %llu\n", name, (unsigned long long)visits.requests);
	for (uint32_t i = 0; i < visits.visitor_count; i++) {
		const struct visitor *visitor = &visits.visitors[i];
		auto_str path = {0};
		escape_text(&path, visitor->path);
		printf("%s visitor %s %u %u %s\n", name, visitor->address, visitor->requests,
		    visitor->refused, str_text(&path));
	}
	return true;
}

static void
obey(struct tool *tool, const char *line)
{
	if (text_starts_with(line, "skip "))
		tool->ahead += strtol(line + strlen("skip "), NULL, 10);
	access_logs_read(tool->logs, now(tool));
	if (text_equal(line, "take"))
		access_logs_take(tool->logs, now(tool), 0, say, tool);
	if (text_equal(line, "state")) {
		struct log_set_state state = access_logs_state(tool->logs);
		printf("%zu of %zu\n", state.followed, state.named);
	}
	printf(".\n");
	fflush(stdout);
}

/* NAME:UID:DOMAIN; the pieces live as long as the arguments. */
static struct account
account_of(char *argument, struct uid_range *uid, const char **domain)
{
	char *save = NULL;
	const char *name = strtok_r(argument, ":", &save);
	const char *number = strtok_r(NULL, ":", &save);
	*domain = strtok_r(NULL, ":", &save);
	if (!name || !number)
		fatal("an account is NAME:UID:DOMAIN");
	*uid = (struct uid_range){(uint32_t)strtoul(number, NULL, 10), 1};
	return (struct account){.id = uid->first,
	    .name = name,
	    .plan = "",
	    .contact = "",
	    .home = "/",
	    .uids = uid,
	    .uid_count = 1,
	    .own_uids = 1,
	    .domains = domain,
	    .domain_count = *domain != NULL};
}

static struct accounts *
read_accounts(struct tool *tool, char **arguments, int count)
{
	struct account records[MOST_ACCOUNTS];
	struct uid_range uids[MOST_ACCOUNTS];
	const char *domains[MOST_ACCOUNTS];
	auto_str bytes = {0};
	struct accounts *accounts;
	for (int i = 0; i < count && i < MOST_ACCOUNTS; i++) {
		records[i] = account_of(arguments[i], &uids[i], &domains[i]);
		tool->names[i] = records[i].name;
		tool->ids[i] = records[i].id;
		tool->count++;
	}
	accounts_encode(records, (uint32_t)tool->count, 61000, &bytes);
	if (accounts_decode(bytes.data, bytes.length, &accounts))
		fatal("these accounts do not fit together");
	return accounts;
}

static void
serve(struct tool *tool)
{
	char line[64];
	struct pollfd heard = {.fd = STDIN_FILENO, .events = POLLIN};
	for (;;) {
		if (poll(&heard, 1, PAUSE) == 0) {
			access_logs_read(tool->logs, now(tool));
			continue;
		}
		if (!fgets(line, sizeof(line), stdin))
			return;
		line[strcspn(line, "\n")] = '\0';
		obey(tool, line);
	}
}

int
main(int count, char **arguments)
{
	struct tool tool = {0};
	struct config config = config_default();
	if (count < 5)
		fatal("usage: visits_tool LOG-GROUP ACCESS-LOGS PROXIES NAME:UID:DOMAIN...");
	log_init("visits_tool", false, LOG_LEVEL_INFO);
	config.access_logs = arguments[2];
	config.proxies = arguments[3];
	config.uid_floor = 61000;
	tool.logs = access_logs_new((uint32_t)strtoul(arguments[1], NULL, 10), now(&tool));
	access_logs_set(tool.logs, &config, read_accounts(&tool, arguments + 4, count - 4));
	serve(&tool);
	access_logs_free(tool.logs);
	return 0;
}
