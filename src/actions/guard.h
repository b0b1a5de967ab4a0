/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The question before every action: may this account be touched at all? The
 * enforcer asks it of its own table, whatever the engine believes.
 */
#ifndef ACTIONS_GUARD_H
#define ACTIONS_GUARD_H

#include "model/account.h"
#include "model/action.h"

/*
 * The account an action is about. -ENOENT: unknown here, or the login has
 * another holder by now; -EPERM: system, protected, under the floor, or not for
 * this host. Then ret_why says so in words.
 */
int guard_account(const struct accounts *accounts, const struct action *action,
    const struct account **ret_account, struct str *ret_why) must_use;

/*
 * The account, if it is still in the table with this generation and may be
 * acted on; NULL otherwise. For holds that last.
 */
const struct account *guard_holder(
    const struct accounts *accounts, uint32_t id, uint32_t generation);

/* Whether a process of this real uid is this account's: an own uid or a subordinate one. */
bool guard_owns(const struct accounts *accounts, const struct account *account, uint32_t uid);

#endif
