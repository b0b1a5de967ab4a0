/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pair of hands for tests written in other languages: they tick as the
 * enforcer's do, and obey lines from standard input:
 *
 *     apply ACTION UID PATH-IN-HEX     disable a script of that account
 *     release ACTION
 *     describe ACTION
 *     close ACTION UID                 the account's sites, as suspend does
 *     open ACTION
 *
 * Each is answered by one line: status, tab, text.
 *
 * usage: hands STATE-FOLDER FLOOR NAME:UID:HOME[:DOMAIN]...
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actions/front.h"
#include "actions/process.h"
#include "actions/verb.h"
#include "base/clock.h"
#include "base/crash.h"
#include "base/memory.h"

enum { MOST_ACCOUNTS = 16, LONGEST_LINE = 4096, TICK = 100 };

struct table {
	uint32_t count;
	struct account records[MOST_ACCOUNTS];
	struct uid_range uids[MOST_ACCOUNTS];
	const char *domains[MOST_ACCOUNTS];
};

static void
answer(void *context, const struct outcome *outcome)
{
	(void)context;
	printf("%" PRId64 "\t%s\n", outcome->status, outcome->text);
	fflush(stdout);
}

static void
add_account(struct table *table, char *text)
{
	char *rest = NULL;
	uint32_t index = table->count++;
	struct account *account = &table->records[index];
	const char *name = strtok_r(text, ":", &rest);
	uint32_t uid = (uint32_t)strtoul(strtok_r(NULL, ":", &rest), NULL, 10);
	table->uids[index] = (struct uid_range){uid, 1};
	*account = (struct account){.id = uid,
	    .generation = 1,
	    .name = name,
	    .plan = "",
	    .contact = "",
	    .home = strtok_r(NULL, ":", &rest),
	    .uid_count = 1,
	    .own_uids = 1,
	    .uids = &table->uids[index],
	    .domains = &table->domains[index]};
	table->domains[index] = strtok_r(NULL, ":", &rest);
	account->domain_count = table->domains[index] ? 1 : 0;
}

static void
unhex(const char *text, char *buffer, size_t size)
{
	size_t count = 0;
	unsigned byte;
	while (count + 1 < size && sscanf(text + 2 * count, "%2x", &byte) == 1)
		buffer[count++] = (char)byte;
	buffer[count] = '\0';
}

static void
act(struct hands *hands, enum operation operation, char *arguments)
{
	char *rest = NULL;
	struct action action = {.operation = operation, .verb = VERB_DISABLE};
	const char *id = strtok_r(arguments, " \n", &rest), *uid = strtok_r(NULL, " \n", &rest);
	const char *path = strtok_r(NULL, " \n", &rest);
	action.id = strtoull(id, NULL, 10);
	action.subject = (struct subject){KIND_SCRIPT, 0, 1, 7};
	if (uid)
		action.subject.account = (uint32_t)strtoul(uid, NULL, 10);
	if (path)
		unhex(path, action.path, sizeof(action.path));
	hands_act(hands, &action, clock_boot());
}

/* A front of its own: closing an account is a part of suspend. */
static void
act_on_front(const struct accounts *accounts, int state, char *arguments, bool closes)
{
	struct tools tools = {.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC),
	    .proc = process_open_proc(),
	    .state = state,
	    .accounts = accounts};
	char *rest = NULL;
	struct front *front = front_new(&tools);
	auto_str text = {0};
	uint64_t id = strtoull(strtok_r(arguments, " \n", &rest), NULL, 10);
	const char *uid = strtok_r(NULL, " \n", &rest);
	int status = -EINVAL;
	if (!closes)
		status = front_open(front, id, &text);
	else if (uid)
		status = front_close_account(front, id,
		    accounts_find_id(accounts, (uint32_t)strtoul(uid, NULL, 10)), &text);
	printf("%d\t%s\n", status, str_text(&text));
	fflush(stdout);
	front_free(front);
	close(tools.root);
	close(tools.proc);
}

static void
obey(struct hands *hands, const struct accounts *accounts, int state, char *line)
{
	char *arguments = line + strcspn(line, " ");
	if (text_starts_with(line, "apply "))
		act(hands, OPERATION_APPLY, arguments);
	else if (text_starts_with(line, "release "))
		act(hands, OPERATION_RELEASE, arguments);
	else if (text_starts_with(line, "describe "))
		act(hands, OPERATION_DESCRIBE, arguments);
	else
		act_on_front(accounts, state, arguments, text_starts_with(line, "close "));
}

int
main(int argc, char **argv)
{
	struct table table = {0};
	struct accounts *accounts = NULL;
	auto_str bytes = {0};
	char line[LONGEST_LINE];
	if (argc < 4 || argc > 3 + MOST_ACCOUNTS || crash_allow())
		return 2;
	int state = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	for (int i = 3; i < argc; i++)
		add_account(&table, argv[i]);
	accounts_encode(
	    table.records, table.count, (uint32_t)strtoul(argv[2], NULL, 10), &bytes);
	if (state < 0 || accounts_decode(bytes.data, bytes.length, &accounts))
		return 2;
	struct hands_settings settings = {
	    .cgroup = "hayward-test-hands", .state = state, .report = answer};
	struct hands *hands = hands_new(&settings);
	hands_set_accounts(hands, accounts);
	setvbuf(stdin, NULL, _IONBF, 0);
	for (;;) {
		struct pollfd input = {STDIN_FILENO, POLLIN, 0};
		if (poll(&input, 1, TICK) > 0) {
			if (!fgets(line, sizeof(line), stdin))
				break;
			obey(hands, accounts, state, line);
		}
		hands_tick(hands, clock_boot());
	}
	hands_free(hands);
	accounts_free(accounts);
	close(state);
	return 0;
}
