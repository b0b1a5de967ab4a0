/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/call_numbers.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <seccomp.h>

/* The kernel's own 32-bit calls beside its 64-bit ones; 0: it has none that we know. */
static uint32_t
smaller_architecture(void)
{
	uint32_t native = seccomp_arch_native();
	return native == SCMP_ARCH_X86_64 ? SCMP_ARCH_X86 : 0;
}

static int
fill_at(int map, int number, uint32_t half, uint32_t offset, const void *value)
{
	if (number < 0 || (uint32_t)number >= half)
		return 0;
	uint32_t key = (uint32_t)number + offset;
	return bpf_map_update_elem(map, &key, value, BPF_ANY) ? -errno : 0;
}

int
call_fill(int map, const char *name, uint32_t half, const void *value)
{
	uint32_t smaller = smaller_architecture();
	int native = seccomp_syscall_resolve_name_arch(seccomp_arch_native(), name);
	int status = fill_at(map, native, half, 0, value);
	if (status || !smaller)
		return status;
	return fill_at(
	    map, seccomp_syscall_resolve_name_arch(smaller, name), half, half, value);
}
