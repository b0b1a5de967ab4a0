/* SPDX-License-Identifier: Apache-2.0 */
/* The services of a site, as the setting `services` of hayward.conf names them. */
#ifndef SITE_SERVICES_H
#define SITE_SERVICES_H

#include "base/arena.h"

/*
 * Those of each server that is on, in the arena: "smtp://10.77.0.4 http://10.77.0.5 ...". NULL
 * if the description of the site cannot be read; `hayward site check` says why.
 */
const char *site_services(const char *description, struct arena *arena) must_use;

#endif
