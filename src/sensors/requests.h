/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to workers of PHP: the kernel programs of requests.bpf.c, and the
 * programs of PHP that they are attached to. Attaching goes by the file, so it
 * holds for every process that runs it, in containers too, now and later; a new
 * version of PHP is a new file.
 */
#ifndef SENSORS_REQUESTS_H
#define SENSORS_REQUESTS_H

#include "sensors/load.h"

/*
 * Loads the kernel programs beside the sums and adds their descriptors to what is kept.
 * 0 or -errno, and then why gets the reason in words.
 */
int requests_load(
    const struct sensor_settings *settings, struct loaded *loaded, struct str *why) must_use;

/*
 * Attaches what requests_load() loaded to each program of PHP that runs now and is not
 * attached yet; adds what keeps it attached to ret_links. Returns how many files were added,
 * or -errno. Only root's files are looked at: what a customer made is no PHP of ours.
 */
int requests_attach(
    const struct named_fd *fds, size_t count, struct loaded *ret_links) must_use;

#endif
