/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which script hands a mail in: sendmail(1), whoever calls it, executes postdrop(1), which is root's
 * and set-gid, so nobody's own program passes for it, and what executes it is charged with its
 * script as all its helpers are.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "sensors/account.bpf.h"
#include "sensors/handing_events.h"
#include "sensors/who.bpf.h"

enum { SET_GID = 02000 };

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
	    !may_be_accounts(task) ||
	    !is_postdrop(BPF_CORE_READ(binary, file, f_path.dentry)))
		return 0;
	__u32 zero = 0;
	struct life *life = life_find(task);
	struct handing_event event = {
	    .uid = charged_uid(task),
	    .script = life && life->flags & LIFE_STRONG ? script_of(life) : 0,
	    .at = bpf_ktime_get_boot_ns(),
	};
	struct handing_state *shared = bpf_map_lookup_elem(&handing_state, &zero);
	if (bpf_ringbuf_output(&handing_events, &event, sizeof(event), BPF_RB_FORCE_WAKEUP) &&
	    shared)
		add_to(shared->lost, 1);
	return 0;
}
