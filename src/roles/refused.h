/* SPDX-License-Identifier: Apache-2.0 */
/* How often the port rules of this machine refused a connection outwards, by uid. */
#ifndef ROLES_REFUSED_H
#define ROLES_REFUSED_H

#include "base/str.h"

/* "refused UID COUNT", a line for each; nothing where there are no such rules. */
void refused_report(struct str *out);

#endif
