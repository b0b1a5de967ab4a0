/* SPDX-License-Identifier: Apache-2.0 */
/* The text of hayward.conf: `name value`, one a line. */
#ifndef CONFIG_PARSE_H
#define CONFIG_PARSE_H

#include "base/arena.h"
#include "base/diag.h"
#include "config/words.h"
#include "model/config.h"

/*
 * Reads one file's settings over those in config; texts go into the arena.
 * What is wrong is added to diag, and that setting stays as it was.
 */
void config_parse(
    const struct source *source, struct arena *arena, struct diag *diag, struct config *config);

/* The same for one setting "name=value" of a command line; the value is taken as it stands. */
void config_set(
    const char *setting, struct arena *arena, struct diag *diag, struct config *config);

/* What is wrong with the settings taken together, such as uid-first above uid-last. */
void config_check(const struct config *config, struct diag *diag);

#endif
