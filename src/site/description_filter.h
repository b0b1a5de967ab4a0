/* SPDX-License-Identifier: Apache-2.0 */
/* What site.conf says of the tests of mail from elsewhere: filter NAME on|off { ... } */
#ifndef SITE_DESCRIPTION_FILTER_H
#define SITE_DESCRIPTION_FILTER_H

#include <stdint.h>

#include "config/reading.h"
#include "site/site.h"

/* Reads one behind its first word. said: a bit for each that was there before, which it adds to. */
void description_read_filter(struct reading *reading, struct site *site, uint32_t *said);

#endif
