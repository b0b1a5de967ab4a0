/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The names of scripts that a sensor knows: what the kernel programs said of a
 * new key is put together to a text for people, told to the listener, and kept
 * for as long as the key is in use, to be told again.
 */
#ifndef SENSORS_NAMES_H
#define SENSORS_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/map.h"
#include "base/str.h"
#include "model/frame.h"
#include "sensors/process.h"

struct names;

struct names *names_new(void) must_use;
void names_free(struct names *names);

/* Who is told of each new name; NULL: nobody. */
void names_on_new(struct names *names, sensor_name_callback *callback, void *context);

/* Tells all names again. */
void names_repeat(const struct names *names);

/* Keeps a copy of the name, and tells it unless it is known with the same text. */
void names_put(struct names *names, const struct script_name *name);

/*
 * Takes what the kernel said: a struct name_event as far as it was sent.
 * 0; -EBADMSG if it is none; -ENOENT if it refers to a name that is not known.
 */
int names_take_event(struct names *names, const void *bytes, size_t length) must_use;

/* The key of a script that is known by its uid and text alone, not by its folder. */
uint64_t names_key(uint32_t uid, const char *label);

/* Adds a script's path as it is shown: of slashes in a row, one. */
void names_add_path(struct str *out, const void *bytes, size_t length);

/* Whether this uid's script has a name. */
bool names_know(const struct names *names, uint32_t uid, uint64_t script);

/* Forgets the name; the key is no longer in use. */
void names_drop(struct names *names, uint32_t uid, uint64_t script);

/* Forgets every name whose script is not a key of the map. */
void names_keep(struct names *names, const struct map *scripts);

size_t names_count(const struct names *names);

#endif
