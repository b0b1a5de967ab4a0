/* SPDX-License-Identifier: Apache-2.0 */
/* cancel: real archives, a real program for billing, real restarts. Needs root. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/digest.h"
#include "base/file.h"
#include "cancel_scene.h"

static const int64_t day = 86400000;

static const char *
archive_of(uint64_t action, const char *ending)
{
	static char name[128];
	snprintf(name, sizeof(name), "state/exports/alice-%d-%016x.tar.zst%s", ALICE,
	    (unsigned)action, ending);
	return name;
}

/* A hook that notes what it was told, and by whom it is run. */
static void
write_hook(const char *then)
{
	static char hook[256];
	char text[1024];
	snprintf(text, sizeof(text),
	    "#!/bin/sh\necho \"$1 $2 case=$HAYWARD_CASE date=$HAYWARD_DATE try=$HAYWARD_TRY "
	    "repeat=$HAYWARD_REPEAT $(id -u) $#\" >>%s/out/told\n%s\n",
	    scene.folder, then);
	write_file("hook", 0755, text);
	snprintf(hook, sizeof(hook), "%s", in_folder("hook"));
	scene.config.billing_hook = hook;
}

/* ---- cancel ---- */

static void
test_story(void **state)
{
	(void)state;
	auto_str bytes = {0};
	write_hook("printf 'billed\\033[31m'");
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

	assert_int_equal(file_read(AT_FDCWD, in_folder(archive_of(1, "")), 1 << 20, &bytes), 0);
	struct digest digest = digest_of(bytes.data, bytes.length, NULL, 0);
	assert_says(read_back(archive_of(1, ".manifest")), digest.text);
	assert_says(read_back(archive_of(1, ".manifest")), "entries\t1\n");
	assert_false(exists("state/export-61140"));

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
	assert_silent(read_back("answers"), "alice");
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

/* Postfix defers all mail while a table that it is told of is missing. */
static void
test_table_is_there_from_the_first(void **state)
{
	(void)state;
	turn(1000);
	assert_true(exists("answers"));
	assert_silent(read_back("answers"), "example");
}

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
	return exists("state/export-61140");
}

static void
test_export_goes_on_after_a_restart(void **state)
{
	(void)state;
	fill_home();
	cancel_until(has_point);
	restart();
	cancel_alice();
	assert_int_equal(scene.outcome.status, 0);
	assert_says(read_back(archive_of(1, ".manifest")), "entries\t61\n");
}

static void
test_reinstated_in_the_middle(void **state)
{
	(void)state;
	fill_home();
	cancel_until(has_point);
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
	write_hook("exit 3");
	cancel_alice();
	assert_int_equal(scene.outcome.status, 0);
	assert_says(scene.text, "billing: failed with exit status 3, is tried again");
	write_hook("exit 0");
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
	write_hook("");
	const char *hook = scene.config.billing_hook;
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
	write_hook("sleep 2");
	cancel_until(was_told);
	restart();
	cancel_alice();
	assert_int_equal(scene.outcome.status, 0);
	assert_says(scene.text, "as a repetition");
	assert_says(read_back("out/told"), "try=1 repeat=no");
	assert_says(read_back("out/told"), "try=2 repeat=yes");
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
	    TEST(test_table_is_there_from_the_first),
	    TEST(test_table_is_put_right),
	    TEST(test_somebody_elses_table),
	    TEST(test_export_goes_on_after_a_restart),
	    TEST(test_reinstated_in_the_middle),
	    TEST(test_no_room_for_an_export),
	    TEST(test_hook_that_fails),
	    TEST(test_hook_that_others_can_write),
	    TEST(test_hook_and_a_restart),
	};
	if (geteuid() != 0) {
		puts("1..0 # SKIP needs root");
		return 0;
	}
	return cmocka_run_group_tests_name("cancel", tests, NULL, NULL);
}
