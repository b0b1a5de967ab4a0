/* SPDX-License-Identifier: Apache-2.0 */
/* A log that grows, is renamed, is cut, and is swapped by whom it is about. */
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "sensors/follow.h"

enum { PLENTY = 1 << 20 };

struct scene {
	char top[64];
	char folder[96];
	char path[128];
	char other[128];
	struct follow_rules rules;
	struct follow *follow;
	struct str heard; /* each line with a blank behind it */
	int64_t now;
};

static int
setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	snprintf(scene->top, sizeof(scene->top), "/tmp/follow-test.XXXXXX");
	assert_non_null(mkdtemp(scene->top));
	snprintf(scene->folder, sizeof(scene->folder), "%s/logs", scene->top);
	snprintf(scene->path, sizeof(scene->path), "%s/access.log", scene->folder);
	snprintf(scene->other, sizeof(scene->other), "%s/access.log.1", scene->folder);
	assert_int_equal(mkdir(scene->folder, 0755), 0);
	scene->rules.floor = geteuid() + 1;
	scene->follow = follow_new(scene->path, strlen(scene->top) + 1);
	scene->now = 1000;
	*state = scene;
	return 0;
}

static int
remove_one(const char *path, const struct stat *found, int type, struct FTW *depth)
{
	(void)found, (void)type, (void)depth;
	return remove(path);
}

static int
teardown(void **state)
{
	struct scene *scene = *state;
	follow_free(scene->follow);
	str_done(&scene->heard);
	nftw(scene->top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(scene);
	return 0;
}

static void
hear(void *context, const char *line, size_t length)
{
	struct scene *scene = context;
	str_add_bytes(&scene->heard, line, length);
	str_add_char(&scene->heard, ' ');
}

static void
add_to(const char *path, const char *text)
{
	auto_fd int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0644);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
}

static size_t
read_some(struct scene *scene, size_t most)
{
	const struct follow_sink sink = {hear, scene};
	scene->now += 1000;
	str_clear(&scene->heard);
	return follow_read(scene->follow, &scene->rules, scene->now, most, &sink);
}

static void
assert_heard(struct scene *scene, const char *lines)
{
	read_some(scene, PLENTY);
	assert_string_equal(str_text(&scene->heard), lines);
}

static void
test_grows(void **state)
{
	struct scene *scene = *state;
	add_to(scene->path, "old\nhalf an");
	assert_heard(scene, "");
	add_to(scene->path, " old one\nnew\nhal");
	assert_heard(scene, "new ");
	assert_heard(scene, "");
	add_to(scene->path, "f\n\nlast\n");
	assert_heard(scene, "half  last ");
}

static void
test_appears_later(void **state)
{
	struct scene *scene = *state;
	assert_heard(scene, "");
	assert_false(follow_is_open(scene->follow));
	add_to(scene->path, "one\n");
	assert_heard(scene, ""); /* it is not looked for each time */
	scene->now += 30000;
	assert_heard(scene, "one ");
	assert_true(follow_is_open(scene->follow));
}

static void
test_renamed(void **state)
{
	struct scene *scene = *state;
	add_to(scene->path, "old\n");
	assert_heard(scene, "");
	add_to(scene->path, "1\n");
	assert_int_equal(rename(scene->path, scene->other), 0);
	assert_heard(scene, "1 ");
	add_to(scene->other, "2\n");
	assert_heard(scene, "2 ");
	add_to(scene->path, "4\n");
	add_to(scene->other, "3\n");
	assert_heard(scene, "3 4 ");
	add_to(scene->path, "5\n");
	add_to(scene->other, "late\n");
	assert_heard(scene, "late 5 ");
	scene->now += 61000;
	assert_heard(scene, "");
	add_to(scene->other, "nobody writes here\n");
	add_to(scene->path, "6\n");
	assert_heard(scene, "6 ");
}

static void
test_cut(void **state)
{
	struct scene *scene = *state;
	add_to(scene->path, "old\n");
	assert_heard(scene, "");
	add_to(scene->path, "before\n");
	assert_heard(scene, "before ");
	assert_int_equal(truncate(scene->path, 0), 0);
	add_to(scene->path, "after\n");
	assert_heard(scene, "after ");
	assert_int_equal(truncate(scene->path, 0), 0);
	assert_heard(scene, "");
	add_to(scene->path, "again\n");
	assert_heard(scene, "again ");
	/* Past where it was when it was last looked at. */
	assert_int_equal(truncate(scene->path, 0), 0);
	add_to(scene->path, "this is longer\nthan it was\n");
	assert_heard(scene, "this is longer than it was ");
	/* Exactly where it was: only the file's time tells, which some kernels count in ticks.
	 */
	usleep(20000);
	assert_int_equal(truncate(scene->path, 0), 0);
	add_to(scene->path, "what is new is\nnot longer.\n");
	assert_heard(scene, "what is new is not longer. ");
}

static void
test_cut_before_anything_came(void **state)
{
	struct scene *scene = *state;
	add_to(scene->path, "old\n");
	assert_heard(scene, "");
	usleep(20000);
	assert_int_equal(truncate(scene->path, 0), 0);
	add_to(scene->path, "new\n");
	assert_heard(scene, "new ");
}

static void
test_long_lines(void **state)
{
	struct scene *scene = *state;
	auto_str text = {0};
	add_to(scene->path, "");
	assert_heard(scene, "");
	str_add_fill(&text, 'x', 200000);
	add_to(scene->path, "a\n");
	add_to(scene->path, str_text(&text));
	assert_heard(scene, "a ");
	add_to(scene->path, str_text(&text));
	add_to(scene->path, "\nb\n");
	str_cut(&text, LONGEST_ACCESS_LINE + 1);
	add_to(scene->path, str_text(&text));
	add_to(scene->path, "\nc\n");
	assert_heard(scene, "b c ");
	assert_int_equal(follow_overlong(scene->follow), 2);
	str_cut(&text, LONGEST_ACCESS_LINE);
	add_to(scene->path, str_text(&text));
	add_to(scene->path, "\n");
	str_add_char(&text, ' ');
	assert_heard(scene, str_text(&text));
}

static void
test_bounded(void **state)
{
	struct scene *scene = *state;
	auto_str text = {0};
	add_to(scene->path, "");
	assert_heard(scene, "");
	for (int i = 0; i < 100000; i++)
		str_addf(&text, "%07d\n", i);
	add_to(scene->path, str_text(&text));
	size_t total = 0, got, times = 0;
	while ((got = read_some(scene, 100000))) {
		assert_true(got <= 100000 + 65536);
		total += got;
		times++;
	}
	assert_int_equal(total, text.length);
	assert_true(times >= 5);
	add_to(scene->path, "end\n");
	assert_heard(scene, "end ");
}

/* What nobody can read in time is passed over, to the next whole line. */
static void
test_far_behind(void **state)
{
	struct scene *scene = *state;
	add_to(scene->path, "");
	assert_heard(scene, "");
	assert_int_equal(truncate(scene->path, 100 << 20), 0);
	add_to(scene->path, "\n");
	read_some(scene, PLENTY);
	add_to(scene->path, "new\n");
	assert_heard(scene, "new ");
}

static void
assert_refused(struct scene *scene)
{
	scene->now += 30000;
	assert_heard(scene, "");
	assert_false(follow_is_open(scene->follow));
}

static void
assert_followed_at_end(struct scene *scene)
{
	scene->now += 30000;
	assert_heard(scene, "");
	assert_true(follow_is_open(scene->follow));
	add_to(scene->path, "new\n");
	assert_heard(scene, "new ");
}

static void
test_links(void **state)
{
	struct scene *scene = *state;
	char elsewhere[128];
	snprintf(elsewhere, sizeof(elsewhere), "%s/elsewhere", scene->top);
	add_to(scene->other, "forged\n");
	assert_int_equal(symlink(scene->other, scene->path), 0);
	assert_refused(scene);
	assert_int_equal(unlink(scene->path), 0);
	assert_int_equal(rename(scene->other, scene->path), 0);
	assert_int_equal(rename(scene->folder, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, scene->folder), 0);
	assert_refused(scene);
	/* As the operator's own word the same link is fine. */
	follow_free(scene->follow);
	scene->follow = follow_new(scene->path, strlen(scene->folder) + 1);
	assert_followed_at_end(scene);
	assert_int_equal(unlink(scene->folder), 0);
	assert_int_equal(rename(elsewhere, scene->folder), 0);
}

static void
test_no_file(void **state)
{
	struct scene *scene = *state;
	assert_int_equal(mkfifo(scene->path, 0644), 0);
	assert_refused(scene);
	assert_int_equal(unlink(scene->path), 0);
	assert_int_equal(mkdir(scene->path, 0755), 0);
	assert_refused(scene);
}

static void
test_writable_by_others(void **state)
{
	struct scene *scene = *state;
	add_to(scene->path, "forged\n");
	assert_int_equal(chmod(scene->path, 0646), 0);
	assert_refused(scene);
	assert_int_equal(chmod(scene->path, 0644), 0);
	assert_int_equal(chmod(scene->folder, 0757), 0);
	assert_refused(scene);
	assert_int_equal(chmod(scene->folder, 0755), 0);
	scene->rules.floor = 0;
	if (geteuid())
		assert_refused(scene);
	scene->rules.floor = geteuid() + 1;
	assert_followed_at_end(scene);
}

static void
test_whose(void **state)
{
	struct scene *scene = *state;
	if (geteuid()) {
		print_message("needs root\n");
		skip();
	}
	scene->rules.floor = 1000;
	add_to(scene->path, "forged\n");
	assert_int_equal(chown(scene->path, 61000, 0), 0);
	assert_refused(scene);
	assert_int_equal(chown(scene->path, 0, 61000) | chmod(scene->path, 0664), 0);
	assert_refused(scene);
	assert_int_equal(chown(scene->folder, 61000, 0), 0);
	assert_int_equal(chown(scene->path, 0, 0), 0);
	assert_refused(scene);
	assert_int_equal(chown(scene->folder, 0, 4), 0);
	assert_int_equal(chown(scene->path, 33, 4), 0);
	assert_refused(scene);
	scene->rules.log_group = 4;
	assert_followed_at_end(scene);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_grows, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_appears_later, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_renamed, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cut, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_cut_before_anything_came, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_long_lines, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_bounded, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_far_behind, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_links, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_no_file, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_writable_by_others, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_whose, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
