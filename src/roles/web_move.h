/* SPDX-License-Identifier: Apache-2.0 */
/* Databases of accounts on their way to another site: hayward-role dump and load. */
#ifndef ROLES_WEB_MOVE_H
#define ROLES_WEB_MOVE_H

#include "base/str.h"

/* Writes a dump of the database to standard output. 0 or -errno; ret_wrong says in words. */
int web_dump(const char *database, struct str *ret_wrong) must_use;

/*
 * Reads one from standard input into the database, which hayward has made. Its user has
 * another password from then on, and is locked: the next view puts that right.
 */
int web_load(const char *database, struct str *ret_wrong) must_use;

#endif
