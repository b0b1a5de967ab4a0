/* SPDX-License-Identifier: Apache-2.0 */
/* Which processes are servers of PHP that are worth a probe. */
#ifndef SENSORS_REQUESTS_SERVER_H
#define SENSORS_REQUESTS_SERVER_H

#include <sys/stat.h>

#include "base/attributes.h"

/*
 * Whether what the process, an open folder of /proc, sees as files is the host's arrangement,
 * or a container's that root made. 0; -EPERM: a customer made it; else -errno.
 */
int requests_server_is_hosts(int process) must_use;

/*
 * The program, opened, that the process of that number runs, if it is a PHP of root's that
 * serves; the caller's. -EPERM: it is a customer's; -ENOENT: it is another program; else
 * -errno.
 */
int requests_server_open(int proc, const char *pid, struct stat *ret_status) must_use;

#endif
