/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the mail role keeps about stored mail, root's alone:
 *
 *     /var/lib/hayward-stored/seen               what a look found, see stored/look.h
 *     /var/lib/hayward-stored/removed/USER/BOX.UID.SIGN.{mail,rest,facts}   see stored/remove.h
 */
#ifndef STORED_STORE_H
#define STORED_STORE_H

#include <dirent.h>
#include <jansson.h>
#include <stdint.h>

#include "base/attributes.h"

#define STORED_FOLDER "/var/lib/hayward-stored"

/* As long as who is to do something with a mail waits for a look. */
enum { STORE_PATIENCE = 60000 };

/* Opens the folder and keeps other agents from it until it is closed; waits that long for one
 * that works in it, ms. Its descriptor; -EBUSY; or -errno. */
int store_open(int64_t patience) must_use;

/* What was seen: an object, new if there is none or it cannot be read. */
json_t *store_read(int folder);

/* 0 or -errno. */
int store_write(int folder, json_t *seen) must_use;

/* What lies in a folder below it, which is no link; NULL: there is none. The caller closes it. */
DIR *store_list(int folder, const char *name) must_use;

/* Throws away what was removed longer ago than that, s; once a day. */
void store_purge(int folder, json_t *seen, int64_t kept, int64_t now);

#endif
