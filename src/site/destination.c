/* SPDX-License-Identifier: Apache-2.0 */
#include "site/destination.h"

#include <errno.h>
#include <string.h>

#include "base/escape.h"
#include "site/nft.h"

static int
refuse(struct str *why, const char *text, const char *words)
{
	str_add_char(why, '\'');
	escape_text(why, text);
	str_addf(why, "' %s", words);
	return -EINVAL;
}

/* Customers run programs on these two alone. */
static bool
has_customers(int role)
{
	return role == ROLE_SHELL || role == ROLE_WEB;
}

int
site_destination_parse(const char *role_text, const char *address, const char *port_text,
    struct str *ret_text, struct str *ret_why)
{
	struct site_port port;
	auto_str plain = {0};
	int role = *role_text ? role_find(role_text) : (int)ROLE_SHELL;
	if (role < 0 || !has_customers(role))
		return refuse(ret_why, role_text, "is no role that calls out: shell or web");
	if (!nft_address(address, &plain))
		return refuse(ret_why, address,
		    "is no numerical address; names may lead elsewhere tomorrow");
	if (site_port_parse(port_text, &port) || port.first != port.last || !port.first)
		return refuse(ret_why, port_text, "is no single port such as 5432/tcp");
	str_addf(ret_text, "%s %s ", role_name((enum role)role), str_text(&plain));
	site_port_print(&port, ret_text);
	return 0;
}

int
site_destination_read(const char *text, struct arena *arena, struct book_opening *ret_opening)
{
	char *rest = arena_copy_text(arena, text);
	const char *role = strsep(&rest, " ");
	const char *address = rest ? strsep(&rest, " ") : "";
	struct site_port port;
	auto_str again = {0}, why = {0};
	if (!rest || site_destination_parse(role, address, rest, &again, &why) ||
	    !text_equal(str_text(&again), text) || site_port_parse(rest, &port))
		return -EINVAL;
	*ret_opening = (struct book_opening){
	    .role = (enum role)role_find(role),
	    .protocol = port.protocol,
	    .address = address,
	    .port = port.first,
	};
	return 0;
}
