/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/uids.h"

#include "actions/guard.h"
#include "actions/process.h"

struct search {
	const struct tools *tools;
	const struct account *account;
	struct uids *found;
};

static void
add(struct uids *uids, uint32_t uid)
{
	for (uint32_t i = 0; i < uids->count; i++)
		if (uids->uids[i] == uid)
			return;
	if (uids->count < MOST_REAPED_UIDS)
		uids->uids[uids->count++] = uid;
}

static int
visit_process(void *context, uint32_t pid)
{
	const struct search *search = context;
	struct process_facts process;
	if (!process_peek(search->tools->proc, pid, &process) &&
	    guard_owns(search->tools->accounts, search->account, process.uid))
		add(search->found, process.uid);
	return 0;
}

/* Its own in any case: who came a moment ago was perhaps not seen. */
void
uids_find(const struct tools *tools, const struct account *account, struct uids *ret_uids)
{
	struct search search = {tools, account, ret_uids};
	ret_uids->count = 0;
	for (uint32_t i = 0; i < account->own_uids; i++)
		for (uint32_t j = 0; j < account->uids[i].count; j++)
			add(ret_uids, account->uids[i].first + j);
	int status = process_walk(tools->proc, visit_process, &search);
	(void)status; /* those that were found are enough */
}
