/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port rules inside a role: /etc/nftables.conf, which fills the sets of
 * packaging/roles/common/tree/usr/share/hayward/ports.nft with what the site's
 * description declares and the book opens. An opening's end is in the rules, so
 * it ends without anybody's doing.
 */
#ifndef ROLES_PORTS_H
#define ROLES_PORTS_H

#include "roles/output.h"
#include "site/view.h"

void ports_render(const struct view *view, struct output *output);

#endif
