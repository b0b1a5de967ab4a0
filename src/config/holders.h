/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who has held which account id, now and before: what tells a new customer who
 * was given an old uid from the customer who had it. Nobody is ever taken off
 * the list; an id's generation goes up when its holder's name changes.
 */
#ifndef CONFIG_HOLDERS_H
#define CONFIG_HOLDERS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

struct holders;

/* From a blob of holders_encode(); nobody if length is 0. -EBADMSG: it is none. */
int holders_decode(const void *bytes, size_t length, struct holders **ret_holders) must_use;
void holders_encode(const struct holders *holders, struct str *out);
void holders_free(struct holders *holders);

/* The generation of an id that is held under this name now, from 1; remembers it. */
uint32_t holders_generation(struct holders *holders, uint32_t id, const char *name);

#endif
