/* SPDX-License-Identifier: Apache-2.0 */
/* The text of site.conf; etc/site.conf shows all of it. */
#ifndef SITE_DESCRIPTION_H
#define SITE_DESCRIPTION_H

#include "base/arena.h"
#include "base/diag.h"
#include "config/words.h"
#include "site/site.h"

/* Reads the text and checks it; what is wrong is added to diag, with its place. Everything
 * lives in the arena. */
struct site site_parse(
    const struct source *source, struct arena *arena, struct diag *diag) must_use;

/*
 * The same of a file. 0; -EINVAL: diag says what is wrong with it; else -errno, and diag has
 * nothing of it.
 */
int site_read(
    const char *path, struct arena *arena, struct diag *diag, struct site *ret_site) must_use;

#endif
