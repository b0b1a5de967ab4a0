/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel's files say of disks: which of them count, and what they did. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "sensors/disks.h"

enum { MS = 1000000 };

static const uint64_t second = UINT64_C(1000) * MS;

static char root[64];

static void
put(const char *name, const char *text)
{
	auto_str path = {0};
	str_addf(&path, "%s/%s", root, name);
	FILE *file = fopen(str_text(&path), "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void
make_folder(const char *name)
{
	auto_str path = {0};
	str_addf(&path, "%s/%s", root, name);
	assert_int_equal(mkdir(str_text(&path), 0755), 0);
}

static const char *const folders[] = {"self", "block", "block/sda", "block/sda/slaves",
    "block/nvme0n1", "block/dm-0", "block/dm-0/slaves", "block/dm-0/slaves/sda", "block/loop0",
    "block/nvme0c0n1", "block/cciss!c0d0"};

static struct disks *
begin(const char *diskstats)
{
	snprintf(root, sizeof(root), "/tmp/hayward-disks.XXXXXX");
	assert_non_null(mkdtemp(root));
	for (size_t i = 0; i < array_length(folders); i++)
		make_folder(folders[i]);
	put("block/nvme0c0n1/hidden", "1\n");
	put("diskstats", diskstats);
	return disks_new(root, root);
}

static void
end(struct disks *disks)
{
	static const char *const files[] = {
	    "block/nvme0c0n1/hidden", "diskstats", "self/mounts"};
	disks_free(disks);
	for (size_t i = 0; i < array_length(files); i++) {
		auto_str path = {0};
		str_addf(&path, "%s/%s", root, files[i]);
		unlink(str_text(&path));
	}
	for (size_t i = array_length(folders); i-- > 0;) {
		auto_str path = {0};
		str_addf(&path, "%s/%s", root, folders[i]);
		assert_int_equal(rmdir(str_text(&path)), 0);
	}
	assert_int_equal(rmdir(root), 0);
}

/* A mapped device, what it lies upon, its partitions and a loop: one disk. */
static void
test_nothing_twice(void **state)
{
	(void)state;
	struct disks *disks = begin("   8 0 sda 10 0 100 5 20 0 200 5 0 50 60\n");
	struct disks_use use;
	assert_int_equal(disks_look(disks, second, &use), 0);
	assert_int_equal(use.busy_ns + use.read_bytes + use.operations, 0);
	put("diskstats", "   8 0 sda 11 0 102 5 22 0 208 5 0 350 60\n"
			 "   8 1 sda1 11 0 102 5 22 0 208 5 0 350 60\n"
			 " 254 0 dm-0 11 0 102 5 22 0 208 5 0 350 60\n"
			 "   7 0 loop0 11 0 102 5 22 0 208 5 0 350 60\n"
			 " 259 1 nvme0c0n1 11 0 102 5 22 0 208 5 0 350 60\n"
			 "nonsense\n   8 0\n");
	assert_int_equal(disks_look(disks, second, &use), 0);
	assert_int_equal(use.read_bytes, 2 * 512);
	assert_int_equal(use.written_bytes, 8 * 512);
	assert_int_equal(use.operations, 3);
	assert_int_equal(use.busy_ns, UINT64_C(300) * MS);
	end(disks);
}

/* Each by what it moved: the busy one that moved nine of ten bytes, and an idle one. */
static void
test_several(void **state)
{
	(void)state;
	struct disks *disks =
	    begin("8 0 sda 0 0 0 0 0 0 0 0 0 0 0\n259 0 nvme0n1 0 0 0 0 0 0 0 "
		  "0 0 0 0\n104 0 cciss/c0d0 0 0 0 0 0 0 0 0 0 0 0\n");
	struct disks_use use;
	assert_int_equal(disks_look(disks, second, &use), 0);
	put("diskstats", "8 0 sda 9 0 900 0 0 0 0 0 0 800 0\n259 0 nvme0n1 9 0 100 0 0 0 0 0 0 "
			 "100 0\n104 0 cciss/c0d0 0 0 0 0 0 0 0 0 0 0 0\n");
	assert_int_equal(disks_look(disks, second, &use), 0);
	assert_int_equal(use.busy_ns, UINT64_C(730) * MS);
	end(disks);
}

/* The kernel's milliseconds go round, a disk comes back from zero, a clock jumps. */
static void
test_numbers_that_go_back(void **state)
{
	(void)state;
	struct disks *disks = begin("8 0 sda 9 0 900 0 0 0 0 0 0 4294967290 0\n");
	struct disks_use use;
	assert_int_equal(disks_look(disks, second, &use), 0);
	put("diskstats", "8 0 sda 10 0 908 0 0 0 0 0 0 4 0\n");
	assert_int_equal(disks_look(disks, second, &use), 0);
	assert_int_equal(use.busy_ns, UINT64_C(10) * MS);
	put("diskstats", "8 0 sda 1 0 8 0 0 0 0 0 0 2 0\n");
	assert_int_equal(disks_look(disks, second, &use), 0);
	assert_int_equal(use.read_bytes + use.operations + use.busy_ns, 0);
	put("diskstats", "8 0 sda 2 0 16 0 0 0 0 0 0 90002 0\n");
	assert_int_equal(disks_look(disks, second, &use), 0);
	assert_int_equal(use.busy_ns, second);
	end(disks);
}

static void
test_none(void **state)
{
	(void)state;
	struct disks *disks = begin("7 0 loop0 9 0 900 0 0 0 0 0 0 9 0\n");
	struct disks_use use;
	assert_int_equal(disks_look(disks, second, &use), -ENODEV);
	end(disks);
	disks = disks_new("/nowhere", "/nowhere");
	assert_int_equal(disks_look(disks, second, &use), -ENOENT);
	disks_free(disks);
}

static void
test_strangers(void **state)
{
	(void)state;
	auto_str where = {0};
	struct disks *disks = begin("");
	put("self/mounts", "/dev/sda1 / ext4 rw 0 0\nproc /proc proc rw 0 0\n");
	assert_false(disks_have_strangers(disks, &where));
	assert_int_equal(where.length, 0);
	put("self/mounts", "/dev/sda1 / ext4 rw 0 0\nfile:/home /home nfs4 rw 0 0\n");
	assert_true(disks_have_strangers(disks, &where));
	assert_string_equal(str_text(&where), "/home (nfs4)");
	end(disks);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_nothing_twice),
	    cmocka_unit_test(test_several),
	    cmocka_unit_test(test_numbers_that_go_back),
	    cmocka_unit_test(test_none),
	    cmocka_unit_test(test_strangers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
