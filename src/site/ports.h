/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The port rules on the host's side of the containers' interfaces, so that not
 * even root in one of them opens more than the site's description says.
 *
 * All containers hang on one bridge that forwards nothing between them: a frame
 * from one goes to the host or nowhere. The host answers for the others' addresses
 * and routes, so each packet passes its rules for forwarding, which know
 * connections; rules of a bridge do not know them on every kernel. On the bridge
 * remains what only it can see: that a frame bears the addresses of its container.
 */
#ifndef SITE_PORTS_H
#define SITE_PORTS_H

#include "site/book.h"
#include "site/site.h"

/* Of the host's end of a container's interface, such as hw-web; within IFNAMSIZ. */
void site_interface(enum role role, struct str *out);

/* The hardware address that the container's end must have, such as 02:68:77:00:00:03. */
void site_hardware(enum role role, struct str *out);

/*
 * For `nft -f -`: tables inet hayward_site and bridge hayward_site, filled anew in
 * one transaction. Openings of the book are let through until their end.
 */
void site_ports_render(const struct site *site, const struct book *book, struct str *out);

/* Whether a container has an IPv6 address: without one the host's IPv6 is left as it is. */
bool site_has_six(const struct site *site);

/* Lines PATH=VALUE below /proc/sys, which the bridge needs once it is there. */
void site_ports_settings(const struct site *site, struct str *out);

/*
 * For `ip -batch -`, once the bridge is there: the host's addresses on it and the
 * routes to the containers. It may be said again.
 */
void site_ports_links(const struct site *site, struct str *out);

/* The host's IPv6 address as its containers see it; IPv4: site->gateway. */
extern const char site_gateway6[];

#endif
