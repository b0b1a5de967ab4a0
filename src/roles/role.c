/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/role.h"

#include "roles/gatehouse.h"
#include "roles/mounts.h"
#include "roles/ports.h"
#include "roles/resolver.h"
#include "roles/users.h"

const struct role_work *
role_work(enum role role)
{
	static const struct role_work *const works[ROLE_COUNT] = {
	    [ROLE_FILE] = &file_role,
	    [ROLE_DNS] = &dns_role,
	    [ROLE_MAIL] = &mail_role,
	    [ROLE_WEB] = &web_role,
	    [ROLE_SHELL] = &shell_role,
	};
	return works[role];
}

void
role_render(const struct view *view, struct output *output)
{
	const struct role_work *work = role_work(view->role);
	/* Here, so that no role can be without them. */
	users_render(view, output);
	ports_render(view, output);
	resolver_render(view, output);
	mounts_render(view, output);
	gatehouse_render(view, output);
	if (work->render)
		work->render(view, output);
}
