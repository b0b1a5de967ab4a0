/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/addresses.h"

#include "roles/safe.h"

size_t
addresses_of(const struct site_role *role, const char *ret_addresses[static MOST_ADDRESSES])
{
	size_t count = 0;
	if (role->place == PLACE_NOWHERE)
		return 0;
	if (safe_ipv4(role->address))
		ret_addresses[count++] = role->address;
	if (safe_ipv6(role->address6))
		ret_addresses[count++] = role->address6;
	return count;
}

void
addresses_add_all(
    const struct site *site, const char *before, const char *behind, struct str *out)
{
	for (size_t i = 0; i < ROLE_COUNT; i++) {
		const char *addresses[MOST_ADDRESSES];
		size_t count = addresses_of(&site->roles[i], addresses);
		for (size_t n = 0; n < count; n++)
			str_addf(out, "%s%s%s", before, addresses[n], behind);
	}
}
