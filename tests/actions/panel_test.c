/* SPDX-License-Identifier: Apache-2.0 */
/* Control panels, by stand-ins that are real programs. Needs root. */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cancel_scene.h"

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
	snprintf(
	    commands[0], sizeof(commands[0]), "%s/panel-suspend {account} why", scene.folder);
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
	for (int64_t end = clock_boot() + PATIENCE;
	     status == -EINPROGRESS && clock_boot() < end; usleep(5000)) {
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
	for (int64_t end = clock_boot() + PATIENCE;
	     status == -EINPROGRESS && clock_boot() < end; usleep(5000)) {
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

/* Staff suspend the account while our release of it is under way: theirs stays. */
static void
test_panel_suspended_meanwhile(void **state)
{
	(void)state;
	auto_str text = {0};
	have_good_panel(true);
	assert_int_equal(hold_panel(VERB_SUSPEND, &text), 0);
	have_panel("true", "true", true);
	write_file("user-alice", 0644, "SUSPENDED='yes'\n");
	assert_int_equal(release_panel(VERB_SUSPEND, &text), 0);
	assert_says(str_text(&text), "it says suspended: by others");
	assert_int_equal(release_panel(VERB_SUSPEND, &text), -ENOENT);
	assert_says(read_back("user-alice"), "SUSPENDED='yes'");
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
	    TEST(test_panel_suspends_and_releases),
	    TEST(test_panel_behind_our_back),
	    TEST(test_panel_had_suspended_before),
	    TEST(test_panel_fails),
	    TEST(test_panel_without_marker),
	    TEST(test_panel_suspended_meanwhile),
	    TEST(test_panel_is_not_fooled),
	    TEST(test_cancel_by_panel),
	};
	if (geteuid() != 0) {
		puts("1..0 # SKIP needs root");
		return 0;
	}
	return cmocka_run_group_tests_name("panel", tests, NULL, NULL);
}
