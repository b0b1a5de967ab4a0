/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the agent has to remember: which files are its own, and whose daemon is
 * still to be told of a change. One line a file, "DAEMON PATH", and one line a
 * daemon to be told, "told DAEMON".
 */
#ifndef ROLES_MANIFEST_H
#define ROLES_MANIFEST_H

#include "roles/output.h"

struct manifest;

/* Reads it; a file that is not there is an empty one. manifest_free() it. -EINVAL: it is none.
 */
int manifest_read(int state, struct manifest **ret_manifest) must_use;
void manifest_free(struct manifest *manifest);

/* Writes it, durably. */
int manifest_write(int state, const struct manifest *manifest) must_use;

/* Adds the files of the output. */
void manifest_add(struct manifest *manifest, const struct output *output);

/* Whether the daemon is to be told. */
bool manifest_owes(const struct manifest *manifest, enum daemon daemon);
void manifest_owe(struct manifest *manifest, enum daemon daemon, bool owes);

/* Each file of it; takes out those for which the function gives false. */
void manifest_sift(struct manifest *manifest,
    bool (*keep)(void *context, const char *path, enum daemon daemon), void *context);

#endif
