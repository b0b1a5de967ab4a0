/* SPDX-License-Identifier: Apache-2.0 */
#include "site/mailbox_list.h"

#include <string.h>

void
mailbox_list_add(struct str *list, uid_t uid, const char *local, const char *domain)
{
	str_addf(list, "%u\t%s@%s\n", (unsigned)uid, local, domain);
}

bool
mailbox_list_has(const char *list, uid_t uid, const char *local, const char *domain)
{
	auto_str wanted = {0};
	mailbox_list_add(&wanted, uid, local, domain);
	const char *end;
	for (const char *line = list; (end = strchr(line, '\n')); line = end + 1)
		if ((size_t)(end + 1 - line) == wanted.length &&
		    memcmp(line, str_text(&wanted), wanted.length) == 0)
			return true;
	return false;
}
