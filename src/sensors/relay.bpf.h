/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Shells that have somebody between them and the connection that they serve: whoever
 * has called elsewhere, and
 *
 *      is the shell's parent and has the connection for its own terminal, or
 *      gives out what the shell reads, and is given what it writes, by pipes, or
 *      is a parent of it and hands on byte by byte (relay.h).
 *
 * Only a shell that waits for commands counts, not one that runs a script or a line.
 */
#ifndef SENSORS_RELAY_BPF_H
#define SENSORS_RELAY_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "sensors/account.bpf.h"
#include "sensors/attack_events.h"
#include "sensors/descriptor.bpf.h"
#include "sensors/relay.h"

enum {
	KIND_PIPE = 0010000, /* S_IFIFO */
	RELAY_PARENTS = 3,
	RELAY_LOOKS = 64, /* at pipes, of one connection */
	RELAY_FEEDS = 5,  /* descriptors of who stands before the shell */
	RELAY_OUTPUTS = 8192,
	RELAY_SHELLS = 4096,
};

/* A process that executed a program, and if it is a shell that waits, what to say of it. */
struct relayed {
	__u64 task;
	__u64 start;
	__u64 above; /* when the parent began whose entry it is */
	__u64 waits;
	struct attack_event event;
};

/* By the inode of the pipe that is its output. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RELAY_OUTPUTS);
	__type(key, __u64);
	__type(value, struct relayed);
} outputs SEC(".maps");

/* By each of its parents. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, RELAY_SHELLS);
	__type(key, __u64);
	__type(value, struct relayed);
} shells_below SEC(".maps");

struct task_io_accounting___read {
	__u64 rchar;
} relocated;

struct task_struct___read {
	struct task_io_accounting___read ioac;
} relocated;

struct tcp_sock {
	__u32 copied_seq;
} relocated;

static __always_inline int
is_alive(const struct relayed *seen)
{
	struct task_struct *task = (void *)seen->task;
	return BPF_CORE_READ(task, start_boottime) == seen->start;
}

/* The inode of the pipe that the task has as that descriptor; 0: it is something else. */
static __always_inline __u64
pipe_at(struct task_struct *task, __u32 descriptor)
{
	struct file *file = file_at(task, descriptor);
	struct inode *inode = file ? BPF_CORE_READ(file, f_inode) : 0;
	if (!inode || (BPF_CORE_READ(inode, i_mode) & KIND_OF_FILE) != KIND_PIPE)
		return 0;
	return (__u64)inode;
}

/* A program was executed; the event describes it if it is a shell that waits. */
static __always_inline void
relay_remember(struct task_struct *task, const struct attack_event *event, int waits)
{
	__u64 output = pipe_at(task, 1);
	if (!output && !waits)
		return;
	struct relayed seen = {.start = task->start_boottime, .waits = (__u64)waits};
	seen.task = plain_address(task);
	if (waits)
		seen.event = *event;
	if (output)
		bpf_map_update_elem(&outputs, &output, &seen, BPF_ANY);
	struct task_struct *parent = task;
	for (int i = 0; waits && i < RELAY_PARENTS; i++) {
		parent = BPF_CORE_READ(parent, real_parent, group_leader);
		__u64 address = (__u64)parent;
		if (!address)
			break;
		seen.above = BPF_CORE_READ(parent, start_boottime);
		bpf_map_update_elem(&shells_below, &address, &seen, BPF_ANY);
	}
}

/* Whether the shell reads what goes into the pipe, itself or by one who hands it on. */
static __always_inline int
reads_from(const struct relayed *shell, __u64 pipe)
{
	__u64 input = pipe_at((void *)shell->task, 0);
	if (!input || input == pipe)
		return input != 0;
	struct relayed *before = bpf_map_lookup_elem(&outputs, &input);
	if (!before || !is_alive(before) || pipe_at((void *)before->task, 1) != input)
		return 0;
	for (__u32 i = 0; i < RELAY_FEEDS; i++)
		if (pipe_at((void *)before->task, i) == pipe)
			return i != 1;
	return 0;
}

/* The shell that the caller gives out to, and is given from, by pipes that are its terminal.
 */
static __always_inline struct relayed *
shell_in_ring(struct task_struct *caller)
{
	__u64 in = pipe_at(caller, 0), out = in ? pipe_at(caller, 1) : 0;
	struct relayed *shell = out && out != in ? bpf_map_lookup_elem(&outputs, &in) : 0;
	if (!shell || !shell->waits || !is_alive(shell) ||
	    pipe_at((void *)shell->task, 1) != in)
		return 0;
	return reads_from(shell, out) ? shell : 0;
}

/* The shell below the caller that reads byte by byte what the connection brings. */
static __always_inline struct relayed *
shell_behind(struct bpf_sock *socket, struct relay *relay, __u64 caller, __u64 since)
{
	struct relayed *shell = bpf_map_lookup_elem(&shells_below, &caller);
	if (!shell || shell->above != since || !is_alive(shell))
		return 0;
	struct task_struct___read *reader = (void *)shell->task;
	struct tcp_sock *connection = bpf_skc_to_tcp_sock(socket);
	if (!connection || !bpf_core_field_exists(reader->ioac.rchar))
		return 0;
	__u32 read = (__u32)BPF_CORE_READ(reader, ioac.rchar);
	return relay_is_one(relay, shell->start, connection->copied_seq, read) ? shell : 0;
}

#endif
