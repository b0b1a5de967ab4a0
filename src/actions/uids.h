/* SPDX-License-Identifier: Apache-2.0 */
/* The uids of an account that something runs as, subordinate ones included. */
#ifndef ACTIONS_UIDS_H
#define ACTIONS_UIDS_H

#include "actions/reaper.h"
#include "actions/tools.h"

struct uids {
	uint32_t count;
	uint32_t uids[MOST_REAPED_UIDS];
};

/* Its own uids in any case, and of others those that a look at all processes finds. */
void uids_find(const struct tools *tools, const struct account *account, struct uids *ret_uids);

#endif
