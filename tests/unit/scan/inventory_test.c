/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of scripts and evidence: by way of the wire, compared, and as an archive. */
#include <errno.h>
#include <fcntl.h>
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
#include "model/evidence.h"
#include "model/inventory.h"
#include "store/evidence.h"

#define DIGEST_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct script
script(const char *path, const char *digest)
{
	struct script made = {
	    .path = path, .language = LANGUAGE_PERL, .mode = 0100644, .size = 3};
	memcpy(made.digest, digest, strlen(digest) + 1);
	return made;
}

static void
test_round_trip(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str wire = {0};
	struct script scripts[] = {script("a\nb", DIGEST_A), script("c", "")};
	struct inventory list = {
	    .account = 7, .generation = 2, .incomplete = true, .count = 2, .scripts = scripts};
	struct inventory read;
	inventory_encode(&list, &wire);
	assert_int_equal(inventory_decode(wire.data, wire.length, arena, &read), 0);
	assert_int_equal(read.account, 7);
	assert_true(read.incomplete);
	assert_string_equal(read.scripts[0].path, "a\nb");
	assert_string_equal(read.scripts[0].digest, DIGEST_A);
	assert_string_equal(inventory_digest(&read).text, inventory_digest(&list).text);
	for (size_t length = 0; length < wire.length; length++)
		assert_int_equal(inventory_decode(wire.data, length, arena, &read), -EBADMSG);
	/* Comparing relies on the order. */
	scripts[0] = script("d", "");
	str_clear(&wire);
	inventory_encode(&list, &wire);
	assert_int_equal(inventory_decode(wire.data, wire.length, arena, &read), -EBADMSG);
}

static void
test_compare(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	struct script old[] = {script("a", DIGEST_A), script("b", DIGEST_A), script("c", ""),
	    script("e", DIGEST_A)};
	struct script new[] = {script("b", DIGEST_B), script("c", ""), script("d", DIGEST_A),
	    script("e", DIGEST_A)};
	static const enum script_change expected[] = {
	    SCRIPT_GONE, SCRIPT_CHANGED, SCRIPT_CHANGED, SCRIPT_NEW, SCRIPT_CHANGED};
	new[1].changed = 5; /* too large to be read: the kernel's word counts */
	new[3].mode = 0100755;
	struct inventory before = {.count = 4, .scripts = old},
			 now = {.count = 4, .scripts = new};
	size_t count;
	const struct script_comparison *list = inventory_compare(&before, &now, arena, &count);
	assert_int_equal(count, 5);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(list[i].change, expected[i]);
	list = inventory_compare(NULL, &now, arena, &count);
	assert_int_equal(count, 4);
	assert_int_equal(list[0].change, SCRIPT_NEW);
	/* What only was touched is the same, and so is the list. */
	struct script touched[] = {script("a", DIGEST_A)};
	struct inventory one = {.count = 1, .scripts = old},
			 other = {.count = 1, .scripts = touched};
	touched[0].modified = touched[0].changed = 9;
	list = inventory_compare(&one, &other, arena, &count);
	assert_int_equal(list[0].change, SCRIPT_SAME);
	assert_string_equal(inventory_digest(&one).text, inventory_digest(&other).text);
	touched[0].mode = 0100755;
	assert_string_not_equal(inventory_digest(&one).text, inventory_digest(&other).text);
}

static struct evidence_package
sample(struct evidence_process *process, struct evidence_file *file)
{
	*process = (struct evidence_process){.pid = 4,
	    .parent = 4,
	    .uid = 9,
	    .cpu = 1500,
	    .memory = 4096,
	    .under = "cron",
	    .name = "a\033[2J",
	    .program = "/bin/sh",
	    .command = "sh x",
	    .folder = "/"};
	*file = (struct evidence_file){.path = "/home/a/x\n",
	    .size = 3,
	    .bytes = "\0ab",
	    .length = 3,
	    .digest = "9ddd8c4d4ef0f5e8e8f4ed4a4c8ac2f5a6a2f0c3c4e8a8ab1f6a2c0000000000"};
	return (struct evidence_package){.action = 0xab,
	    .case_number = 3,
	    .account = 9,
	    .account_name = "a",
	    .clause = "U6a",
	    .tree = {.total = 1, .count = 1, .processes = process},
	    .file_count = 1,
	    .files = file};
}

static void
test_evidence(void **state)
{
	(void)state;
	auto_arena struct arena *arena = arena_new();
	auto_str wire = {0}, archive = {0}, again = {0};
	struct evidence_process process;
	struct evidence_file file;
	struct evidence_package package = sample(&process, &file), read;
	evidence_package_encode(&package, &wire);
	assert_int_equal(evidence_package_decode(wire.data, wire.length, arena, &read), 0);
	evidence_pack(&package, &archive);
	evidence_pack(&read, &again);
	assert_int_equal(archive.length, again.length);
	assert_memory_equal(archive.data, again.data, archive.length);
	assert_int_equal(archive.length % 512, 0);
	assert_null(memchr(archive.data, '\033', archive.length));
	for (size_t length = 0; length < wire.length; length++)
		assert_int_equal(
		    evidence_package_decode(wire.data, length, arena, &read), -EBADMSG);
}

/* The first evidence of an action is the one that counts. */
static void
test_keeping(void **state)
{
	(void)state;
	char folder[] = "/tmp/hayward-evidence.XXXXXX";
	assert_non_null(mkdtemp(folder));
	auto_fd int place = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	auto_str first = {0}, second = {0}, archive = {0};
	struct evidence_process process;
	struct evidence_file file;
	struct evidence_package package = sample(&process, &file);
	size_t count;
	assert_int_equal(evidence_add(place, 3, &archive, &count), 0);
	assert_int_equal(count, 0);
	assert_int_equal(evidence_keep(place, &package, &first), 0);
	process.command = "another moment";
	assert_int_equal(evidence_keep(place, &package, &second), 0);
	assert_string_equal(str_text(&first), str_text(&second));
	assert_non_null(strstr(str_text(&first), "evidence/3/00000000000000ab.tar, sha256 "));
	assert_int_equal(evidence_add(place, 3, &archive, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(unlinkat(place, "evidence/3/00000000000000ab.tar", 0), 0);
	assert_int_equal(unlinkat(place, "evidence/3", AT_REMOVEDIR), 0);
	assert_int_equal(unlinkat(place, "evidence", AT_REMOVEDIR), 0);
	assert_int_equal(rmdir(folder), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_round_trip),
	    cmocka_unit_test(test_compare), cmocka_unit_test(test_evidence),
	    cmocka_unit_test(test_keeping)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
