/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Homes and the mail store on a machine of its own, which has them from the file
 * server by NFS; in containers they are the host's. Where they cannot be had,
 * nothing else is done: a web server without homes would answer 404 for
 * everybody, and a mail server would store what nobody finds again.
 */
#ifndef ROLES_MOUNTS_H
#define ROLES_MOUNTS_H

#include "roles/output.h"
#include "site/view.h"

/* /etc/hayward/mounts, as fstab(5) has it, by which the machine mounts them when it starts. */
void mounts_render(const struct view *view, struct output *output);

/* Mounts what is not mounted yet. 0 or -errno, and then ret_wrong says of what. */
int mounts_prepare(const struct view *view, struct str *ret_wrong) must_use;

#endif
