/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel programs that tell the enforcer of newcomers, loaded; see newcomers.bpf.c. */
#ifndef SENSORS_NEWCOMERS_H
#define SENSORS_NEWCOMERS_H

#include "model/newcomers.h"
#include "sensors/load.h"

/*
 * Loads and attaches, and adds the descriptors to what will be kept. 0 or
 * -errno, and then why gets the reason in words.
 */
int newcomers_load(
    const struct sensor_settings *settings, struct loaded *loaded, struct str *why) must_use;

#endif
