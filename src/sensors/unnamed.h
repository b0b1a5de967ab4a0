/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses that are never named as visitors: loopback, this host's own, and
 * the proxies in front of it. Behind each of them stand many, or we ourselves.
 */
#ifndef SENSORS_UNNAMED_H
#define SENSORS_UNNAMED_H

#include "model/address.h"

struct unnamed;

struct unnamed *unnamed_new(void) must_use;
void unnamed_free(struct unnamed *unnamed);

/* The setting "proxies": addresses and networks between blanks; what is none is passed over. */
void unnamed_set_proxies(struct unnamed *unnamed, const char *proxies);

/* Asks the kernel for this host's addresses; those known stay if it does not answer. */
void unnamed_refresh(struct unnamed *unnamed);

bool unnamed_has(const struct unnamed *unnamed, const struct address *address);

#endif
