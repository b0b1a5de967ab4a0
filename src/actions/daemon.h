/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Daemons of this host, told by a signal to their main process. A pid file is
 * only a number: who has it is looked at through a pidfd before he is told.
 */
#ifndef ACTIONS_DAEMON_H
#define ACTIONS_DAEMON_H

#include "actions/tools.h"

/*
 * Signals the process named in the pid file, if it runs as root and its
 * executable's name starts with program. -ESRCH: nobody such runs; -EPERM: it is
 * somebody else; or -errno.
 */
int daemon_signal(
    const struct tools *tools, const char *pid_file, const char *program, int signal) must_use;

/* The path of what it runs; as daemon_signal() with signal 0. */
int daemon_executable(const struct tools *tools, const char *pid_file, const char *program,
    struct str *ret_path) must_use;

#endif
