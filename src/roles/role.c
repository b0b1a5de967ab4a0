/* SPDX-License-Identifier: Apache-2.0 */
#include "roles/role.h"

#include "roles/resolver.h"

const struct role_work *
role_work(enum role role)
{
	static const struct role_work nothing;
	static const struct role_work *const works[ROLE_COUNT] = {
	    [ROLE_DNS] = &dns_role, [ROLE_MAIL] = &mail_role};
	return works[role] ? works[role] : &nothing;
}

void
role_render(const struct view *view, struct output *output)
{
	const struct role_work *work = role_work(view->role);
	resolver_render(view, output);
	if (work->render)
		work->render(view, output);
}
