/* SPDX-License-Identifier: Apache-2.0 */
/* The enforcer's side of the kernel programs that tell of newcomers; see entrance.h. */
#ifndef ACTIONS_NEWCOMERS_H
#define ACTIONS_NEWCOMERS_H

#include "actions/entrance.h"

struct newcomers;

int newcomers_open(
    const struct entrance_objects *objects, struct newcomers **ret_newcomers) must_use;
void newcomers_close(struct newcomers *newcomers); /* NULL is fine */
int newcomers_descriptor(const struct newcomers *newcomers);
int newcomers_want(
    struct newcomers *newcomers, const struct entrance_place *places, size_t count) must_use;
void newcomers_hear(
    struct newcomers *newcomers, void (*meet)(void *context, uint32_t pid), void *context);
int64_t newcomers_look(struct newcomers *newcomers, void (*meet)(void *context, uint32_t pid),
    void *context, int64_t now);
uint64_t newcomers_unbound(const struct newcomers *newcomers, uint64_t group);

#endif
