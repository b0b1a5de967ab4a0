/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names' pairs were looked at already: to read a thousand of them anew for
 * each change of one account takes longer than the change. Remembered until the
 * machine starts again, and for a day at most, since pairs come to their end.
 */
#ifndef ROLES_CERTIFICATE_SEEN_H
#define ROLES_CERTIFICATE_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

struct certificate_seen;

/* What is remembered in the file about pairs below the folder, at this time (wall ms). A file
 * that is not there or makes no sense remembers nothing. */
struct certificate_seen *certificate_seen_new(
    const char *file, const char *folder, int64_t now) must_use;
void certificate_seen_free(struct certificate_seen *seen);

/*
 * Whether the pair of that name, and what was given for it, are the very files that were
 * noted. Their state at this call is what certificate_seen_note() notes.
 */
bool certificate_seen_has(struct certificate_seen *seen, const char *name) must_use;

/* The pair of the name that was asked for last is good, and nothing was done to it. */
void certificate_seen_note(struct certificate_seen *seen);

/* Writes down what was had or noted since it was read. 0 or -errno. */
int certificate_seen_write(struct certificate_seen *seen) must_use;

#endif
