/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the configuration, read and put together. */
#ifndef CONFIG_READ_H
#define CONFIG_READ_H

#include <stddef.h>

#include "base/arena.h"
#include "base/diag.h"
#include "config/holders.h"
#include "model/account.h"
#include "model/config.h"

/*
 * Reads FILE and then FILE.d/ *.conf in order of their names over the defaults
 * into config, whose texts live in the arena. What is wrong is in diag.
 */
void config_read(
    const char *file, struct arena *arena, struct diag *diag, struct config *ret_config);

/* A path that may be relative to the configuration's folder, made absolute. */
const char *config_path(const struct config *config, const char *path, struct arena *arena);

/* The accounts; see config/accounts.h. A missing accounts.conf says nothing; other failures are
 * in diag. */
const struct account *accounts_read(const struct config *config, struct holders *holders,
    struct arena *arena, struct diag *diag, size_t *ret_count) must_use;

#endif
