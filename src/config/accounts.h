/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts, from who has a login and what accounts.conf says of them. */
#ifndef CONFIG_ACCOUNTS_H
#define CONFIG_ACCOUNTS_H

#include "config/declare.h"
#include "config/holders.h"
#include "config/users.h"
#include "model/account.h"
#include "model/config.h"

/* All borrowed; holders is told of everybody. */
struct account_sources {
	const struct users *users;
	const struct subordinates *subordinates;
	const struct declarations *declarations;
	const struct config *config; /* uid-first, uid-last */
	struct holders *holders;
};

/*
 * The accounts, in order of id, in the arena: each `account` block, and each
 * login from uid-first to uid-last that no block claims. Errors: a uid or an
 * id that two claim. Subordinate uids that two claim count for neither, with a
 * warning: a guess would blame one for the other.
 */
const struct account *accounts_build(const struct account_sources *sources, struct arena *arena,
    struct diag *diag, size_t *ret_count) must_use;

#endif
