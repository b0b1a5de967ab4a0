/* SPDX-License-Identifier: Apache-2.0 */
/* Whom a role asks for names: /etc/resolv.conf. */
#ifndef ROLES_RESOLVER_H
#define ROLES_RESOLVER_H

#include "roles/output.h"
#include "site/view.h"

/* Nothing, if the site has no name server. */
void resolver_render(const struct view *view, struct output *output);

#endif
