/* SPDX-License-Identifier: Apache-2.0 */
#include "site/services.h"

#include "site/description.h"

static const struct {
	enum role role;
	const char *name;
} services[] = {
    {ROLE_MAIL, "smtp"},
    {ROLE_MAIL, "pop"},
    {ROLE_MAIL, "imap"},
    {ROLE_WEB, "http"},
    {ROLE_WEB, "ftp"},
    {ROLE_SHELL, "ssh"},
};

static void
add_all(const struct site *site, struct str *out)
{
	for (size_t i = 0; i < array_length(services); i++) {
		const struct site_role *role = &site->roles[services[i].role];
		if (role->place != PLACE_NOWHERE)
			str_addf(out, "%s%s://%s", out->length ? " " : "", services[i].name,
			    role->address);
	}
}

const char *
site_services(const char *description, struct arena *arena)
{
	auto_str list = {0};
	struct site site;
	struct diag *diag = diag_new();
	if (!site_read(description, arena, diag, &site))
		add_all(&site, &list);
	diag_free(diag);
	return list.length ? arena_copy_text(arena, str_text(&list)) : NULL;
}
