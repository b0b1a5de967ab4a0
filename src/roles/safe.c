/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/safe.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "site/names.h"

enum {
	LONGEST_PASSWORD = 255,
	LONGEST_PATH = 255,
};

static bool
consists_of(const char *text, const char *characters, size_t most)
{
	size_t length = strlen(text);
	return length && length <= most && strspn(text, characters) == length;
}

bool
safe_domain(const char *text)
{
	return !domain_name_wrong(text);
}

bool
safe_role(const struct site_role *role)
{
	return role->place != PLACE_NOWHERE && safe_domain(role->host);
}

bool
safe_address(const char *text)
{
	auto_str local = {0};
	const char *at = strchr(text, '@');
	if (!at || !safe_domain(at + 1))
		return false;
	str_add_bytes(&local, text, (size_t)(at - text));
	return !local_part_wrong(str_text(&local));
}

bool
safe_password(const char *text)
{
	return consists_of(text,
	    "./$,=+ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
	    LONGEST_PASSWORD);
}

bool
safe_path(const char *text)
{
	return text[0] == '/' && !strstr(text, "..") &&
	       consists_of(text,
		   "/._-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
		   LONGEST_PATH);
}

bool
safe_ipv4(const char *text)
{
	struct in_addr address;
	return inet_pton(AF_INET, text, &address) == 1;
}

bool
safe_ipv6(const char *text)
{
	struct in6_addr address;
	return inet_pton(AF_INET6, text, &address) == 1;
}

bool
safe_network(const char *text)
{
	char address[INET_ADDRSTRLEN];
	struct in_addr binary;
	const char *slash = strchr(text, '/');
	if (!slash || (size_t)(slash - text) >= sizeof(address))
		return false;
	memcpy(address, text, (size_t)(slash - text));
	address[slash - text] = '\0';
	if (!consists_of(slash + 1, "0123456789", 2) ||
	    inet_pton(AF_INET, address, &binary) != 1)
		return false;
	unsigned long bits = strtoul(slash + 1, NULL, 10);
	return bits <= 32 &&
	       (!bits || !(ntohl(binary.s_addr) & ((UINT64_C(1) << (32 - bits)) - 1)));
}
