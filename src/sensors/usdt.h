/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a program has a probe of the kind that SystemTap's notes describe
 * (USDT; sourceware.org, "UserSpaceProbeImplementation"): a place in its text, a
 * counter that says whether anybody listens, and where its arguments are.
 */
#ifndef SENSORS_USDT_H
#define SENSORS_USDT_H

#include <stdint.h>

#include "base/attributes.h"

struct usdt_probe {
	uint64_t offset;    /* of the place, in the file */
	uint64_t semaphore; /* of the counter, in the file; 0: there is none */
	int argument; /* word of struct pt_regs that has the first one; -1: it is elsewhere */
};

/*
 * Finds the first probe of that name in the open file. 0; -ENOENT if it has none;
 * -ENOEXEC if it is no program of this machine's kind.
 */
int usdt_find(
    int fd, const char *provider, const char *name, struct usdt_probe *ret_probe) must_use;

/*
 * Has the kernel program (by descriptor) run at the probe in whatever process runs
 * that file. Returns a descriptor, which keeps it attached, or -errno. Wants CAP_SYS_ADMIN.
 */
int usdt_attach(int fd, const struct usdt_probe *probe, int program) must_use;

#endif
