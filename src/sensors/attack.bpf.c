/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only an attack does, as the kernel sees it: at a fork (bomb.h), at an
 * exec, and when a connection is begun.
 *
 * Who called whom is known because the call was seen: a connection that an account
 * began is remembered by its socket until it is closed. One that a server accepted
 * is not, so a program that an inetd or a server of the customer's own starts with the
 * connection as its terminal is none of ours. What was connected before we came is
 * not known either, and let go.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "sensors/account.bpf.h"
#include "sensors/attack_events.h"
#include "sensors/bomb.h"
#include "sensors/commands.bpf.h"
#include "sensors/descriptor.bpf.h"
#include "sensors/kernel_open_types.h"
#include "sensors/who.bpf.h"

enum {
	KIND_SOCKET = 0140000,
	KIND_CHARACTERS = 0020000, /* S_IFCHR */
	STATE_ESTABLISHED = 1,
	STATE_CALLING = 2, /* TCP_SYN_SENT */
	STATE_CLOSED = 7,
	STATE_LISTENS = 10,
	FAMILY_4 = 2,
	FAMILY_6 = 10,
	BOMB_LINES = 8192,
	BOMB_ALONE = 4, /* who forks less within a window is not looked at */
};

const char program_license[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ATTACK_UIDS);
	__type(key, __u32);
	__type(value, struct bomb);
} bombs SEC(".maps");

/* By the address of a process, which generation it is of. */
struct bomb_line {
	__u64 start; /* of the process: the address may be another's by now */
	__u64 since; /* the window */
	__u64 program;
	__u32 generation;
	__u32 padding;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, BOMB_LINES);
	__type(key, __u64);
	__type(value, struct bomb_line);
} bomb_lines SEC(".maps");

/* Sockets by address, of connections that an account began. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ATTACK_CALLS);
	__type(key, __u64);
	__type(value, __u32);
} callers SEC(".maps");

/* By uid and sign: when it was last said. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, ATTACK_UIDS);
	__type(key, __u64);
	__type(value, __u64);
} attack_said SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, ATTACK_RING_BYTES);
} attack_events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct attack_state);
} attack_state SEC(".maps");

/* Whether the uid's sign may be said now. */
static __always_inline int
may_say(__u32 uid, enum attack_sign sign)
{
	__u64 key = (__u64)sign << 32 | uid, now = bpf_ktime_get_boot_ns();
	__u64 *said = bpf_map_lookup_elem(&attack_said, &key);
	if (said && now - *said < ATTACK_AGAIN_NS)
		return 0;
	bpf_map_update_elem(&attack_said, &key, &now, BPF_ANY);
	return 1;
}

/* Who it is. */
static __always_inline void
describe(struct task_struct *task, struct attack_event *event)
{
	struct life *life = life_find(task);
	event->uid = charged_uid(task);
	event->pid = process_pid(task);
	event->start = task->group_leader->start_boottime;
	if (life)
		event->script = script_of(life);
	struct dentry *file = BPF_CORE_READ(task, mm, exe_file, f_path.dentry);
	if (file)
		bpf_probe_read_kernel_str(
		    event->program, ATTACK_PROGRAM, BPF_CORE_READ(file, d_name.name));
}

static __always_inline void
say_it(struct attack_event *event)
{
	__u32 zero = 0;
	struct attack_state *shared = bpf_map_lookup_elem(&attack_state, &zero);
	if (bpf_ringbuf_output(&attack_events, event, sizeof(*event), BPF_RB_FORCE_WAKEUP) &&
	    shared)
		add_to(shared->lost, 1);
}

static __always_inline void
say(struct task_struct *task, struct attack_event *event)
{
	if (!may_say(charged_uid(task), event->sign))
		return;
	describe(task, event);
	say_it(event);
}

#include "sensors/relay.bpf.h"
#include "sensors/mining.bpf.h"

/* Bombs. */

/* The tasks of the uid, as the kernel counts them for its limit; those in namespaces that it
 * made are among them. */
static __always_inline __u32
tasks_of(const struct cred *cred)
{
	struct ucounts *counts = cred->ucounts;
	for (int i = 0; i < 8; i++) {
		struct user_namespace *namespace = BPF_CORE_READ(counts, ns);
		struct ucounts *outer = BPF_CORE_READ(namespace, ucounts);
		if (!BPF_CORE_READ(namespace, level) || !outer)
			break;
		counts = outer;
	}
	__s64 tasks = BPF_CORE_READ(counts, rlimit[LIMITED_TASKS].counter);
	return tasks > 0 ? (__u32)tasks : 0;
}

/* The generation that the parent is of: those before it may be gone, for the bomb of the
 * books leaves each as soon as it has forked. Another program, or window, begins anew. */
static __always_inline __u32
generation_of(struct task_struct *parent, __u64 since, __u64 program)
{
	__u64 key = (__u64)parent;
	struct bomb_line *line = bpf_map_lookup_elem(&bomb_lines, &key);
	int same = line && line->start == parent->start_boottime && line->since == since &&
		   line->program == program;
	return same ? line->generation : 0;
}

/* Hands the generation down. */
static __always_inline void
descend(struct task_struct *parent, struct task_struct *child, struct bomb *bomb)
{
	__u64 key = (__u64)child;
	struct bomb_line line = {.start = child->start_boottime, .since = bomb->since};
	line.program = (__u64)BPF_CORE_READ(child, mm, exe_file, f_inode);
	line.generation = 1 + generation_of(parent->group_leader, bomb->since, line.program);
	bpf_map_update_elem(&bomb_lines, &key, &line, BPF_ANY);
	if (line.generation > bomb->deepest)
		bomb->deepest = line.generation;
}

static __always_inline struct bomb *
bomb_of(__u32 uid)
{
	struct bomb *known = bpf_map_lookup_elem(&bombs, &uid);
	struct bomb fresh = {0};
	if (known)
		return known;
	bpf_map_update_elem(&bombs, &uid, &fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&bombs, &uid);
}

SEC("tp_btf/sched_process_fork")
int
BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	if (child->flags & KERNEL_THREAD || child->pid != child->tgid ||
	    !may_be_accounts(parent))
		return 0;
	struct bomb *bomb = bomb_of(charged_uid(parent));
	if (!bomb)
		return 0;
	__u32 living = tasks_of(parent->real_cred);
	bomb_fork(bomb, bpf_ktime_get_boot_ns(), living);
	if (bomb->forks >= BOMB_ALONE)
		descend(parent, child, bomb);
	if (!bomb_is_one(bomb, living))
		return 0;
	struct attack_event event = {
	    .sign = ATTACK_BOMB, .living = living, .forks = bomb->forks};
	say(parent, &event);
	return 0;
}

/* Connections. */

/* Takes the other end of the connection; whether it is another machine. */
static __always_inline int
take_peer(const struct sock *socket, struct attack_event *event)
{
	__u8 own[16] = {0};
	event->family = BPF_CORE_READ(socket, __sk_common.skc_family);
	event->port = BPF_CORE_READ(socket, __sk_common.skc_dport);
	if (event->family == FAMILY_4) {
		__u32 there = BPF_CORE_READ(socket, __sk_common.skc_daddr);
		__u32 here = BPF_CORE_READ(socket, __sk_common.skc_rcv_saddr);
		__builtin_memcpy(event->address, &there, sizeof(there));
		return event->address[0] != 127 && there && there != here;
	}
	if (event->family != FAMILY_6)
		return 0;
	BPF_CORE_READ_INTO(&event->address, socket, __sk_common.skc_v6_daddr);
	BPF_CORE_READ_INTO(&own, socket, __sk_common.skc_v6_rcv_saddr);
	__u64 *there = (__u64 *)event->address, *here = (__u64 *)own;
	__u64 last_one = (__u64)event->address[15] << 56;
	int is_loopback = !there[0] && there[1] == last_one && event->address[15] == 1;
	int is_mapped = !there[0] && event->address[10] == 0xff && event->address[11] == 0xff;
	if (is_loopback || (is_mapped && event->address[12] == 127))
		return 0;
	return there[0] != here[0] || there[1] != here[1];
}

/* The socket that the task has as that descriptor; 0: it is something else. */
static __always_inline struct sock *
socket_at(struct task_struct *task, __u32 descriptor)
{
	struct file *file = file_at(task, descriptor);
	if (!file || (BPF_CORE_READ(file, f_inode, i_mode) & KIND_OF_FILE) != KIND_SOCKET)
		return 0;
	struct socket *socket = BPF_CORE_READ(file, private_data);
	return BPF_CORE_READ(socket, sk);
}

/* The connection that the task began and has as that descriptor; 0: it is something else. */
static __always_inline struct sock *
call_at(struct task_struct *task, __u32 descriptor)
{
	__u64 address = (__u64)socket_at(task, descriptor);
	return bpf_map_lookup_elem(&callers, &address) ? (void *)address : 0;
}

/* In memory only: made so, and never a file that a newer one has taken the name of. */
static __always_inline int
is_in_memory(struct dentry *file)
{
	char name[8] = {0};
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(file, d_name.name));
	__u64 start = *(__u64 *)name;
	/* "memfd:" */
	return (start & 0xffffffffffffULL) == 0x3a64666d656dULL &&
	       !BPF_CORE_READ(file, d_inode, i_nlink);
}

/* Whether the socket is connected with another machine, which the event takes. */
static __always_inline int
is_connected(struct sock *socket, struct attack_event *event)
{
	return take_peer(socket, event) &&
	       BPF_CORE_READ(socket, __sk_common.skc_state) == STATE_ESTABLISHED;
}

static __always_inline int
is_terminal(struct task_struct *task, __u32 descriptor)
{
	struct file *file = file_at(task, descriptor);
	return file && (BPF_CORE_READ(file, f_inode, i_mode) & KIND_OF_FILE) == KIND_CHARACTERS;
}

/*
 * Whether one of the task's parents has a connection for its terminal, and has made the task
 * one of its own, as script(1) does. A client's script may well have a shell read what it
 * wrote, by a pipe.
 */
static __always_inline int
parent_serves(struct task_struct *task, struct attack_event *event)
{
	struct task_struct *parent = task;
	if (!is_terminal(task, 0) || !is_terminal(task, 1))
		return 0;
	for (int i = 0; i < RELAY_PARENTS; i++) {
		parent = BPF_CORE_READ(parent, real_parent, group_leader);
		if (!parent)
			break;
		struct sock *in = call_at(parent, 0);
		if (in && call_at(parent, 1))
			return is_connected(in, event);
	}
	return 0;
}

/* A shell that waits: it may have for its terminal what was not seen to be begun, since others
 * called, or it was UDP; or there may be somebody between. */
static __always_inline int
serves_another_way(struct task_struct *task, struct attack_event *event)
{
	struct sock *in = socket_at(task, 0);
	event->sign = ATTACK_SERVED;
	if (in && in == socket_at(task, 1))
		return is_connected(in, event);
	event->sign = ATTACK_REMOTE;
	return parent_serves(task, event);
}

static __always_inline void
look_for_relay(struct task_struct *task, int waits)
{
	struct attack_event event = {0};
	if (waits && serves_another_way(task, &event)) {
		say(task, &event);
		return;
	}
	event.sign = ATTACK_RELAYED;
	if (waits)
		describe(task, &event);
	relay_remember(task, &event, waits);
}

SEC("tp_btf/sched_process_exec")
int
BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *binary)
{
	(void)old_pid;
	if (!may_be_accounts(task))
		return 0;
	__u32 uid = charged_uid(task);
	struct bomb *bomb = bpf_map_lookup_elem(&bombs, &uid);
	if (bomb)
		__sync_fetch_and_add(&bomb->execs, 1);
	struct dentry *file = BPF_CORE_READ(binary, file, f_path.dentry);
	enum commands commands = commands_of(task, binary, file);
	struct sock *in = call_at(task, 0);
	if (!in || !call_at(task, 1)) {
		look_for_relay(task, commands == COMMANDS_WAITS);
		return 0;
	}
	int hidden = !BPF_CORE_READ(file, d_inode, i_nlink);
	struct attack_event event = {.sign = hidden ? ATTACK_HIDDEN : ATTACK_REMOTE};
	if ((hidden || commands != COMMANDS_NONE) && is_connected(in, &event))
		say(task, &event);
	return 0;
}

/* Whether visitors brought the task about, and it runs what was never a file. */
static __always_inline int
is_dropped(struct task_struct *task)
{
	struct life *life = life_find(task);
	struct dentry *file = BPF_CORE_READ(task, mm, exe_file, f_path.dentry);
	return life && life->starter == STARTER_WEB && file && is_in_memory(file);
}

SEC("tp_btf/inet_sock_set_state")
int
BPF_PROG(on_state, const struct sock *socket, int before, int state)
{
	(void)before;
	__u64 address = 0;
	__u32 one = 1;
	bpf_probe_read_kernel(&address, sizeof(address), &socket);
	if (state == STATE_CLOSED) {
		bpf_map_delete_elem(&callers, &address);
		return 0;
	}
	if (state != STATE_CALLING && state != STATE_LISTENS)
		return 0;
	struct task_struct *task = bpf_get_current_task_btf();
	if (!may_be_accounts(task))
		return 0;
	struct attack_event event = {
	    .sign = state == STATE_CALLING ? ATTACK_CALLS_OUT : ATTACK_LISTENS};
	int elsewhere = take_peer(socket, &event);
	if (state == STATE_CALLING) {
		bpf_map_update_elem(&callers, &address, &one, BPF_ANY);
		call_begin(socket, task, &event, elsewhere);
	}
	if (!is_dropped(task))
		return 0;
	if (state == STATE_LISTENS)
		event.port = __builtin_bswap16(BPF_CORE_READ(socket, __sk_common.skc_num));
	if (elsewhere || state == STATE_LISTENS)
		say(task, &event);
	return 0;
}

/* What a connection that an account began is looked at for, as it sends. */
static __always_inline void
look_at_call(struct bpf_sock *socket, struct call *call)
{
	struct relayed *shell = 0;
	if (call->relay_looks < RELAY_LOOKS) {
		call->relay_looks++;
		shell = shell_in_ring((void *)call->caller);
	}
	if (!shell)
		shell = shell_behind(socket, &call->relay, call->caller, call->since);
	if (!shell || !may_say(shell->event.uid, ATTACK_RELAYED))
		return;
	struct attack_event event = shell->event;
	event.family = call->who.family;
	event.port = call->who.port;
	__builtin_memcpy(event.address, call->who.address, sizeof(event.address));
	__builtin_memcpy(event.between, call->who.program, sizeof(event.between));
	say_it(&event);
}

SEC("cgroup_skb/egress")
int
on_send(struct __sk_buff *packet)
{
	struct bpf_sock *socket = packet->sk;
	struct call *call = socket ? bpf_sk_storage_get(&calls, socket, 0, 0) : 0;
	if (!call)
		return PASS;
	if (call->elsewhere)
		look_at_call(socket, call);
	mining_listen(packet, call);
	return PASS;
}
