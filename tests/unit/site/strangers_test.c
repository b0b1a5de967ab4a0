/* SPDX-License-Identifier: Apache-2.0 */
/* What comes of the shipped terms and the shipped site.conf, each with one piece of it changed.
 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "policy/load.h"
#include "site/description.h"
#include "site/strangers.h"

enum { MUCH = 1 << 20 };
static const int64_t now = 1800000000000;

struct scene {
	struct arena *arena;
	struct site site;
	struct str said;
};

static void
read_shipped(const char *name, struct str *out)
{
	auto_str path = {0};
	str_addf(&path, "%s/%s", getenv("SHIPPED"), name);
	assert_int_equal(file_read(AT_FDCWD, str_text(&path), MUCH, out), 0);
}

static struct policy *
terms(const char *local, struct diag *diag)
{
	static const char roles[] =
	    "role all { listens { 1/tcp } inside { 1/tcp } connects { 1/tcp } "
	    "partners { 192.0.2.1 } }";
	auto_str shipped = {0};
	struct policy *policy = NULL;
	struct policy_set *set = policy_set_new();
	read_shipped("../policies/sub-servers.policy", &shipped);
	policy_set_add(set, "shipped.policy", str_text(&shipped), shipped.length);
	policy_set_add(set, "local.policy", local, strlen(local));
	policy_set_add(set, "roles.policy", roles, sizeof(roles) - 1);
	int status = policy_load(set, NULL, NULL, diag, &policy);
	policy_set_free(set);
	return status ? NULL : policy;
}

/* piece NULL: as shipped. */
static struct scene
meet(const char *local, const char *piece, const char *instead, enum mode mode)
{
	struct scene scene = {.arena = arena_new()};
	auto_str text = {0}, changed = {0};
	struct diag *diag = diag_new();
	read_shipped("site.conf", &text);
	const char *found = piece ? strstr(str_text(&text), piece) : NULL;
	size_t before = found ? (size_t)(found - text.data) : text.length;
	str_add_bytes(&changed, text.data, before);
	str_add(&changed, found ? instead : "");
	str_add(&changed, found ? found + strlen(piece) : "");
	struct source source = {"site.conf",
	    arena_copy(scene.arena, str_text(&changed), changed.length), changed.length};
	scene.site = site_parse(&source, scene.arena, diag);
	assert_int_equal(diag_errors(diag), 0);
	struct policy *policy = terms(local, diag);
	if (policy)
		strangers_meet(&scene.site, policy, mode, now, scene.arena, diag);
	policy_free(policy);
	diag_print(diag, &scene.said);
	diag_free(diag);
	return scene;
}

static void
leave(struct scene *scene)
{
	str_done(&scene->said);
	arena_free(scene->arena);
}

static void
assert_why(const struct scene *scene, enum filter_kind kind, const char *expected)
{
	auto_str why = {0};
	strangers_why_not(&scene->site, kind, &why);
	assert_string_equal(str_text(&why), expected);
}

static void
test_as_shipped(void **state)
{
	(void)state;
	struct scene scene = meet("", NULL, NULL, MODE_ENFORCE);
	assert_string_equal(str_text(&scene.said), "");
	assert_int_equal(scene.site.filter_count, FILTER_COUNT - 1);
	assert_int_equal(site_filter_find(&scene.site, FILTER_SCORE)->rule.most, 15);
	assert_null(site_filter_find(&scene.site, FILTER_LISTS));
	assert_why(&scene, FILTER_SCORE, "");
	auto_str why = {0};
	strangers_why_not(&scene.site, FILTER_LISTS, &why);
	assert_non_null(
	    strstr(str_text(&why), "the filter 'lists' is off in site.conf, line "));
	leave(&scene);
}

static void
test_dropped_and_watched(void **state)
{
	(void)state;
	struct scene scene = meet("drop V2e because \"x\" amend V2c { mode observe }",
	    "lists     off", "lists     on", MODE_WARN);
	assert_string_equal(str_text(&scene.said), "");
	assert_null(site_filter_find(&scene.site, FILTER_GREYLIST));
	assert_why(&scene, FILTER_GREYLIST, "no clause asks for it");
	const struct site_filter *lists = site_filter_find(&scene.site, FILTER_LISTS);
	assert_int_equal(lists->rule.most, 2);
	assert_int_equal(lists->rule.mode, MODE_WARN);
	assert_string_equal(lists->zones[0], "dnsbl.example.net");
	assert_int_equal(site_filter_find(&scene.site, FILTER_SPF)->rule.mode, MODE_OBSERVE);
	leave(&scene);
}

/* Those whose day is over, and accounts, are nobody here. */
static void
test_exceptions(void **state)
{
	(void)state;
	struct scene scene =
	    meet("exception V2 for client 198.51.100.0/24 { until 2099-01-01 by \"d\" because "
		 "\"x\" }\n"
		 "exception V2c for client 198.51.100.9 { until 2020-01-01 by \"d\" because "
		 "\"x\" }\n"
		 "exception V2c for account eve { until 2099-01-01 by \"d\" because \"x\" }\n",
		"filter spf       on", "filter spf on { allow { 192.0.2.7 } }", MODE_ENFORCE);
	assert_string_equal(str_text(&scene.said), "");
	const struct site_filter *spf = site_filter_find(&scene.site, FILTER_SPF);
	assert_int_equal(spf->allow_count, 2);
	assert_string_equal(spf->allow[0], "192.0.2.7");
	assert_string_equal(spf->allow[1], "198.51.100.0/24");
	assert_int_equal(site_filter_find(&scene.site, FILTER_HELO)->allow_count, 1);
	leave(&scene);
}

static void
test_figures_of_both(void **state)
{
	(void)state;
	static const char *const differing[][3] = {
	    {"filter score     on", "filter score on { most 20 }",
		"says most 20, but clause V2h says 15 (shipped.policy:"},
	    {"filter rate      on", "filter rate on { most 50 }",
		"says most 50 a minute, but clause V2f says 60 within 1m (shipped.policy:"},
	};
	for (size_t i = 0; i < array_length(differing); i++) {
		struct scene scene = meet("", differing[i][0], differing[i][1], MODE_ENFORCE);
		assert_non_null(strstr(str_text(&scene.said), differing[i][2]));
		assert_non_null(strstr(str_text(&scene.said), "site.conf:"));
		leave(&scene);
	}
	struct scene same =
	    meet("", "filter rate      on", "filter rate on { most 60 }", MODE_ENFORCE);
	assert_string_equal(str_text(&same.said), "");
	leave(&same);
	struct scene amended = meet("amend V2f { when smtp.messages > 60 within 10m }",
	    "filter rate      on", "filter rate on { most 60 }", MODE_ENFORCE);
	assert_non_null(strstr(str_text(&amended.said), "60 within 10m (local.policy:1)"));
	leave(&amended);
}

static void
test_kept(void **state)
{
	(void)state;
	char folder[] = "/tmp/hayward-strangers-XXXXXX";
	assert_non_null(mkdtemp(folder));
	struct site_paths paths = {.state = folder};
	struct scene scene = meet("", NULL, NULL, MODE_ENFORCE), other = scene;
	assert_true(strangers_differ(&scene.site, &paths));
	assert_int_equal(strangers_find(&other.site, &paths, scene.arena), -ENOENT);
	assert_int_equal(other.site.filter_count, 0);
	assert_int_equal(strangers_keep(&scene.site, &paths), 0);
	assert_false(strangers_differ(&scene.site, &paths));
	assert_int_equal(strangers_find(&other.site, &paths, scene.arena), 0);
	assert_int_equal(other.site.filter_count, scene.site.filter_count);
	assert_false(strangers_differ(&other.site, &paths));
	scene.site.filter_count = 0;
	assert_true(strangers_differ(&scene.site, &paths));
	assert_int_equal(strangers_keep(&scene.site, &paths), 0);
	assert_int_equal(strangers_find(&other.site, &paths, scene.arena), 0);
	assert_int_equal(other.site.filter_count, 0);
	auto_str path = {0};
	str_addf(&path, "%s/filters.json", folder);
	unlink(str_text(&path));
	rmdir(folder);
	leave(&scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_as_shipped),
	    cmocka_unit_test(test_dropped_and_watched),
	    cmocka_unit_test(test_exceptions),
	    cmocka_unit_test(test_figures_of_both),
	    cmocka_unit_test(test_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
