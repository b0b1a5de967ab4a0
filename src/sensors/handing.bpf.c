/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which script hands a mail in: sendmail(1), whoever calls it, executes postdrop(1), which is
 * root's and set-gid, so nobody's own program passes for it, and what executes it is charged
 * with its script as all its helpers are. Or a program connects to a mail server itself; by the
 * number of its own end, which it has when the connection is there, the mail server's word and
 * ours meet.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "sensors/account.bpf.h"
#include "sensors/budget.bpf.h"
#include "sensors/handing_events.h"
#include "sensors/kernel_open_types.h"
#include "sensors/who.bpf.h"

enum { SET_GID = 02000, STATE_ESTABLISHED = 1, STATE_CALLING = 2, MOST_CALLERS = 4096 };

const char program_license[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, HANDING_RING_BYTES);
} handing_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct handing_state);
} handing_state SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, BUDGET_UIDS);
	__type(key, __u32);
	__type(value, struct budget);
} handing_budgets SEC(".maps");

/* Who calls a mail server, by the socket's address. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, MOST_CALLERS);
	__type(key, __u64);
	__type(value, struct handing_event);
} handing_callers SEC(".maps");

/* SECURITY: whoever calls a mail server of his own as fast as he can wakes us each time. */
static __always_inline void
tell(struct handing_event *event)
{
	__u32 zero = 0;
	struct handing_state *shared = bpf_map_lookup_elem(&handing_state, &zero);
	if (!shared)
		return;
	if (!budget_allows(&handing_budgets, event->uid, HANDING_SAID_MOST))
		add_to(shared->unheard, 1);
	else if (bpf_ringbuf_output(
		     &handing_events, event, sizeof(*event), BPF_RB_FORCE_WAKEUP))
		add_to(shared->lost, 1);
}

static __always_inline struct handing_event
handing_by(struct task_struct *task)
{
	struct life *life = life_find(task);
	return (struct handing_event){
	    .uid = charged_uid(task),
	    .script = life && life->flags & LIFE_STRONG ? script_of(life) : 0,
	    .at = bpf_ktime_get_boot_ns(),
	    .starter = life ? life->starter : 0,
	};
}

/* "postdrop" */
static __always_inline int
is_postdrop(struct dentry *file)
{
	char name[16] = {0};
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(file, d_name.name));
	return *(__u64 *)name == 0x706f726474736f70ULL && !name[8];
}

SEC("tp_btf/sched_process_exec")
int
BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *binary)
{
	(void)old_pid;
	const struct inode *inode = BPF_CORE_READ(binary, file, f_inode);
	if (!(BPF_CORE_READ(inode, i_mode) & SET_GID) || BPF_CORE_READ(inode, i_uid.val) ||
	    !may_be_accounts(task) || !is_postdrop(BPF_CORE_READ(binary, file, f_path.dentry)))
		return 0;
	struct handing_event event = handing_by(task);
	tell(&event);
	return 0;
}

/* smtp, submissions, submission */
static __always_inline int
is_mail_port(__u16 port)
{
	return port == 25 || port == 465 || port == 587;
}

SEC("tp_btf/inet_sock_set_state")
int
BPF_PROG(on_state, const struct sock *socket, int before, int state)
{
	__u16 port = __builtin_bswap16(BPF_CORE_READ(socket, __sk_common.skc_dport));
	if (!is_mail_port(port) || (state != STATE_CALLING && before != STATE_CALLING))
		return 0;
	__u64 address = plain_address(socket);
	if (state == STATE_CALLING) {
		struct task_struct *task = bpf_get_current_task_btf();
		if (!may_be_accounts(task))
			return 0;
		struct handing_event event = handing_by(task);
		bpf_map_update_elem(&handing_callers, &address, &event, BPF_ANY);
		return 0;
	}
	struct handing_event *caller = bpf_map_lookup_elem(&handing_callers, &address);
	if (caller && state == STATE_ESTABLISHED) {
		caller->port = BPF_CORE_READ(socket, __sk_common.skc_num);
		tell(caller);
	}
	if (caller)
		bpf_map_delete_elem(&handing_callers, &address);
	return 0;
}
