/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much of one kind a uid may say within a while, so that nobody's storm takes the room of
 * others, nor the time of who listens.
 */
#ifndef SENSORS_BUDGET_BPF_H
#define SENSORS_BUDGET_BPF_H

#include <bpf/bpf_helpers.h>
#include <linux/types.h>

enum { BUDGET_UIDS = 4096 };

#define BUDGET_WINDOW_NS 10000000000ULL

/* By charged uid. */
struct budget {
	__u64 window; /* began then, ns of the boot clock */
	__u32 said;   /* in it */
	__u32 padding;
};

/* Whether the uid may say one more; most: within the window. */
static __always_inline int
budget_allows(void *budgets, __u32 uid, __u32 most)
{
	struct budget *budget = bpf_map_lookup_elem(budgets, &uid);
	__u64 now = bpf_ktime_get_boot_ns();
	if (!budget) {
		struct budget fresh = {.window = now};
		bpf_map_update_elem(budgets, &uid, &fresh, BPF_NOEXIST);
		budget = bpf_map_lookup_elem(budgets, &uid);
	}
	if (!budget)
		return 0;
	if (now - budget->window > BUDGET_WINDOW_NS) {
		budget->window = now;
		budget->said = 0;
	}
	return __sync_fetch_and_add(&budget->said, 1) < most;
}

#endif
