/* SPDX-License-Identifier: Apache-2.0 */
#include "model/frame.h"

enum {
	ROW_SIZE = 6 * 4 + 11 * 8,
	TARGET_SIZE = 4 + 8,
	STEP_SIZE = 1 + 4,
	LONGEST_PATH = 4096,
	LONGEST_INTERPRETER = 64
};

static void
row_encode(const struct frame_row *row, struct str *out)
{
	wire_put_u32(out, row->uid);
	wire_put_u32(out, row->processes);
	wire_put_u64(out, row->script);
	wire_put_u64(out, row->cpu_ns);
	wire_put_u64(out, row->web_cpu_ns);
	wire_put_u64(out, row->inclusive_cpu_ns);
	wire_put_u64(out, row->memory);
	wire_put_u64(out, row->runs);
	wire_put_u64(out, row->read_bytes);
	wire_put_u64(out, row->written_bytes);
	wire_put_u64(out, row->io_ns);
	wire_put_u32(out, row->pid);
	wire_put_u64(out, row->pid_start);
	wire_put_u32(out, row->other_count);
	for (uint32_t i = 0; i < row->other_count; i++) {
		wire_put_u32(out, row->others[i].pid);
		wire_put_u64(out, row->others[i].start);
	}
	wire_put_u32(out, row->starter);
	wire_put_u64(out, row->run_memory);
	wire_put_u32(out, row->step_count);
	for (uint32_t i = 0; i < row->step_count; i++) {
		wire_put_u8(out, row->steps[i].step);
		wire_put_u32(out, row->steps[i].count);
	}
}

static void
others_decode(struct wire_reader *reader, struct arena *arena, struct frame_row *row)
{
	row->other_count = wire_get_count(reader, TARGET_SIZE);
	row->others = arena_alloc(arena, row->other_count * sizeof(*row->others));
	for (uint32_t i = 0; i < row->other_count; i++) {
		row->others[i].pid = wire_get_u32(reader);
		row->others[i].start = wire_get_u64(reader);
	}
}

static struct frame_row
row_decode(struct wire_reader *reader, struct arena *arena)
{
	struct frame_row row = {0};
	row.uid = wire_get_u32(reader);
	row.processes = wire_get_u32(reader);
	row.script = wire_get_u64(reader);
	row.cpu_ns = wire_get_u64(reader);
	row.web_cpu_ns = wire_get_u64(reader);
	row.inclusive_cpu_ns = wire_get_u64(reader);
	row.memory = wire_get_u64(reader);
	row.runs = wire_get_u64(reader);
	row.read_bytes = wire_get_u64(reader);
	row.written_bytes = wire_get_u64(reader);
	row.io_ns = wire_get_u64(reader);
	row.pid = wire_get_u32(reader);
	row.pid_start = wire_get_u64(reader);
	others_decode(reader, arena, &row);
	row.starter = wire_get_below(reader, STARTER_COUNT);
	row.run_memory = wire_get_u64(reader);
	row.step_count = wire_get_count(reader, STEP_SIZE);
	row.steps = arena_alloc(arena, row.step_count * sizeof(*row.steps));
	for (uint32_t i = 0; i < row.step_count; i++) {
		uint8_t step = wire_get_u8(reader);
		row.steps[i].step = step < RUN_STEPS ? step : 0;
		row.steps[i].count = wire_get_u32(reader);
	}
	return row;
}

void
frame_encode(const struct frame *frame, struct str *out)
{
	wire_put_i64(out, frame->at);
	wire_put_i64(out, frame->interval_ns);
	wire_put_u64(out, frame->cpu_ns);
	wire_put_u64(out, frame->memory);
	wire_put_u64(out, frame->io_ns);
	wire_put_u64(out, frame->io_busy_ns);
	wire_put_u64(out, frame->lost);
	wire_put_u32(out, frame->row_count);
	for (uint32_t i = 0; i < frame->row_count; i++)
		row_encode(&frame->rows[i], out);
}

int
frame_decode(const void *bytes, size_t length, struct arena *arena, struct frame *ret_frame)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct frame frame = {0};
	frame.at = wire_get_i64(&reader);
	frame.interval_ns = wire_get_i64(&reader);
	frame.cpu_ns = wire_get_u64(&reader);
	frame.memory = wire_get_u64(&reader);
	frame.io_ns = wire_get_u64(&reader);
	frame.io_busy_ns = wire_get_u64(&reader);
	frame.lost = wire_get_u64(&reader);
	frame.row_count = wire_get_count(&reader, ROW_SIZE);
	frame.rows = arena_alloc(arena, frame.row_count * sizeof(*frame.rows));
	for (uint32_t i = 0; i < frame.row_count; i++)
		frame.rows[i] = row_decode(&reader, arena);
	int status = wire_end(&reader);
	if (!status)
		*ret_frame = frame;
	return status;
}

void
script_name_encode(const struct script_name *name, struct str *out)
{
	wire_put_u64(out, name->script);
	wire_put_u32(out, name->uid);
	wire_put_u64(out, name->mount_namespace);
	wire_put_u64(out, name->device);
	wire_put_u64(out, name->inode);
	wire_put_text(out, name->path);
	wire_put_text(out, name->interpreter);
}

int
script_name_decode(
    const void *bytes, size_t length, struct arena *arena, struct script_name *ret_name)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct script_name name = {0};
	name.script = wire_get_u64(&reader);
	name.uid = wire_get_u32(&reader);
	name.mount_namespace = wire_get_u64(&reader);
	name.device = wire_get_u64(&reader);
	name.inode = wire_get_u64(&reader);
	name.path = wire_get_text(&reader, arena, LONGEST_PATH);
	name.interpreter = wire_get_text(&reader, arena, LONGEST_INTERPRETER);
	int status = wire_end(&reader);
	if (!status)
		*ret_name = name;
	return status;
}
