/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Connections that accounts began, each with who began it, and what relay.bpf.h and
 * mining.bpf.h know of it.
 */
#ifndef SENSORS_CALL_BPF_H
#define SENSORS_CALL_BPF_H

#include <bpf/bpf_helpers.h>

#include "sensors/account.bpf.h"
#include "sensors/attack_events.h"
#include "sensors/relay.h"

/* One connection, as long as its socket lives. */
struct call {
	struct attack_event who;
	__u64 caller; /* the process's task, and when it began */
	__u64 since;
	struct relay relay;
	__u32 elsewhere; /* it leads to another machine */
	__u32 relay_looks;
	__u32 looked;
	__u32 told;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct call);
} calls SEC(".maps");

/* An account's process begins a connection. */
static __always_inline void
call_begin(const struct sock *socket, struct task_struct *task, const struct attack_event *to,
    int elsewhere)
{
	struct call *call =
	    bpf_sk_storage_get(&calls, (void *)socket, 0, BPF_SK_STORAGE_GET_F_CREATE);
	if (!call)
		return;
	call->who = *to;
	call->who.sign = ATTACK_MINES;
	call->caller = plain_address(task->group_leader);
	call->since = task->group_leader->start_boottime;
	call->elsewhere = (__u32)elsewhere;
	describe(task, &call->who);
}

#endif
