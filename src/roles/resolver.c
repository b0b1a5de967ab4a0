/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/resolver.h"

#include "roles/safe.h"

/* A name server that has nobody to ask itself says so after ten seconds; who waits here has
 * better things to do. */
static const char patience[] = "options timeout:2 attempts:2 edns0\n";

void
resolver_render(const struct view *view, struct output *output)
{
	const struct site_role *names = &view->site.roles[ROLE_DNS];
	const char *address = safe_ipv4(names->address) ? names->address : names->address6;
	if (view->role == ROLE_DNS)
		address = "127.0.0.1";
	if (names->place == PLACE_NOWHERE || (!safe_ipv4(address) && !safe_ipv6(address)))
		return;
	struct str *out = output_file(output, DAEMON_NONE, "/etc/resolv.conf");
	str_addf(out, "nameserver %s\n", address);
	str_add(out, patience);
}
