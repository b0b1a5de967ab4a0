/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cancel and control panels: real archives, real programs, real restarts. What
 * suspend does is not this test's; it is noted that it was asked for. Needs root.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "actions/cancel.h"
#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"

enum { ALICE = 61100, BOB = 61101, FLOOR = 61000, PATIENCE = 60000 };

static const int64_t day = 86400000;

static struct {
	char folder[64];
	int state;
	int out; /* where programs write */
	struct tools tools;
	struct config config;
	struct accounts *accounts;
	struct errands *errands;
	struct panels *panels;
	struct cancels *cancels;
	int64_t now;  /* boot, as told */
	int64_t wall; /* as told */
	uint64_t next;
	int suspended, asked;
	int suspend_status;
	struct outcome outcome;
	uint32_t outcomes;
	char text[8192];
	char archive[128];
} scene;

/* ---- what the verb suspend would do ---- */

static int
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

static void
note_report(void *context, const struct action *action, int status, const char *text)
{
	(void)context;
	scene.outcome = (struct outcome){action->id, action->operation, status, scene.text};
	snprintf(scene.text, sizeof(scene.text), "%s", text);
	scene.outcomes++;
}

static int64_t
told_wall(void)
{
	return scene.wall;
}

/* ---- files ---- */

static const char *
in_folder(const char *name)
{
	static char paths[8][256];
	static unsigned turn;
	char *path = paths[turn++ % 8];
	snprintf(path, sizeof(paths[0]), "%s/%s", scene.folder, name);
	return path;
}

static void
write_file(const char *name, mode_t mode, const char *text)
{
	assert_int_equal(
	    file_replace(AT_FDCWD, in_folder(name), mode, text, strlen(text)), 0);
	assert_int_equal(chmod(in_folder(name), mode), 0);
}

static const char *
read_back(const char *name)
{
	static char copy[65536];
	auto_str text = {0};
	int status = file_read(AT_FDCWD, in_folder(name), sizeof(copy) - 1, &text);
	snprintf(copy, sizeof(copy), "%s", status ? "" : str_text(&text));
	return copy;
}

static bool
exists(const char *name)
{
	return access(in_folder(name), F_OK) == 0;
}

#define assert_says(text, part)                                                                \
	do {                                                                                   \
		if (!strstr(text, part))                                                       \
			fail_msg("'%s' is not in: %s", part, text);                            \
	} while (0)

#define assert_silent(text, part)                                                              \
	do {                                                                                   \
		if (strstr(text, part))                                                        \
			fail_msg("'%s' is in: %s", part, text);                                \
	} while (0)

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
	static const char *alices[] = {"Alice.example", "www.alice.example", "shared.example", NULL};
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

static void
restart(void)
{
	close_hands();
	open_hands();
}

static int
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

static int
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
static void
turn(int64_t ms)
{
	scene.now += ms;
	scene.wall += ms;
	assert_int_equal(errands_heed(scene.errands, hear, NULL), 0);
	panels_tick(scene.panels, scene.now);
	cancels_tick(scene.cancels, scene.now);
}

/* Real time passes while programs run; told time only a little. */
static bool
comes(bool (*condition)(void))
{
	int64_t end = clock_boot() + PATIENCE;
	while (!condition() && clock_boot() < end) {
		turn(20);
		usleep(5000);
	}
	return condition();
}

static bool
was_reported(void)
{
	return scene.outcomes > 0;
}

static struct action
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

static int
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

static void
cancel_alice(void)
{
	assert_int_equal(ask_cancel(), -EINPROGRESS);
	assert_true(comes(was_reported));
}

static void
reinstate_alice(void)
{
	struct action action = action_of(OPERATION_RELEASE, VERB_CANCEL);
	auto_str text = {0};
	scene.outcomes = 0;
	assert_int_equal(cancels_release(scene.cancels, &action, &text), -EINPROGRESS);
	assert_true(comes(was_reported));
	assert_int_equal(scene.outcome.operation, OPERATION_RELEASE);
}

static const char *
archive_of(uint64_t action, const char *ending)
{
	static char name[128];
	snprintf(name, sizeof(name), "state/exports/alice-%d-%d.tar.zst%s", ALICE, (int)action,
	    ending);
	return name;
}

/* A hook that notes what it was told, and by whom it is run. */
static void
write_hook(const char *then)
{
	char text[1024];
	snprintf(text, sizeof(text),
	    "#!/bin/sh\necho \"$1 $2 case=$HAYWARD_CASE date=$HAYWARD_DATE try=$HAYWARD_TRY "
	    "repeat=$HAYWARD_REPEAT $(id -u) $#\" >>%s/out/told\n%s\n",
	    scene.folder, then);
	write_file("hook", 0755, text);
	scene.config.billing_hook = in_folder("hook");
}

/* ---- cancel ---- */

static void
test_story(void **state)
{
	(void)state;
	auto_str bytes = {0};
	char hook[256];
	write_hook("printf 'billed\\033[31m'");
	snprintf(hook, sizeof(hook), "%s", scene.config.billing_hook);
	scene.config.billing_hook = hook;
	cancel_alice();
	assert_int_equal(scene.outcome.status, 0);
	assert_says(scene.text, "ways closed");
	assert_says(scene.text, "mail: of 3 domains and addresses");
	assert_says(scene.text, "'shared.example' is left: another account has it too");
	assert_says(scene.text, "billing: told: billed\\x1b[31m");
	assert_int_equal(scene.suspended, 1);
	assert_says(read_back("answers"), "alice.example\t450 4.2.1");
	assert_says(read_back("answers"), "alice@host.example\t450 4.2.1");
	assert_silent(read_back("answers"), "shared.example");
	assert_says(read_back("out/told"),
	    "cancel alice case=7 date=2026-01-01T00:00:00Z try=1 repeat=no 65220 2\n");

	assert_int_equal(
	    file_read(AT_FDCWD, in_folder(archive_of(1, "")), 1 << 20, &bytes), 0);
	struct digest digest = digest_of(bytes.data, bytes.length, NULL, 0);
	assert_says(read_back(archive_of(1, ".manifest")), digest.text);
	assert_says(read_back(archive_of(1, ".manifest")), "entries\t1\n");
	assert_false(exists("state/export-61100"));

	turn(6 * day);
	assert_says(read_back("answers"), "450 4.2.1");
	turn(day + 1);
	turn(5000);
	assert_silent(read_back("answers"), "450 4.2.1");
	assert_says(read_back("answers"), "alice.example\t550 5.2.1");

	reinstate_alice();
	assert_int_equal(scene.outcome.status, 0);
	assert_says(scene.text, "ways opened");
	assert_says(scene.text, "mail: accepted again");
	assert_int_equal(scene.suspended, 0);
	assert_silent(read_back("answers"), "alice");
	assert_says(read_back("out/told"), "reinstate alice case=7");
	assert_true(exists(archive_of(1, "")));
	turn(82 * day);
	assert_true(exists(archive_of(1, "")));
	turn(2 * day);
	assert_false(exists(archive_of(1, "")));
	assert_false(exists(archive_of(1, ".manifest")));
}

static void
test_twice_is_once(void **state)
{
	(void)state;
	cancel_alice();
	int asked = scene.asked;
	assert_int_equal(ask_cancel(), 0);
	assert_says(scene.text, "already so");
	restart();
	assert_int_equal(ask_cancel(), 0);
	for (int i = 0; i < 20; i++)
		turn(1000);
	assert_int_equal(scene.asked, asked);
	reinstate_alice();
	struct action action = action_of(OPERATION_RELEASE, VERB_CANCEL);
	auto_str text = {0};
	assert_int_equal(cancels_release(scene.cancels, &action, &text), 0);
	assert_says(str_text(&text), "already so");
}

static void
test_ways_that_cannot_be_closed(void **state)
{
	(void)state;
	scene.suspend_status = -EROFS;
	cancel_alice();
	assert_int_equal(scene.outcome.status, -EROFS);
	assert_says(scene.text, "a way cannot be closed");
	assert_false(exists("answers"));
	assert_false(exists(archive_of(1, "")));
	scene.suspend_status = 0;
	cancel_alice();
	assert_int_equal(scene.outcome.status, 0);
	reinstate_alice();
}

static void
test_whose_account_is_gone(void **state)
{
	(void)state;
	assert_int_equal(ask_cancel(), -EINPROGRESS);
	scene.tools.accounts = NULL;
	assert_true(comes(was_reported));
	assert_int_equal(scene.outcome.status, -ENOENT);
	assert_int_equal(scene.suspended, 0);
	scene.tools.accounts = scene.accounts;
}

static void
test_no_suspend_no_cancel(void **state)
{
	(void)state;
	cancels_free(scene.cancels);
	struct cancel_settings settings = {.tools = &scene.tools,
	    .errands = scene.errands,
	    .panels = scene.panels,
	    .wall = told_wall,
	    .report = note_report};
	scene.cancels = cancels_new(&settings);
	assert_int_equal(ask_cancel(), -ENOTSUP);
}

/* What the wall clock says destroys nothing. */
static void
test_wrong_clock(void **state)
{
	(void)state;
	cancel_alice();
	scene.wall += 4000 * day;
	turn(1000);
	restart();
	turn(1000);
	turn(5000);
	assert_true(exists(archive_of(1, "")));
	scene.wall -= 8000 * day;
	restart();
	turn(5000);
	assert_true(exists(archive_of(1, "")));
}

/* ---- mail ---- */

static void
test_table_is_put_right(void **state)
{
	(void)state;
	cancel_alice();
	char good[4096];
	snprintf(good, sizeof(good), "%s", read_back("answers"));
	char wrong[5000];
	snprintf(wrong, sizeof(wrong), "%sbob.example\t550 no\n", good);
	write_file("answers", 0644, wrong);
	turn(5000);
	assert_string_equal(read_back("answers"), good);
	unlink(in_folder("answers"));
	turn(5000);
	assert_string_equal(read_back("answers"), good);
}

static void
test_somebody_elses_table(void **state)
{
	(void)state;
	write_file("answers", 0644, "example.org OK\n");
	cancel_alice();
	assert_int_equal(scene.outcome.status, 0);
	assert_says(scene.text, "is somebody else's file and is left");
	assert_string_equal(read_back("answers"), "example.org OK\n");
}

/* ---- export ---- */

static void
fill_home(void)
{
	char block[65536];
	char name[64];
	for (int i = 0; i < 60; i++) {
		int source = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
		snprintf(name, sizeof(name), "home/%02d", i);
		int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		for (int j = 0; j < 40; j++) {
			assert_int_equal(read(source, block, sizeof(block)), sizeof(block));
			assert_int_equal(write(fd, block, sizeof(block)), sizeof(block));
		}
		close(fd);
		close(source);
	}
}

static bool
has_point(void)
{
	return exists("state/export-61100");
}

static void
test_export_goes_on_after_a_restart(void **state)
{
	(void)state;
	fill_home();
	assert_int_equal(ask_cancel(), -EINPROGRESS);
	assert_true(comes(has_point));
	restart();
	assert_int_equal(ask_cancel(), -EINPROGRESS);
	assert_true(comes(was_reported));
	assert_int_equal(scene.outcome.status, 0);
	assert_says(read_back(archive_of(1, ".manifest")), "entries\t61\n");
}

static void
test_reinstated_in_the_middle(void **state)
{
	(void)state;
	fill_home();
	assert_int_equal(ask_cancel(), -EINPROGRESS);
	assert_true(comes(has_point));
	reinstate_alice();
	assert_int_equal(scene.outcome.status, 0);
	assert_says(scene.text, "export: stopped");
	assert_false(exists(archive_of(1, "")));
	assert_false(has_point());
}

static void
test_no_room_for_an_export(void **state)
{
	(void)state;
	scene.config.export_folder = in_folder("nowhere");
	assert_int_equal(ask_cancel(), -EINPROGRESS);
	for (int i = 0; i < 40 && !scene.outcomes; i++)
		turn(60000);
	assert_int_equal(scene.outcomes, 1);
	assert_int_equal(scene.outcome.status, -ENOENT);
	assert_int_equal(scene.suspended, 1);
	scene.config.export_folder = "";
	cancel_alice();
	assert_int_equal(scene.outcome.status, 0);
}

/* ---- billing ---- */

static void
test_hook_that_fails(void **state)
{
	(void)state;
	char hook[256];
	write_hook("exit 3");
	snprintf(hook, sizeof(hook), "%s", scene.config.billing_hook);
	scene.config.billing_hook = hook;
	cancel_alice();
	assert_int_equal(scene.outcome.status, 0);
	assert_says(scene.text, "billing: failed with exit status 3, is tried again");
	write_hook("exit 0");
	scene.config.billing_hook = hook;
	for (int64_t end = clock_boot() + PATIENCE;
	     !strstr(read_back("out/told"), "try=2 repeat=yes") && clock_boot() < end;) {
		turn(1000);
		usleep(2000);
	}
	assert_says(read_back("out/told"), "try=2 repeat=yes");
	for (int i = 0; i < 100; i++) {
		turn(60000);
		usleep(1000);
	}
	assert_silent(read_back("out/told"), "try=3");
}

static void
test_hook_that_others_can_write(void **state)
{
	(void)state;
	char hook[256];
	write_hook("");
	snprintf(hook, sizeof(hook), "%s", scene.config.billing_hook);
	scene.config.billing_hook = hook;
	assert_int_equal(chmod(hook, 0757), 0);
	cancel_alice();
	assert_says(scene.text, "billing: failed (Permission denied)");
	assert_says(scene.text, "can be written to by others than root");
	assert_false(exists("out/told"));
	assert_int_equal(chmod(hook, 0755) | chown(hook, ALICE, 0), 0);
	auto_str why = {0};
	assert_int_equal(command_verify(hook, &why), -EACCES);
	assert_says(str_text(&why), "is not owned by root");
	assert_int_equal(command_verify(in_folder("out/x"), &why), -EACCES);
}

static bool
was_told(void)
{
	return exists("out/told");
}

/* Killed while the program runs: the next one tells it that it is a repetition. */
static void
test_hook_and_a_restart(void **state)
{
	(void)state;
	char hook[256];
	write_hook("sleep 2");
	snprintf(hook, sizeof(hook), "%s", scene.config.billing_hook);
	scene.config.billing_hook = hook;
	assert_int_equal(ask_cancel(), -EINPROGRESS);
	assert_true(comes(was_told));
	restart();
	assert_int_equal(ask_cancel(), -EINPROGRESS);
	assert_true(comes(was_reported));
	assert_int_equal(scene.outcome.status, 0);
	assert_says(scene.text, "as a repetition");
	assert_says(read_back("out/told"), "try=1 repeat=no");
	assert_says(read_back("out/told"), "try=2 repeat=yes");
}

/* ---- panels ---- */

static void
have_panel(const char *suspend, const char *release, bool with_marker)
{
	static char detect[256], marker[256], commands[2][256];
	char text[1024];
	snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", suspend);
	write_file("panel-suspend", 0755, text);
	snprintf(text, sizeof(text), "#!/bin/sh\n%s\n", release);
	write_file("panel-release", 0755, text);
	write_file("user-alice", 0644, "NAME='x'\nSUSPENDED='no'\n");
	snprintf(detect, sizeof(detect), "%s/user-{account}", scene.folder);
	snprintf(marker, sizeof(marker), "%s", with_marker ? detect : "");
	snprintf(commands[0], sizeof(commands[0]), "%s/panel-suspend {account} why", scene.folder);
	snprintf(commands[1], sizeof(commands[1]), "%s/panel-release {account}", scene.folder);
	scene.config.panels[0] = (struct config_panel){
	    "stand-in", detect, marker, "SUSPENDED='yes'", commands[0], commands[1]};
	scene.config.panel_count = 1;
}

static void
have_good_panel(bool with_marker)
{
	char suspend[512], release[512];
	snprintf(suspend, sizeof(suspend),
	    "echo \"suspend $1 $2 $#\" >>%s/out/panel\n"
	    "sed -i s/=.no.$/=\\'yes\\'/ %s/user-$1",
	    scene.folder, scene.folder);
	snprintf(release, sizeof(release),
	    "echo \"release $1 $#\" >>%s/out/panel\n"
	    "sed -i s/=.yes.$/=\\'no\\'/ %s/user-$1",
	    scene.folder, scene.folder);
	have_panel(suspend, release, with_marker);
}

static int
hold_panel(enum verb verb, struct str *text)
{
	struct action action = action_of(OPERATION_APPLY, verb);
	struct order order = {&action, accounts_find_id(scene.accounts, ALICE), scene.now};
	int status = -EINPROGRESS;
	for (int64_t end = clock_boot() + PATIENCE; status == -EINPROGRESS && clock_boot() < end;
	     usleep(5000)) {
		str_clear(text);
		turn(5);
		status = panels_hold(scene.panels, &order, text);
	}
	return status;
}

static int
release_panel(enum verb verb, struct str *text)
{
	struct action action = action_of(OPERATION_RELEASE, verb);
	int status = -EINPROGRESS;
	for (int64_t end = clock_boot() + PATIENCE; status == -EINPROGRESS && clock_boot() < end;
	     usleep(5000)) {
		str_clear(text);
		turn(5);
		status = panels_release(scene.panels, &action, text);
	}
	return status;
}

static void
test_panel_suspends_and_releases(void **state)
{
	(void)state;
	auto_str text = {0};
	assert_int_equal(hold_panel(VERB_SUSPEND, &text), -ENOENT);
	have_good_panel(true);
	assert_int_equal(hold_panel(VERB_SUSPEND, &text), 0);
	assert_says(read_back("user-alice"), "SUSPENDED='yes'");
	assert_string_equal(read_back("out/panel"), "suspend alice why 2\n");
	assert_int_equal(hold_panel(VERB_CANCEL, &text), 0);
	assert_int_equal(release_panel(VERB_SUSPEND, &text), 0);
	assert_says(str_text(&text), "another hold");
	assert_int_equal(release_panel(VERB_CANCEL, &text), 0);
	assert_says(str_text(&text), "released by its own command");
	assert_says(read_back("user-alice"), "SUSPENDED='no'");
	assert_string_equal(read_back("out/panel"), "suspend alice why 2\nrelease alice 1\n");
	assert_int_equal(release_panel(VERB_CANCEL, &text), -ENOENT);
}

static void
test_panel_behind_our_back(void **state)
{
	(void)state;
	auto_str text = {0};
	have_good_panel(true);
	assert_int_equal(hold_panel(VERB_SUSPEND, &text), 0);
	restart();
	write_file("user-alice", 0644, "SUSPENDED='no'\n");
	for (int64_t end = clock_boot() + PATIENCE;
	     !strstr(read_back("user-alice"), "'yes'") && clock_boot() < end; usleep(5000))
		turn(1000);
	assert_says(read_back("user-alice"), "SUSPENDED='yes'");
	struct action action = action_of(OPERATION_DESCRIBE, VERB_SUSPEND);
	panels_describe(scene.panels, &action, &text);
	assert_says(str_text(&text), "1 times anew");
	assert_int_equal(release_panel(VERB_SUSPEND, &text), 0);
	assert_says(read_back("user-alice"), "SUSPENDED='no'");
}

static void
test_panel_had_suspended_before(void **state)
{
	(void)state;
	auto_str text = {0};
	have_good_panel(true);
	write_file("user-alice", 0644, "SUSPENDED='yes'\n");
	assert_int_equal(hold_panel(VERB_SUSPEND, &text), 0);
	assert_says(str_text(&text), "already so, suspended before");
	restart();
	assert_int_equal(release_panel(VERB_SUSPEND, &text), 0);
	assert_says(str_text(&text), "stays so");
	assert_says(read_back("user-alice"), "SUSPENDED='yes'");
	assert_false(exists("out/panel"));
}

static void
test_panel_fails(void **state)
{
	(void)state;
	auto_str text = {0};
	have_panel("printf 'no such\\033user'; exit 3", "true", true);
	assert_int_equal(hold_panel(VERB_SUSPEND, &text), -EIO);
	assert_says(str_text(&text), "failed with exit status 3 (no such\\x1buser)");
	have_panel("true", "true", true);
	assert_int_equal(hold_panel(VERB_SUSPEND, &text), -EIO);
	assert_says(str_text(&text), "nothing changed by it");
	have_good_panel(true);
	assert_int_equal(hold_panel(VERB_SUSPEND, &text), 0);
}

static void
test_panel_without_marker(void **state)
{
	(void)state;
	auto_str text = {0};
	have_good_panel(false);
	assert_int_equal(hold_panel(VERB_SUSPEND, &text), 0);
	assert_says(str_text(&text), "cannot be seen");
	assert_int_equal(release_panel(VERB_SUSPEND, &text), 0);
	assert_string_equal(read_back("out/panel"), "suspend alice why 2\nrelease alice 1\n");
}

/* A customer that writes the marker's line into a value of his own says nothing by it. */
static void
test_panel_is_not_fooled(void **state)
{
	(void)state;
	auto_str text = {0};
	have_good_panel(true);
	write_file("user-alice", 0644, "NAME='SUSPENDED='yes''\n SUSPENDED='yes'\n");
	struct action action = action_of(OPERATION_APPLY, VERB_SUSPEND);
	struct order order = {&action, accounts_find_id(scene.accounts, ALICE), scene.now};
	assert_int_equal(panels_hold(scene.panels, &order, &text), -EINPROGRESS);
}

static void
test_cancel_by_panel(void **state)
{
	(void)state;
	have_good_panel(true);
	cancel_alice();
	assert_int_equal(scene.outcome.status, 0);
	assert_says(scene.text, "panel stand-in: suspended by its own command");
	reinstate_alice();
	assert_says(scene.text, "panel stand-in: released by its own command");
	assert_says(read_back("user-alice"), "SUSPENDED='no'");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(function) cmocka_unit_test_setup_teardown(function, begin, finish)
	    TEST(test_story),
	    TEST(test_twice_is_once),
	    TEST(test_ways_that_cannot_be_closed),
	    TEST(test_whose_account_is_gone),
	    TEST(test_no_suspend_no_cancel),
	    TEST(test_wrong_clock),
	    TEST(test_table_is_put_right),
	    TEST(test_somebody_elses_table),
	    TEST(test_export_goes_on_after_a_restart),
	    TEST(test_reinstated_in_the_middle),
	    TEST(test_no_room_for_an_export),
	    TEST(test_hook_that_fails),
	    TEST(test_hook_that_others_can_write),
	    TEST(test_hook_and_a_restart),
	    TEST(test_panel_suspends_and_releases),
	    TEST(test_panel_behind_our_back),
	    TEST(test_panel_had_suspended_before),
	    TEST(test_panel_fails),
	    TEST(test_panel_without_marker),
	    TEST(test_panel_is_not_fooled),
	    TEST(test_cancel_by_panel),
	};
	if (geteuid() != 0) {
		puts("1..0 # SKIP needs root");
		return 0;
	}
	return cmocka_run_group_tests_name("cancel", tests, NULL, NULL);
}
