/* SPDX-License-Identifier: Apache-2.0 */
/* Probes are found in a program that has some, and in no other file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sensors/usdt.h"

/* A probe as sys/sdt.h writes it: "hall:door" with its argument in %rdi. */
__asm__(".pushsection .note.stapsdt,\"\",\"note\"\n"
	".balign 4\n"
	".4byte 8, 2f-1f, 3\n"
	".asciz \"stapsdt\"\n"
	"1: .8byte probed_here\n"
	".8byte 0\n"
	".8byte 0\n"
	".asciz \"hall\"\n"
	".asciz \"door\"\n"
	".asciz \"8@%rdi 4@%esi\"\n"
	"2: .balign 4\n"
	".popsection\n"
	".text\n"
	"probed_here: nop\n");

static void
a_probe_is_found_by_name(void **state)
{
	(void)state;
	struct usdt_probe probe;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(usdt_find(fd, "hall", "door", &probe), 0);
	assert_int_equal(probe.argument, 14);
	assert_int_equal(probe.semaphore, 0);
	unsigned char byte = 0;
	assert_int_equal(pread(fd, &byte, 1, (off_t)probe.offset), 1);
	assert_int_equal(byte, 0x90);
	assert_int_equal(usdt_find(fd, "hall", "window", &probe), -ENOENT);
	assert_int_equal(usdt_find(fd, "cellar", "door", &probe), -ENOENT);
	close(fd);
}

static void
what_is_no_program_has_none(void **state)
{
	(void)state;
	struct usdt_probe probe;
	int fd = memfd_create("no program", MFD_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(usdt_find(fd, "hall", "door", &probe), -ENOEXEC);
	assert_int_equal(write(fd, "\177ELF, but no more", 17), 17);
	assert_int_equal(usdt_find(fd, "hall", "door", &probe), -ENOEXEC);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_probe_is_found_by_name),
	    cmocka_unit_test(what_is_no_program_has_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
