/* SPDX-License-Identifier: Apache-2.0 */
/* What site.conf says of the tests of mail from elsewhere: filter NAME on|off { ... } */
#ifndef SITE_DESCRIPTION_FILTER_H
#define SITE_DESCRIPTION_FILTER_H

#include "config/reading.h"
#include "site/site.h"

/* Reads one behind its first word. */
void description_read_filter(struct reading *reading, struct site *site);

#endif
