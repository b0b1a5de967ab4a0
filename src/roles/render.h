/* SPDX-License-Identifier: Apache-2.0 */
/* An output as files below a folder, to be looked at or tested by a daemon's own checker. */
#ifndef ROLES_RENDER_H
#define ROLES_RENDER_H

#include "roles/output.h"

/* The folder must be there. Owners are set if we may. 0 or -errno, and ret_why says of what. */
int render_below(const struct output *output, const char *folder, struct str *ret_why) must_use;

#endif
