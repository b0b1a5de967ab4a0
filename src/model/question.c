/* SPDX-License-Identifier: Apache-2.0 */
#include "model/question.h"

enum { LONGEST_PATH = 4096 };

void
question_encode(const struct question *question, struct str *out)
{
	wire_put_u64(out, question->id);
	wire_put_u32(out, question->kind);
	wire_put_u32(out, question->pid);
	wire_put_u64(out, question->pid_start);
	wire_put_u32(out, question->account);
	wire_put_text(out, question->path);
}

int
question_decode(
    const void *bytes, size_t length, struct arena *arena, struct question *ret_question)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct question question = {0};
	question.id = wire_get_u64(&reader);
	question.kind = wire_get_below(&reader, QUESTION_KIND_COUNT);
	question.pid = wire_get_u32(&reader);
	question.pid_start = wire_get_u64(&reader);
	question.account = wire_get_u32(&reader);
	question.path = wire_get_text(&reader, arena, LONGEST_PATH);
	int status = wire_end(&reader);
	if (!status)
		*ret_question = question;
	return status;
}

void
answer_encode(const struct answer *answer, struct str *out)
{
	wire_put_u64(out, answer->id);
	wire_put_u32(out, answer->kind);
	wire_put_u32(out, (uint32_t)answer->status);
	wire_put_u32(out, answer->uid);
	wire_put_u64(out, answer->memory);
	wire_put_u64(out, answer->counted);
	wire_put_u32(out, answer->owner);
	wire_put_u32(out, answer->mode);
	wire_put_u32(out, answer->links);
	wire_put_u64(out, answer->device);
	wire_put_u64(out, answer->inode);
	wire_put_u64(out, answer->directory_device);
	wire_put_u64(out, answer->directory_inode);
	wire_put_i64(out, answer->size);
	wire_put_u32(out, answer->processes);
	wire_put_i64(out, answer->cpu_ms);
	wire_put_text(out, answer->path);
}

int
answer_decode(const void *bytes, size_t length, struct arena *arena, struct answer *ret_answer)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct answer answer = {0};
	answer.id = wire_get_u64(&reader);
	answer.kind = wire_get_below(&reader, QUESTION_KIND_COUNT);
	answer.status = (int32_t)wire_get_u32(&reader);
	answer.uid = wire_get_u32(&reader);
	answer.memory = wire_get_u64(&reader);
	answer.counted = wire_get_u64(&reader);
	answer.owner = wire_get_u32(&reader);
	answer.mode = wire_get_u32(&reader);
	answer.links = wire_get_u32(&reader);
	answer.device = wire_get_u64(&reader);
	answer.inode = wire_get_u64(&reader);
	answer.directory_device = wire_get_u64(&reader);
	answer.directory_inode = wire_get_u64(&reader);
	answer.size = wire_get_i64(&reader);
	answer.processes = wire_get_u32(&reader);
	answer.cpu_ms = wire_get_i64(&reader);
	answer.path = wire_get_text(&reader, arena, LONGEST_PATH);
	int status = wire_end(&reader);
	if (!status)
		*ret_answer = answer;
	return status;
}
