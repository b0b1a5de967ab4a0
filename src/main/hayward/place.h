/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state directory, for commands that read hayward's own files.
 *
 * SECURITY: run as root they go on as the owner of the directory, so that they
 * leave no file there that the keeper could not use, and follow none that the
 * keeper's user could have put there to what only root can reach.
 */
#ifndef MAIN_HAYWARD_PLACE_H
#define MAIN_HAYWARD_PLACE_H

#include "store/database.h"

/* given, else $HAYWARD_STATE, else usual (NULL: /var/lib/hayward). */
const char *place_path(const char *given, const char *usual);

/* Opens the directory and becomes its owner; place.path must be set. 0 or -errno. */
int place_open(struct store_place *place) must_use;

/* Closes it, and becomes again who began. */
void place_leave(struct store_place *place);

#endif
