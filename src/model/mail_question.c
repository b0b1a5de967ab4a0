/* SPDX-License-Identifier: Apache-2.0 */
#include "model/mail_question.h"

#include "base/wire.h"

static void
put_end(struct str *out, const struct mail_end *end)
{
	wire_put_text(out, end->address);
	wire_put_u32(out, end->port);
}

static struct mail_end
get_end(struct wire_reader *reader)
{
	struct mail_end end = {0};
	wire_get_text_into(reader, end.address, sizeof(end.address));
	end.port = (uint16_t)wire_get_below(reader, UINT16_MAX + 1);
	return end;
}

void
mail_question_encode(const struct mail_question *question, struct str *out)
{
	wire_put_u64(out, question->id);
	wire_put_u32(out, question->kind);
	wire_put_u32(out, question->pid);
	wire_put_u32(out, question->server);
	wire_put_text(out, question->queue_id);
	put_end(out, &question->client);
	put_end(out, &question->here);
}

int
mail_question_decode(const void *bytes, size_t length, struct mail_question *ret_question)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct mail_question question = {0};
	question.id = wire_get_u64(&reader);
	question.kind = wire_get_below(&reader, MAIL_QUESTION_KINDS);
	question.pid = wire_get_u32(&reader);
	question.server = wire_get_u32(&reader);
	wire_get_text_into(&reader, question.queue_id, sizeof(question.queue_id));
	question.client = get_end(&reader);
	question.here = get_end(&reader);
	int status = wire_end(&reader);
	if (!status)
		*ret_question = question;
	return status;
}

void
mail_answer_encode(const struct mail_answer *answer, struct str *out)
{
	wire_put_u64(out, answer->id);
	wire_put_i64(out, answer->status);
	wire_put_u32(out, answer->uid);
}

int
mail_answer_decode(const void *bytes, size_t length, struct mail_answer *ret_answer)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct mail_answer answer = {0};
	answer.id = wire_get_u64(&reader);
	answer.status = (int)wire_get_i64(&reader);
	answer.uid = wire_get_u32(&reader);
	int status = wire_end(&reader);
	if (!status)
		*ret_answer = answer;
	return status;
}
