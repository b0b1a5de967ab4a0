/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The web servers' door: deny rules for scripts and for whole accounts, with a
 * page of status 503 that says what is the matter.
 */
#ifndef ACTIONS_FRONT_H
#define ACTIONS_FRONT_H

#include "actions/tools.h"

struct front;

struct front *front_new(const struct tools *tools) must_use;
void front_free(struct front *front);

/* Both are for the action with that id, and idempotent. 0 or -errno, with words. */
int front_close_account(struct front *front, uint64_t action, const struct account *account,
    struct str *text) must_use;
int front_close_script(struct front *front, uint64_t action, const struct account *account,
    const char *path, struct str *text);

/* Takes back what was closed for the action, where it is still as we left it. */
int front_open(struct front *front, uint64_t action, struct str *text) must_use;

/* Whether this host has a web server that we know how to tell. */
bool front_is_here(const struct front *front);

#endif
