/* SPDX-License-Identifier: Apache-2.0 */
#include "stored/folders.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "base/attributes.h"

static const struct {
	enum folder kind;
	const char *name;
} known[] = {
#define FOLDER(kind, name) {FOLDER_##kind, name},
#include "stored/folders.def"
#undef FOLDER
};

/* Behind the last separator: "INBOX.Sent" is one, too. */
static const char *
own_name(const char *name)
{
	for (const char *at = name; *at; at++)
		if ((*at == '.' || *at == '/') && at[1])
			name = at + 1;
	return name;
}

enum folder
folder_of(const char *name)
{
	const char *own = own_name(name);
	if (strcasecmp(name, "INBOX") == 0)
		return FOLDER_INBOX;
	for (size_t i = 0; i < array_length(known); i++)
		if (strcasecmp(known[i].name, own) == 0)
			return known[i].kind;
	return FOLDER_OTHER;
}
