/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/process.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/memory.h"
#include "sensors/counters.h"
#include "sensors/disk_time.h"
#include "sensors/disks.h"
#include "sensors/host.h"
#include "sensors/living.h"
#include "sensors/names.h"
#include "sensors/argv.h"
#include "sensors/rows.h"
#include "sensors/starts.h"

enum { IDLE_SCRIPT_MS = 10 * 60 * 1000, SWEEP_BUFFER = 65536, STRANGERS_MS = 60 * 1000 };

/* What only the sensor knows of a script's slot. */
struct slot_note {
	int64_t touched;  /* boot clock, ms: when it last counted or lived */
	bool told_before; /* a sensor before this one said its name */
	bool retiring;	  /* out of the index; free once no program can still be adding to it */
	uint32_t *ended;  /* runs reported so far, by step; NULL: none */
};

/* What only the sensor knows of an interpreter. */
struct interpreted_note {
	struct starts starts;
	uint32_t ended[RUN_STEPS]; /* runs of it that are in starts already */
};

struct sensor_process {
	int sweep; /* the iterator's link */
	int script_index;
	int free_scripts;
	int processors;
	struct uid_counters *uids;
	struct script_counters *scripts;
	struct interpreter_runs *interpreted; /* by number */
	struct interpreted_note *starts;      /* by number */
	struct sensor_state *state;
	struct ring_buffer *ring;
	struct names *names;
	struct disks *disks;
	struct disk_time *disk_time;
	int64_t strangers_at;	 /* boot clock, ms: when mounts were looked at */
	struct str strangers;	 /* a mount from another machine; "": none */
	bool disks_work;	 /* at the last frame */
	struct slot_note *notes; /* by slot */
	uint64_t unknown;	 /* events that were none or spoke of unknown names */
};

static int
duplicate(const struct named_fd *fds, size_t count, const char *name, int *ret_fd)
{
	int fd = named_fd_find(fds, count, name);
	if (fd < 0)
		return -EINVAL;
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (copy < 0)
		return -errno;
	*ret_fd = copy;
	return 0;
}

static int
map_memory(
    const struct named_fd *fds, size_t count, const char *name, size_t size, void **ret_memory)
{
	int fd = named_fd_find(fds, count, name);
	if (fd < 0)
		return -EINVAL;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (memory == MAP_FAILED)
		return -errno;
	*ret_memory = memory;
	return 0;
}

static int
take_event(void *context, void *bytes, size_t length)
{
	struct sensor_process *sensor = context;
	if (names_take_event(sensor->names, bytes, length))
		sensor->unknown++;
	return 0;
}

/* What is mounted changes seldom. */
static bool
has_strangers(struct sensor_process *sensor, int64_t now)
{
	if (!sensor->strangers_at || now - sensor->strangers_at >= STRANGERS_MS) {
		sensor->strangers_at = now > 0 ? now : 1;
		str_clear(&sensor->strangers);
		disks_have_strangers(sensor->disks, &sensor->strangers);
	}
	return sensor->strangers.length > 0;
}

static void
look_at_disks(
    struct sensor_process *sensor, int64_t now, uint64_t interval_ns, struct disks_use *ret_use)
{
	*ret_use = (struct disks_use){0};
	sensor->disks_work = sensor->state->tells_moved &&
			     !disks_look(sensor->disks, interval_ns, ret_use) &&
			     !has_strangers(sensor, now);
}

/* Whose the disks' time was, where it can be told. */
static void
charge_disks(struct sensor_process *sensor, struct rows *rows, struct frame *frame)
{
	struct disks_use use;
	uint64_t interval_ns = (uint64_t)frame->interval_ns;
	look_at_disks(sensor, frame->at, interval_ns, &use);
	if (sensor->disks_work) {
		frame->io_ns = interval_ns;
		frame->io_busy_ns = use.busy_ns;
	}
	disk_time_charge(sensor->disk_time, rows, &use, interval_ns);
}

static int
open_all(struct sensor_process *sensor, const struct named_fd *fds, size_t count)
{
	int status = duplicate(fds, count, "process.sweep", &sensor->sweep);
	if (!status)
		status = duplicate(fds, count, "process.script_index", &sensor->script_index);
	if (!status)
		status = duplicate(fds, count, "process.free_scripts", &sensor->free_scripts);
	if (!status)
		status = map_memory(fds, count, "process.uids",
		    UID_SLOTS * sizeof(struct uid_counters), (void **)&sensor->uids);
	if (!status)
		status = map_memory(fds, count, "process.scripts",
		    SCRIPT_SLOTS * sizeof(struct script_counters), (void **)&sensor->scripts);
	if (!status)
		status = map_memory(fds, count, "process.interpreted",
		    INTERPRETER_SLOTS * sizeof(struct interpreter_runs),
		    (void **)&sensor->interpreted);
	if (!status)
		status = map_memory(fds, count, "process.state", sizeof(struct sensor_state),
		    (void **)&sensor->state);
	if (status)
		return status;
	int names = named_fd_find(fds, count, "process.names");
	sensor->ring = names < 0 ? NULL : ring_buffer__new(names, take_event, sensor, NULL);
	return sensor->ring ? 0 : names < 0 ? -EINVAL : -errno;
}

static uint32_t
scripts_used(const struct sensor_process *sensor)
{
	uint32_t used = __atomic_load_n(&sensor->state->next_script, __ATOMIC_ACQUIRE);
	return used < SCRIPT_SLOTS ? used : SCRIPT_SLOTS;
}

static uint32_t
uids_used(const struct sensor_process *sensor)
{
	uint32_t used = __atomic_load_n(&sensor->state->next_uid, __ATOMIC_ACQUIRE) + 1;
	return used < UID_SLOTS ? used : UID_SLOTS;
}

/* The names that an earlier sensor heard are to be said again, at the next exec of each. */
static void
ask_for_names(struct sensor_process *sensor)
{
	for (uint32_t i = 0; i < scripts_used(sensor); i++) {
		if (sensor->scripts[i].named == NOT_NAMED)
			continue;
		sensor->notes[i].told_before = true;
		sensor->scripts[i].named = NAMED_BEFORE;
	}
}

int
sensor_process_open(const struct named_fd *fds, size_t count,
    const struct sensor_settings *settings, struct sensor_process **ret_sensor)
{
	(void)settings; /* the kernel programs were loaded with them */
	struct sensor_process *sensor = memory_new(1, sizeof(*sensor));
	sensor->sweep = sensor->script_index = sensor->free_scripts = -1;
	sensor->processors = host_processors_open();
	sensor->names = names_new();
	sensor->disks = disks_new("/proc", "/sys");
	sensor->disk_time = disk_time_new();
	sensor->notes = memory_new(SCRIPT_SLOTS, sizeof(*sensor->notes));
	sensor->starts = memory_new(INTERPRETER_SLOTS, sizeof(*sensor->starts));
	int status = open_all(sensor, fds, count);
	if (status) {
		sensor_process_free(sensor);
		return status;
	}
	struct disks_use before;
	look_at_disks(sensor, 0, 0, &before);
	ask_for_names(sensor);
	*ret_sensor = sensor;
	return 0;
}

static void
unmap(void *memory, size_t size)
{
	if (memory)
		munmap(memory, size);
}

void
sensor_process_free(struct sensor_process *sensor)
{
	if (!sensor)
		return;
	const int fds[] = {
	    sensor->sweep,
	    sensor->script_index,
	    sensor->free_scripts,
	    sensor->processors,
	};
	for (size_t i = 0; i < array_length(fds); i++)
		cleanup_fd(&fds[i]);
	unmap(sensor->uids, UID_SLOTS * sizeof(*sensor->uids));
	unmap(sensor->scripts, SCRIPT_SLOTS * sizeof(*sensor->scripts));
	unmap(sensor->interpreted, INTERPRETER_SLOTS * sizeof(*sensor->interpreted));
	unmap(sensor->state, sizeof(*sensor->state));
	ring_buffer__free(sensor->ring);
	names_free(sensor->names);
	disks_free(sensor->disks);
	disk_time_free(sensor->disk_time);
	str_done(&sensor->strangers);
	for (size_t i = 0; sensor->notes && i < SCRIPT_SLOTS; i++)
		free(sensor->notes[i].ended);
	free(sensor->notes);
	free(sensor->starts);
	free(sensor);
}

void
sensor_process_on_name(
    struct sensor_process *sensor, sensor_name_callback *callback, void *context)
{
	names_on_new(sensor->names, callback, context);
}

void
sensor_process_repeat_names(struct sensor_process *sensor)
{
	names_repeat(sensor->names);
}

/* The difference to what was reported, which it becomes. The kernel goes on adding meanwhile.
 */
static uint64_t
fresh(const __u64 *counter, __u64 *reported)
{
	uint64_t now = __atomic_load_n(counter, __ATOMIC_RELAXED);
	uint64_t difference = now - *reported;
	*reported = now;
	return difference;
}

static int
read_sweep(int sweep, struct living_set *living)
{
	auto_free char *buffer = memory_new(SWEEP_BUFFER, 1);
	size_t held = 0;
	for (;;) {
		ssize_t got = read(sweep, buffer + held, SWEEP_BUFFER - held);
		if (got < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (got <= 0)
			return got < 0 ? -errno : 0;
		held += (size_t)got;
		size_t whole = held / sizeof(struct living);
		for (size_t i = 0; i < whole; i++) {
			struct living task;
			memcpy(&task, buffer + i * sizeof(task), sizeof(task));
			living_set_add(living, &task);
		}
		held -= whole * sizeof(struct living);
		memmove(buffer, buffer + whole * sizeof(struct living), held);
	}
}

/* Charges the living for what they used so far, and puts them into the rows. */
static int
sweep_living(struct sensor_process *sensor, struct rows *rows)
{
	auto_fd int sweep = bpf_iter_create(sensor->sweep);
	if (sweep < 0)
		return -errno;
	struct living_set *living = living_set_new();
	int status = read_sweep(sweep, living);
	if (!status)
		living_set_give(living, rows);
	living_set_free(living);
	return status;
}

static uint64_t
report_shares(struct rows *rows, const struct uid_counters *of, uint64_t script,
    const __u64 counters[BY_COUNT], __u64 reported[BY_COUNT])
{
	uint64_t others = fresh(&counters[BY_OTHERS], &reported[BY_OTHERS]);
	uint64_t web = fresh(&counters[BY_WEB], &reported[BY_WEB]);
	rows_add_cpu(rows, of->uid, script, STARTER_UNKNOWN, others);
	rows_add_cpu(rows, of->uid, script, STARTER_WEB, web);
	return others + web;
}

static void
report_moved(struct frame_row *row, const __u64 moved[MOVE_COUNT], __u64 reported[MOVE_COUNT])
{
	row->read_bytes += fresh(&moved[MOVE_IN], &reported[MOVE_IN]);
	row->written_bytes += fresh(&moved[MOVE_OUT], &reported[MOVE_OUT]);
}

static void
report_uid(struct uid_counters *counters, struct rows *rows)
{
	uint64_t cpu_ns =
	    report_shares(rows, counters, 0, counters->cpu_ns, counters->reported_cpu_ns);
	report_shares(rows, counters, OTHER_SCRIPTS, counters->other_cpu_ns,
	    counters->reported_other_cpu_ns);
	struct frame_row *total = rows_get(rows, counters->uid, 0);
	total->inclusive_cpu_ns += cpu_ns;
	total->runs += fresh(&counters->runs, &counters->reported_runs);
	report_moved(total, counters->moved, counters->reported_moved);
	struct frame_row *other = rows_get(rows, counters->uid, OTHER_SCRIPTS);
	other->inclusive_cpu_ns +=
	    fresh(&counters->other_inclusive_ns, &counters->reported_other_inclusive_ns);
	other->runs += fresh(&counters->other_runs, &counters->reported_other_runs);
	report_moved(other, counters->other_moved, counters->reported_other_moved);
	__atomic_store_n(&counters->names, 0, __ATOMIC_RELAXED);
}

/*
 * Which runs ended. What an earlier sensor reported of them is not known, so what is
 * there when the slot is first looked at counts as reported.
 */
static void
report_ended(struct slot_note *note, const struct script_counters *counters, struct rows *rows)
{
	bool known = note->touched != 0;
	for (uint32_t step = 0; step < RUN_STEPS; step++) {
		uint32_t now = __atomic_load_n(&counters->ended[step], __ATOMIC_RELAXED);
		uint32_t before = note->ended ? note->ended[step] : 0;
		if (now == before)
			continue;
		if (!note->ended)
			note->ended = memory_new(RUN_STEPS, sizeof(*note->ended));
		note->ended[step] = now;
		if (known || !note->told_before)
			rows_add_ended(
			    rows, counters->uid, counters->script, step, now - before);
	}
}

/* Whether the script counted or lived in the interval. */
static bool
report_script(struct sensor_process *sensor, uint32_t slot, struct rows *rows)
{
	struct script_counters *counters = &sensor->scripts[slot];
	uint64_t script = counters->script;
	for (enum starter starter = STARTER_UNKNOWN; starter < STARTER_COUNT; starter++)
		rows_add_cpu(rows, counters->uid, script, starter,
		    fresh(&counters->cpu_ns[starter], &counters->reported_cpu_ns[starter]));
	struct frame_row *row = rows_get(rows, counters->uid, script);
	row->inclusive_cpu_ns +=
	    fresh(&counters->inclusive_ns, &counters->reported_inclusive_ns);
	row->runs += fresh(&counters->runs, &counters->reported_runs);
	report_moved(row, counters->moved, counters->reported_moved);
	uint64_t memory = __atomic_exchange_n(&counters->run_memory, 0, __ATOMIC_RELAXED);
	if (memory > row->run_memory)
		row->run_memory = memory;
	report_ended(&sensor->notes[slot], counters, rows);
	bool active = row->cpu_ns || row->inclusive_cpu_ns || row->runs || row->processes;
	if (active && !sensor->notes[slot].told_before &&
	    !names_know(sensor->names, counters->uid, script))
		rows_fold(rows, counters->uid, script);
	return active;
}

/* Takes the script out of the index. Its slot may still be added to for an instant. */
static void
retire(struct sensor_process *sensor, uint32_t slot)
{
	const struct script_counters *counters = &sensor->scripts[slot];
	struct script_key key = {.base = counters->base, .uid = counters->uid};
	if (bpf_map_delete_elem(sensor->script_index, &key))
		return;
	names_drop(sensor->names, counters->uid, counters->script);
	sensor->notes[slot].retiring = true;
}

static struct uid_counters *
find_uid(struct sensor_process *sensor, uint32_t uid)
{
	for (uint32_t i = 0; i < uids_used(sensor); i++)
		if (sensor->uids[i].used && sensor->uids[i].uid == uid)
			return &sensor->uids[i];
	return NULL;
}

/* Gives a retired slot back to its uid's quota and to everybody. */
static void
release(struct sensor_process *sensor, uint32_t slot)
{
	struct uid_counters *owner = find_uid(sensor, sensor->scripts[slot].uid);
	if (owner)
		__atomic_fetch_sub(&owner->scripts, 1, __ATOMIC_RELAXED);
	sensor->scripts[slot] = (struct script_counters){0};
	free(sensor->notes[slot].ended);
	sensor->notes[slot] = (struct slot_note){0};
	bpf_map_update_elem(sensor->free_scripts, NULL, &slot, BPF_ANY);
}

static void
report_slot(struct sensor_process *sensor, uint32_t slot, int64_t now, struct rows *rows)
{
	struct slot_note *note = &sensor->notes[slot];
	if (!sensor->scripts[slot].script)
		return;
	bool active = report_script(sensor, slot, rows);
	if (active || !note->touched)
		note->touched = now;
	if (note->retiring)
		release(sensor, slot);
	else if (now - note->touched > IDLE_SCRIPT_MS)
		retire(sensor, slot);
}

/* Learns what interpreters need to start, for the kernel programs to heed. */
static void
learn_starts(struct sensor_process *sensor, int64_t now)
{
	for (size_t number = 0; number <= argv_interpreter_count(); number++) {
		struct interpreter_runs *runs = &sensor->interpreted[number];
		struct interpreted_note *note = &sensor->starts[number];
		for (uint32_t step = 0; step < RUN_STEPS; step++) {
			uint32_t ended = __atomic_load_n(&runs->ended[step], __ATOMIC_RELAXED);
			starts_add(&note->starts, step, ended - note->ended[step]);
			note->ended[step] = ended;
		}
		starts_age(&note->starts, now);
		runs->start_ns = starts_believed(&note->starts,
		    number ? argv_interpreter_at(number - 1).start_ms : PROGRAM_START_MS);
	}
}

static struct frame
frame_begin(struct sensor_process *sensor, int64_t now)
{
	struct sensor_state *state = sensor->state;
	int64_t interval = now - state->reported_at;
	struct frame frame = {.at = now, .memory = host_memory(), .lost = state->lost};
	frame.interval_ns = (interval > 0 ? interval : 1) * 1000000;
	frame.cpu_ns = (uint64_t)frame.interval_ns * host_processors(sensor->processors);
	state->reported_at = now;
	return frame;
}

int
sensor_process_hear_names(struct sensor_process *sensor)
{
	return ring_buffer__consume(sensor->ring) < 0 ? -EIO : 0;
}

int
sensor_process_frame(
    struct sensor_process *sensor, int64_t now, struct arena *arena, struct frame *ret_frame)
{
	struct rows *rows = rows_new();
	int status = sweep_living(sensor, rows);
	if (!status)
		status = sensor_process_hear_names(sensor);
	if (!status) {
		struct frame frame = frame_begin(sensor, now);
		for (uint32_t i = 0; i < uids_used(sensor); i++)
			if (sensor->uids[i].used)
				report_uid(&sensor->uids[i], rows);
		for (uint32_t i = 0; i < scripts_used(sensor); i++)
			report_slot(sensor, i, now, rows);
		learn_starts(sensor, now);
		charge_disks(sensor, rows, &frame);
		rows_give(rows, arena, &frame);
		*ret_frame = frame;
	}
	rows_free(rows);
	return status;
}

uint32_t
sensor_process_unserved(const struct sensor_process *sensor)
{
	return __atomic_load_n(&sensor->state->unserved, __ATOMIC_RELAXED);
}

bool
sensor_process_tells_disks(const struct sensor_process *sensor)
{
	return sensor->disks_work;
}

void
sensor_process_describe_disks(const struct sensor_process *sensor, struct str *out)
{
	if (sensor->disks_work)
		return;
	if (!sensor->state->tells_moved)
		str_add(out, "disks: this kernel does not count what tasks read and write\n");
	else if (sensor->strangers.length)
		str_addf(out,
		    "disks: '%s' lies on another machine, and nothing tells which "
		    "bytes went there\n",
		    str_text(&sensor->strangers));
	else
		str_add(out, "disks: no disk here whose work is counted\n");
}

void
sensor_process_describe_lost(const struct sensor_process *sensor, struct str *out)
{
	uint64_t late = sensor->state->lost + sensor->unknown;
	const char *between = "";
	if (late) {
		str_addf(out, "%llu names of scripts came late", (unsigned long long)late);
		between = "; ";
	}
	if (sensor->state->missed) {
		str_addf(out, "%sthe ends of %llu tasks were not seen", between,
		    (unsigned long long)sensor->state->missed);
		between = "; ";
	}
	if (sensor->state->crowded)
		str_addf(out,
		    "%s%llu tasks were too many, and count for their accounts and for no "
		    "script",
		    between, (unsigned long long)sensor->state->crowded);
}

void
sensor_process_describe(const struct sensor_process *sensor, struct str *out)
{
	auto_str lost = {0};
	uint32_t scripts = 0;
	for (uint32_t i = 0; i < scripts_used(sensor); i++)
		scripts += sensor->scripts[i].script != 0;
	str_addf(out,
	    "kernel programs count every process to its end; %u uids, %u scripts seen",
	    uids_used(sensor) - 1, scripts);
	sensor_process_describe_lost(sensor, &lost);
	if (lost.length)
		str_addf(out, "; %s", str_text(&lost));
	str_add(out, "\n");
}
