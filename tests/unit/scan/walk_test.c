/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Walks through trees that somebody made to hurt: links, fifos, deep and wide
 * ones, files of others, names with control characters, and one whose folders
 * are moved about while we look.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/str.h"
#include "scan/collect.h"
#include "scan/walk.h"

enum { CUSTOMER = 61990, OTHER = 61991 };

struct home {
	char path[64];
	int fd;
	struct uid_range uids[1];
	struct account account;
};

static int
setup(void **state)
{
	struct home *home = calloc(1, sizeof(*home));
	uint32_t uid = geteuid() ? geteuid() : CUSTOMER;
	snprintf(home->path, sizeof(home->path), "/tmp/hayward-walk.XXXXXX");
	if (!home || !mkdtemp(home->path) || chown(home->path, uid, (gid_t)-1))
		return -1;
	home->fd = open(home->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	home->uids[0] = (struct uid_range){uid, 1};
	home->account = (struct account){.id = uid,
	    .generation = 1,
	    .name = "alice",
	    .home = home->path,
	    .uid_count = 1,
	    .own_uids = 1,
	    .uids = home->uids};
	*state = home;
	return 0;
}

static int
remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status, (void)kind, (void)where;
	return remove(path);
}

static int
teardown(void **state)
{
	struct home *home = *state;
	close(home->fd);
	int status = nftw(home->path, remove_one, 64, FTW_DEPTH | FTW_PHYS);
	free(home);
	return status;
}

static void
write_file(const struct home *home, const char *path, const char *text)
{
	auto_fd int fd = openat(home->fd, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(file_write_all(fd, text, strlen(text)), 0);
	assert_int_equal(fchown(fd, home->uids[0].first, (gid_t)-1), 0);
}

static void
make_folder(const struct home *home, const char *path)
{
	assert_int_equal(mkdirat(home->fd, path, 0755), 0);
	assert_int_equal(fchownat(home->fd, path, home->uids[0].first, (gid_t)-1, 0), 0);
}

/* A whole walk; its result is in the walk. */
static struct walk *
walk(const struct home *home, const struct walk_limits *limits)
{
	struct walk *walk;
	assert_int_equal(walk_new(&home->account, limits, &walk), 0);
	while (walk_step(walk, 7))
		;
	return walk;
}

static const struct script *
find(const struct inventory *list, const char *path)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->scripts[i].path, path) == 0)
			return &list->scripts[i];
	return NULL;
}

static void
test_scripts(void **state)
{
	struct home *home = *state;
	make_folder(home, "b");
	write_file(home, "b/x.pl", "abc");
	write_file(home, "a", "#!/bin/sh\n");
	write_file(home, "page.html", "<html>");
	write_file(home, "odd\n\033[2J.php", "");
	auto_walk struct walk *done = walk(home, &walk_limits_usual);
	const struct inventory *list = walk_result(done);
	assert_int_equal(list->count, 3);
	assert_int_equal(list->files, 4);
	assert_int_equal(list->folders, 2);
	assert_false(list->incomplete);
	const struct script *script = find(list, "b/x.pl");
	assert_non_null(script);
	assert_string_equal(
	    script->digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(find(list, "a")->language, LANGUAGE_SHELL);
	assert_int_equal(find(list, "odd\n\033[2J.php")->language, LANGUAGE_PHP);
	auto_str wire = {0};
	auto_arena struct arena *arena = arena_new();
	struct inventory read;
	inventory_encode(list, &wire);
	assert_int_equal(inventory_decode(wire.data, wire.length, arena, &read), 0);
}

/* Nothing here may be followed or waited for. */
static void
test_traps(void **state)
{
	struct home *home = *state;
	assert_int_equal(mkfifoat(home->fd, "fifo.php", 0644), 0);
	assert_int_equal(fchownat(home->fd, "fifo.php", home->uids[0].first, (gid_t)-1, 0), 0);
	assert_int_equal(symlinkat("/etc/passwd", home->fd, "link.php"), 0);
	assert_int_equal(symlinkat("/", home->fd, "root"), 0);
	assert_int_equal(symlinkat(".", home->fd, "ring"), 0);
	write_file(home, "own.php", "");
	assert_int_equal(linkat(home->fd, "own.php", home->fd, "hard.php", 0), 0);
	alarm(60);
	auto_walk struct walk *done = walk(home, &walk_limits_usual);
	alarm(0);
	const struct inventory *list = walk_result(done);
	assert_int_equal(list->count, 2);
	assert_int_equal(find(list, "hard.php")->links, 2);
}

static void
test_foreign(void **state)
{
	struct home *home = *state;
	if (geteuid())
		skip();
	write_file(home, "theirs.php", "");
	make_folder(home, "theirs");
	write_file(home, "theirs/own.php", "");
	assert_int_equal(fchownat(home->fd, "theirs.php", OTHER, (gid_t)-1, 0), 0);
	assert_int_equal(fchownat(home->fd, "theirs", OTHER, (gid_t)-1, 0), 0);
	auto_walk struct walk *done = walk(home, &walk_limits_usual);
	assert_int_equal(walk_result(done)->count, 0);
	assert_int_equal(walk_result(done)->foreign, 2);
	/* A home may be root's, but not somebody else's. */
	struct walk *none;
	assert_int_equal(fchown(home->fd, OTHER, (gid_t)-1), 0);
	assert_int_equal(walk_new(&home->account, &walk_limits_usual, &none), -EPERM);
	assert_int_equal(fchown(home->fd, 0, (gid_t)-1), 0);
	assert_int_equal(walk_new(&home->account, &walk_limits_usual, &none), 0);
	walk_free(none);
}

/* Deeper than any path can name: counted, and neither stack nor descriptors run out. */
static void
test_deep(void **state)
{
	struct home *home = *state;
	enum { DEPTH = 3000 };
	auto_fd int at = dup(home->fd);
	for (int i = 0; i < DEPTH; i++) {
		assert_int_equal(mkdirat(at, "dd", 0755), 0);
		assert_int_equal(fchownat(at, "dd", home->uids[0].first, (gid_t)-1, 0), 0);
		int next = openat(at, "dd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(next >= 0);
		close(at);
		at = next;
	}
	auto_walk struct walk *done = walk(home, &walk_limits_usual);
	assert_int_equal(walk_result(done)->unread, 1);
	assert_in_range(walk_result(done)->folders, 1300, 1400);
	/* nftw() cannot reach that deep. */
	for (int i = 0; i < DEPTH; i++) {
		int above = openat(at, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		assert_true(above >= 0);
		close(at);
		at = above;
		assert_int_equal(unlinkat(at, "dd", AT_REMOVEDIR), 0);
	}
}

static void
test_bounds(void **state)
{
	struct home *home = *state;
	for (int i = 0; i < 200; i++) {
		char name[32];
		snprintf(name, sizeof(name), "%d.php", i);
		write_file(home, name, "0123456789");
		snprintf(name, sizeof(name), "f%d", i);
		make_folder(home, name);
	}
	struct walk_limits limits = walk_limits_usual;
	limits.scripts = 50;
	auto_walk struct walk *few = walk(home, &limits);
	assert_int_equal(walk_result(few)->count, 50);
	assert_true(walk_result(few)->incomplete);
	limits = walk_limits_usual;
	limits.waiting = 10;
	auto_walk struct walk *narrow = walk(home, &limits);
	assert_true(walk_result(narrow)->incomplete);
	assert_int_equal(walk_result(narrow)->count, 200);
	limits = walk_limits_usual;
	limits.entries = 100;
	auto_walk struct walk *brief = walk(home, &limits);
	assert_true(walk_result(brief)->incomplete);
	assert_in_range(walk_result(brief)->files, 1, 100);
	limits = walk_limits_usual;
	limits.path_bytes = 60;
	auto_walk struct walk *short_names = walk(home, &limits);
	assert_true(walk_result(short_names)->incomplete);
	limits = walk_limits_usual;
	limits.file_bytes = 9;
	auto_walk struct walk *small = walk(home, &limits);
	assert_false(walk_result(small)->incomplete);
	assert_string_equal(walk_result(small)->scripts[0].digest, "");
}

/* A terabyte of nothing takes no time. */
static void
test_sparse(void **state)
{
	struct home *home = *state;
	write_file(home, "huge.php", "");
	auto_fd int fd = openat(home->fd, "huge.php", O_WRONLY | O_CLOEXEC);
	assert_int_equal(ftruncate(fd, INT64_C(1) << 40), 0);
	alarm(30);
	auto_walk struct walk *done = walk(home, &walk_limits_usual);
	alarm(0);
	assert_int_equal(walk_result(done)->scripts[0].size, INT64_C(1) << 40);
	assert_string_equal(walk_result(done)->scripts[0].digest, "");
}

/* Exchanges a folder with a link to / as fast as it can. */
static void
juggle(const struct home *home)
{
	for (;;) {
		if (renameat2(home->fd, "a", home->fd, "b", RENAME_EXCHANGE))
			_exit(1);
		renameat2(home->fd, "x.php", home->fd, "y.php", RENAME_EXCHANGE);
	}
}

static void
test_race(void **state)
{
	struct home *home = *state;
	make_folder(home, "a");
	write_file(home, "a/own.sh", "#!/bin/sh\n");
	assert_int_equal(symlinkat("/etc", home->fd, "b"), 0);
	write_file(home, "x.php", "");
	assert_int_equal(symlinkat("/etc/passwd", home->fd, "y.php"), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		juggle(home);
	size_t seen = 0;
	for (int i = 0; i < 1000; i++) {
		auto_walk struct walk *done = walk(home, &walk_limits_usual);
		const struct inventory *list = walk_result(done);
		for (size_t s = 0; s < list->count; s++)
			assert_true(list->scripts[s].size == 0 || list->scripts[s].size == 10);
		/* The folder or the link, by each of the two names; the file, by at most two.
		 */
		assert_in_range(list->count, 0, 4);
		assert_in_range(list->files, 0, 4);
		seen += list->count;
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_true(seen > 0);
}

static void
test_copies(void **state)
{
	struct home *home = *state;
	auto_arena struct arena *arena = arena_new();
	auto_str inside = {0}, sibling = {0};
	write_file(home, "a.pl", "abc");
	assert_int_equal(symlinkat("/etc/passwd", home->fd, "link.pl"), 0);
	assert_int_equal(mkfifoat(home->fd, "fifo.pl", 0644), 0);
	assert_int_equal(fchownat(home->fd, "fifo.pl", home->uids[0].first, (gid_t)-1, 0), 0);
	str_addf(&inside, "%s/a.pl", home->path);
	str_addf(&sibling, "%sx/a.pl", home->path);
	struct evidence_file files[] = {{.path = str_text(&inside)}, {.path = "a.pl"},
	    {.path = "link.pl"}, {.path = "/etc/passwd"}, {.path = "../../etc/passwd"},
	    {.path = "fifo.pl"}, {.path = "none.pl"}, {.path = str_text(&sibling)},
	    {.path = ""}};
	static const int expected[] = {
	    0, 0, -ELOOP, -EXDEV, -EXDEV, -EINVAL, -ENOENT, -EXDEV, -EXDEV};
	struct evidence_package package = {.file_count = 9, .files = files};
	alarm(30);
	collect_files(&home->account, arena, &package);
	alarm(0);
	for (size_t i = 0; i < package.file_count; i++)
		assert_int_equal(files[i].status, expected[i]);
	assert_int_equal(files[0].length, 3);
	assert_memory_equal(files[0].bytes, "abc", 3);
	assert_string_equal(files[0].digest,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

int
main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)
	const struct CMUnitTest tests[] = {TEST(test_scripts), TEST(test_traps),
	    TEST(test_foreign), TEST(test_deep), TEST(test_bounds), TEST(test_sparse),
	    TEST(test_race), TEST(test_copies)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
