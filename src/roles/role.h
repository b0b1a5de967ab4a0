/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each role does with its view. `prepare` makes what the configuration
 * speaks of and cannot be a rendered file (certificates, homes); `render` is pure;
 * `settle` does what goes through a daemon's own door once it runs (databases).
 * All may be called again at any time, after any failure, and then do what is left.
 */
#ifndef ROLES_ROLE_H
#define ROLES_ROLE_H

#include "roles/output.h"
#include "site/view.h"

struct role_work {
	/* 0 or -errno, and then ret_wrong says what is the matter; NULL: nothing to do. */
	int (*prepare)(const struct view *view, struct str *ret_wrong);
	void (*render)(const struct view *view, struct output *output);
	int (*settle)(const struct view *view, struct str *ret_wrong);
};

extern const struct role_work file_role, dns_role, mail_role, web_role, shell_role;

const struct role_work *role_work(enum role role);

/* Everything that the role's machine shall have, what all roles have in common included. */
void role_render(const struct view *view, struct output *output);

#endif
