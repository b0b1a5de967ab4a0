/* SPDX-License-Identifier: Apache-2.0 */
#include "cancel_scene.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"

struct cancel_scene scene;

/* ---- what the verb suspend would do ---- */

int
note_suspend(void *context, const struct order *order, struct str *text)
{
	(void)context;
	assert_int_equal(order->account->id, ALICE);
	scene.asked++;
	if (scene.suspend_status) {
		str_add(text, "a way cannot be closed");
		return scene.suspend_status;
	}
	scene.suspended = 1;
	str_add(text, "ways closed");
	return 0;
}

static int
note_unsuspend(void *context, const struct action *action, struct str *text)
{
	(void)context;
	assert_int_equal(action->subject.account, ALICE);
	scene.suspended = 0;
	str_add(text, "ways opened");
	return 0;
}

void
note_report(void *context, const struct action *action, int status, const char *text)
{
	(void)context;
	scene.outcome = (struct outcome){action->id, action->operation, status, scene.text};
	snprintf(scene.text, sizeof(scene.text), "%s", text);
	scene.outcomes++;
}

int64_t
told_wall(void)
{
	return scene.wall;
}

/* ---- files ---- */

const char *
in_folder(const char *name)
{
	static char paths[8][256];
	static unsigned turn;
	char *path = paths[turn++ % 8];
	snprintf(path, sizeof(paths[0]), "%s/%s", scene.folder, name);
	return path;
}

void
write_file(const char *name, mode_t mode, const char *text)
{
	assert_int_equal(file_replace(AT_FDCWD, in_folder(name), mode, text, strlen(text)), 0);
	assert_int_equal(chmod(in_folder(name), mode), 0);
}

const char *
read_back(const char *name)
{
	static char copy[65536];
	auto_str text = {0};
	int status = file_read(AT_FDCWD, in_folder(name), sizeof(copy) - 1, &text);
	snprintf(copy, sizeof(copy), "%s", status ? "" : str_text(&text));
	return copy;
}

bool
exists(const char *name)
{
	return access(in_folder(name), F_OK) == 0;
}

/* ---- scene ---- */

static struct account
record(uint32_t id, const char *name, struct uid_range *uid, const char **domains)
{
	*uid = (struct uid_range){id, 1};
	uint32_t count = 0;
	while (domains[count])
		count++;
	return (struct account){.id = id,
	    .generation = 1,
	    .name = name,
	    .plan = "",
	    .contact = "",
	    .home = in_folder("home"),
	    .uid_count = 1,
	    .uids = uid,
	    .own_uids = 1,
	    .domain_count = count,
	    .domains = domains};
}

static void
make_accounts(void)
{
	static const char *alices[] = {
	    "Alice.example", "www.alice.example", "shared.example", NULL};
	static const char *bobs[] = {"bob.example", "shared.example", NULL};
	struct uid_range uids[2];
	struct account records[2] = {
	    record(ALICE, "alice", &uids[0], alices), record(BOB, "bob", &uids[1], bobs)};
	auto_str bytes = {0};
	accounts_encode(records, 2, FLOOR, &bytes);
	assert_int_equal(accounts_decode(bytes.data, bytes.length, &scene.accounts), 0);
}

static void
open_hands(void)
{
	scene.errands = errands_start();
	assert_non_null(scene.errands);
	scene.panels = panels_new(&scene.tools, scene.errands);
	struct cancel_settings settings = {
	    .tools = &scene.tools,
	    .errands = scene.errands,
	    .panels = scene.panels,
	    .wall = told_wall,
	    .suspend = note_suspend,
	    .unsuspend = note_unsuspend,
	    .report = note_report,
	};
	scene.cancels = cancels_new(&settings);
}

static void
close_hands(void)
{
	cancels_free(scene.cancels);
	panels_free(scene.panels);
	errands_free(scene.errands);
}

void
restart(void)
{
	close_hands();
	open_hands();
}

int
begin(void **state)
{
	(void)state;
	memset(&scene, 0, sizeof(scene));
	snprintf(scene.folder, sizeof(scene.folder), "/run/hayward-test-XXXXXX");
	assert_non_null(mkdtemp(scene.folder));
	assert_int_equal(chmod(scene.folder, 0755), 0);
	assert_int_equal(mkdir(in_folder("state"), 0700) | mkdir(in_folder("home"), 0700) |
			     mkdir(in_folder("out"), 0777),
	    0);
	assert_int_equal(chmod(in_folder("out"), 01777), 0);
	write_file("home/index.html", 0644, "hello");
	assert_int_equal(chown(in_folder("home"), ALICE, ALICE), 0);
	scene.state = open(in_folder("state"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	scene.config = config_default();
	scene.config.host = "host.example";
	scene.config.mail_answers = strdup(in_folder("answers"));
	scene.config.database_options = "/nonexistent";
	make_accounts();
	scene.tools = (struct tools){.root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC),
	    .proc = -1,
	    .state = scene.state,
	    .accounts = scene.accounts,
	    .config = &scene.config};
	scene.next = 1;
	scene.now = 1000;
	scene.wall = 1767225600000; /* 2026-01-01 */
	open_hands();
	return 0;
}

int
finish(void **state)
{
	(void)state;
	char command[128];
	close_hands();
	accounts_free(scene.accounts);
	close(scene.state);
	close(scene.tools.root);
	free((char *)(uintptr_t)scene.config.mail_answers);
	snprintf(command, sizeof(command), "%s", scene.folder);
	pid_t pid = fork();
	if (pid == 0)
		execlp("rm", "rm", "-rf", command, (char *)NULL);
	return 0;
}

static void
hear(void *context, const struct errand_news *news)
{
	(void)context;
	panels_hear(scene.panels, news);
	cancels_hear(scene.cancels, news);
}

/* One turn; time as told goes on by so much. */
void
turn(int64_t ms)
{
	scene.now += ms;
	scene.wall += ms;
	assert_int_equal(errands_heed(scene.errands, hear, NULL), 0);
	panels_tick(scene.panels, scene.now);
	cancels_tick(scene.cancels, scene.now);
}

/* Real time passes while programs run; told time only a little. */
bool
comes(bool (*condition)(void))
{
	int64_t end = clock_boot() + PATIENCE;
	while (!condition() && clock_boot() < end) {
		turn(20);
		usleep(5000);
	}
	return condition();
}

bool
was_reported(void)
{
	return scene.outcomes > 0;
}

struct action
action_of(enum operation operation, enum verb verb)
{
	struct action action = {.id = scene.next++,
	    .case_number = 7,
	    .operation = operation,
	    .verb = verb,
	    .subject = {KIND_ACCOUNT, ALICE, 1, 0}};
	snprintf(action.account_name, sizeof(action.account_name), "alice");
	return action;
}

int
ask_cancel(void)
{
	struct action action = action_of(OPERATION_APPLY, VERB_CANCEL);
	struct order order = {&action, accounts_find_id(scene.accounts, ALICE), scene.now};
	auto_str text = {0};
	scene.outcomes = 0;
	int status = cancels_apply(scene.cancels, &order, &text);
	if (status != -EINPROGRESS)
		snprintf(scene.text, sizeof(scene.text), "%s", str_text(&text));
	return status;
}

void
cancel_until(bool (*condition)(void))
{
	assert_int_equal(ask_cancel(), -EINPROGRESS);
	assert_true(comes(condition));
}

void
cancel_alice(void)
{
	cancel_until(was_reported);
}

void
reinstate_alice(void)
{
	struct action action = action_of(OPERATION_RELEASE, VERB_CANCEL);
	auto_str text = {0};
	scene.outcomes = 0;
	assert_int_equal(cancels_release(scene.cancels, &action, &text), -EINPROGRESS);
	assert_true(comes(was_reported));
	assert_int_equal(scene.outcome.operation, OPERATION_RELEASE);
}
