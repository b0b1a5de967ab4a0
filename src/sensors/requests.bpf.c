/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which script does a worker of PHP run? It lives on from request to request and
 * executes nothing, but PHP says at two places of its own (the USDT probes
 * request__startup and request__shutdown, which Debian's builds have) when a
 * request begins, of which file, and when it ends. Between the two the task is
 * charged to that file; whatever it starts meanwhile inherits that.
 *
 * The kernel brings a running task's time up to date at ticks and switches only,
 * too seldom for a page of 2 ms. What is missing is what the run queue's clocks
 * went on since, and from their last update to now, by our clock. How far the two are
 * apart is the least distance seen on this processor lately: right behind an update
 * there is none. (The clock of tasks cannot be asked for that: on a virtual machine it
 * stands still while the host runs another, so the distance grows.) An error of it
 * moves time between a script and its worker, and makes none.
 */
#include <linux/bpf.h>
#include <linux/types.h>
#include <linux/ptrace.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "sensors/account.bpf.h"
#include "sensors/counters.h"
#include "sensors/kernel_clock_types.h"
#include "sensors/kernel_types.h"
#include "sensors/program.bpf.h"
#include "sensors/run.bpf.h"
#include "sensors/starter.bpf.h"
#include "sensors/who.bpf.h"

const char program_license[] SEC("license") = "Dual BSD/GPL";

enum {
	REQUEST_ROOMS = 16,
	KEPT_FILE = 256, /* bytes of a name; what is longer is taken apart each time */
	TWICE_WITHIN = 50000,	/* ns: one file that is attached by two names tells twice */
	LONGEST_TICK = 20000000 /* ns; what is later than that is no time of a running task */
};

/*
 * A worker: what it was charged to before its request, and since when, in its own processor
 * time. Most ask for the file again that they asked for last, so what its name came to is kept.
 */
struct worker {
	__u64 base;
	__u64 root_base;
	__u64 from;
	__u64 born; /* when it began: one that died has a successor under its address */
	__u64 at;   /* ns of our clock */
	__u16 flags;
	__u16 is_busy; /* in a request */
	__u32 length;  /* of the file's name, its NUL included; 0: none is kept */
	struct argv_scan scan;
	union {
		unsigned char file[KEPT_FILE];
		__u64 words[KEPT_FILE / sizeof(__u64)];
	};
};

/* By its address. Nobody sees it end, so the oldest make room. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, struct worker);
} workers SEC(".maps");

static const struct worker newcomer;

/* These programs can be preempted by each other, so a room is taken and given back. */
struct request_room {
	__u32 taken;
	__u32 padding;
	struct room room;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, REQUEST_ROOMS);
	__type(key, __u32);
	__type(value, struct request_room);
} request_rooms SEC(".maps");

struct clocks {
	__u64 apart; /* ours less the run queue's, ns */
	__u64 at;    /* when that was last seen */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct clocks);
} clocks SEC(".maps");

static __always_inline struct request_room *
room_take(void)
{
	__u32 first = bpf_get_smp_processor_id();
	for (__u32 i = 0; i < REQUEST_ROOMS; i++) {
		__u32 at = (first + i) % REQUEST_ROOMS;
		struct request_room *room = bpf_map_lookup_elem(&request_rooms, &at);
		if (room && !__sync_val_compare_and_swap(&room->taken, 0, 1))
			return room;
	}
	return 0;
}

/* What has passed since the run queue's clock was brought up to date. Clocks drift by a thousandth at
   most. */
static __always_inline __u64
since_update(const struct rq *queue)
{
	__u32 zero = 0;
	__u64 now = bpf_ktime_get_ns();
	__u64 distance = now - queue->clock;
	struct clocks *known = bpf_map_lookup_elem(&clocks, &zero);
	if (!known)
		return 0;
	__u64 apart = known->apart + (now - known->at) / 1000;
	if (!known->at || (__s64)(distance - apart) < 0)
		apart = distance;
	known->apart = apart;
	known->at = now;
	return distance - apart;
}

/* What the running task has used up to now. */
static __always_inline __u64
used_until_now(const struct task_struct *task)
{
	if (!bpf_core_field_exists(task->se.cfs_rq))
		return task->se.sum_exec_runtime;
	const struct rq *queue = task->se.cfs_rq->rq;
	__u64 running = queue->clock_task - task->se.exec_start + since_update(queue);
	return task->se.sum_exec_runtime + (running < LONGEST_TICK ? running : 0);
}

static __always_inline struct worker *
worker_find(const struct task_struct *task)
{
	__u64 key = (__u64)task;
	struct worker *worker = bpf_map_lookup_elem(&workers, &key);
	return worker && worker->born == task->start_boottime ? worker : 0;
}

static __always_inline struct worker *
worker_get(const struct task_struct *task)
{
	__u64 key = (__u64)task;
	struct worker *worker = worker_find(task);
	if (worker || bpf_map_update_elem(&workers, &key, &newcomer, BPF_ANY))
		return worker;
	worker = bpf_map_lookup_elem(&workers, &key);
	if (worker)
		worker->born = task->start_boottime;
	return worker;
}

static __always_inline void
request_end(struct task_struct *task, struct life *life, struct worker *worker)
{
	if (!worker->is_busy)
		return;
	charge_up_to(task, life, used_until_now(task));
	count_ended(life, life->counted_ns > worker->from ? life->counted_ns - worker->from : 0);
	life->base = worker->base;
	life->root_base = worker->root_base;
	life->flags = worker->flags;
	worker->is_busy = 0;
}

/* Whether the worker was asked for that file the last time: whole words, then what is left. */
static __always_inline int
is_kept(const struct worker *worker, const struct room *room, __u32 length)
{
	const __u64 *words = (const __u64 *)room->event.bytes;
	if (worker->length != length || length > KEPT_FILE)
		return 0;
	for (__u32 i = 0; i < KEPT_FILE / sizeof(__u64); i++) {
		__u32 left = length - i * (__u32)sizeof(__u64);
		if (left < sizeof(__u64))
			return !left || !((worker->words[i] ^ words[i]) << (64 - 8 * left));
		if (worker->words[i] != words[i])
			return 0;
	}
	return 1;
}

static __always_inline void
scan_file(struct room *room, __u32 length)
{
	static const struct interpreter no_options;
	struct scanning scanning = {.interpreter = &no_options, .room = room};
	room->scan = argv_scan_start(ARGV_START);
	room->scan.wanted = WANT_SCRIPT;
	bpf_loop(length & (2 * ARGV_WINDOW - 1), scan_byte, &scanning, 0);
}

/* The file of the request, absolute as the web server gave it, into the room. */
static __always_inline int
read_file(struct task_struct *task, struct worker *worker, struct room *room, const void *file)
{
	long size = bpf_probe_read_user_str(room->event.bytes, ARGV_WINDOW, file);
	if (size < 2 || room->event.bytes[0] != '/')
		return 0;
	room->event.head.letter = 0;
	room->mounts = private_mounts(task);
	if (is_kept(worker, room, (__u32)size)) {
		room->scan = worker->scan;
		return 1;
	}
	scan_file(room, (__u32)size);
	if (!argv_has_script(&room->scan))
		return 0;
	worker->length = 0;
	if (size <= KEPT_FILE) {
		__builtin_memcpy(worker->file, room->event.bytes, KEPT_FILE);
		worker->scan = room->scan;
		worker->length = (__u32)size;
	}
	return 1;
}

/* Which PHP it is, for whoever hears the script's name for the first time. */
static __always_inline void
say_script(struct task_struct *task, struct room *room, struct program *program,
    struct script_counters *counters)
{
	struct dentry *php = BPF_CORE_READ(task, mm, exe_file, f_path.dentry);
	if (php && bpf_probe_read_kernel_str(room->event.program, PROGRAM_NAME,
		       BPF_CORE_READ(php, d_name.name)) >= 0)
		say_name(task, room, program, counters);
}

static __always_inline void
request_begin(
    struct task_struct *task, struct life *life, struct worker *worker, struct room *room)
{
	struct program program = {0};
	program_script(task, room, &program);
	charge_up_to(task, life, used_until_now(task));
	worker->base = life->base;
	worker->root_base = life->root_base;
	worker->from = life->counted_ns;
	worker->at = bpf_ktime_get_ns();
	worker->flags = life->flags;
	worker->is_busy = 1;
	life->base = life->root_base = program.base;
	life->flags |= LIFE_STRONG;
	struct script_counters *counters = script_get(life->base, life->uid, life->uid);
	if (!counters)
		return;
	add_to(counters->runs, 1);
	if (counters->named != NAMED)
		say_script(task, room, &program, counters);
}

static __always_inline void
begin(struct task_struct *task, const void *file)
{
	struct life *life = life_get(task);
	struct worker *worker = life ? worker_get(task) : 0;
	if (!worker || (worker->is_busy && bpf_ktime_get_ns() - worker->at < TWICE_WITHIN))
		return;
	request_end(task, life, worker);
	life_follow_uid(life, charged_uid(task));
	struct request_room *taken = room_take();
	if (!taken)
		return;
	if (read_file(task, worker, &taken->room, file))
		request_begin(task, life, worker, &taken->room);
	taken->taken = 0;
}

enum { MOST_REGISTERS = 16 };

/* Where the probe has its first argument: which word of struct pt_regs. */
static __always_inline __u64
first_argument(struct pt_regs *registers)
{
	__u64 words[MOST_REGISTERS] = {0};
	__u64 word = bpf_get_attach_cookie(registers);
	bpf_probe_read_kernel(words, sizeof(words), registers);
	return word < MOST_REGISTERS ? words[word] : 0;
}

SEC("uprobe")
int
on_request(struct pt_regs *registers)
{
	begin(bpf_get_current_task_btf(), (void *)first_argument(registers));
	return 0;
}

SEC("uprobe")
int
on_request_end(struct pt_regs *registers)
{
	(void)registers;
	struct task_struct *task = bpf_get_current_task_btf();
	struct life *life = life_find(task);
	struct worker *worker = life ? worker_find(task) : 0;
	if (worker)
		request_end(task, life, worker);
	return 0;
}
