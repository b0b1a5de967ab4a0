/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/guard.h"

#include <errno.h>

#include "base/escape.h"

/* nobody, and its 16-bit twin: every service that drops its rights may share them. */
static const uint32_t never[] = {0, 65534, 65535, UINT32_MAX};

static bool
range_is_harmless(const struct uid_range *range, uint32_t floor)
{
	if (!range->count || range->first < floor || range->count > UINT32_MAX - range->first)
		return false;
	for (size_t i = 0; i < array_length(never); i++)
		if (never[i] >= range->first && never[i] - range->first < range->count)
			return false;
	return true;
}

static bool
may_act(const struct accounts *accounts, const struct account *account)
{
	if (!accounts_may_act(accounts, account))
		return false;
	for (uint32_t i = 0; i < account->uid_count; i++)
		if (!range_is_harmless(&account->uids[i], accounts_floor(accounts)))
			return false;
	return true;
}

static int
refuse(struct str *ret_why, const char *name, const char *reason)
{
	str_add(ret_why, "refused to act on '");
	escape_text(ret_why, name);
	str_addf(ret_why, "': %s", reason);
	return -EPERM;
}

int
guard_account(const struct accounts *accounts, const struct action *action,
    const struct account **ret_account, struct str *ret_why)
{
	const char *name = action->account_name;
	if (action->host != 0)
		return refuse(ret_why, name, "the action is for another host");
	if (action->subject.account == 0)
		return refuse(ret_why, name, "the action names no account");
	const struct account *account =
	    accounts ? accounts_find_id(accounts, action->subject.account) : NULL;
	if (!account || account->generation != action->subject.generation ||
	    (*name && !text_equal(name, account->name))) {
		refuse(ret_why, name,
		    account ? "the login has another holder by now" : "no such account here");
		return -ENOENT;
	}
	if (account->is_protected)
		return refuse(ret_why, name, "the account is protected");
	if (!may_act(accounts, account))
		return refuse(ret_why, name, "it owns a uid that is never acted on");
	*ret_account = account;
	return 0;
}

const struct account *
guard_holder(const struct accounts *accounts, uint32_t id, uint32_t generation)
{
	const struct account *account = accounts ? accounts_find_id(accounts, id) : NULL;
	if (!account || account->generation != generation || !may_act(accounts, account))
		return NULL;
	return account;
}

bool
guard_owns(const struct accounts *accounts, const struct account *account, uint32_t uid)
{
	return uid >= accounts_floor(accounts) && accounts_find_uid(accounts, uid) == account;
}
