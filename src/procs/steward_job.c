/* SPDX-License-Identifier: Apache-2.0 */
#include "procs/steward_job.h"

#include <errno.h>

enum { LONGEST_NEWS_TEXT = 4000 };

enum holds {
	HOLDS_NOTHING,
	HOLDS_REQUEST,
	HOLDS_OPENING,
	HOLDS_SCRIPTS,
	HOLDS_ACTION,
	HOLDS_TURN
};

static const struct {
	const char *word;
	enum holds holds;
} kinds[] = {
#define JOB(symbol, word, holds) {word, HOLDS_##holds},
#include "procs/jobs.def"
#undef JOB
};

const char *
job_word(enum job_kind kind)
{
	return kinds[kind].word;
}

void
job_encode(uint64_t id, enum job_kind kind, uint32_t account, const struct str *payload,
    struct str *out)
{
	wire_put_u64(out, id);
	wire_put_u32(out, kind);
	wire_put_u32(out, account);
	wire_put_bytes(out, payload->data, payload->length);
}

void
stored_turn_encode(const struct stored_turn *turn, struct str *out)
{
	wire_put_u32(out, turn->first);
	wire_put_i64(out, turn->size);
	wire_put_i64(out, turn->age);
	wire_put_i64(out, turn->kept);
}

static int
stored_turn_decode(const void *bytes, size_t length, struct stored_turn *ret_turn)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct stored_turn turn = {.first = wire_get_u32(&reader)};
	turn.size = wire_get_i64(&reader);
	turn.age = wire_get_i64(&reader);
	turn.kept = wire_get_i64(&reader);
	int status = wire_end(&reader);
	if (!status && (turn.size < 0 || turn.age < 0 || turn.kept < 0))
		status = -EBADMSG;
	if (!status)
		*ret_turn = turn;
	return status;
}

static int
decode_payload(struct job *job, const void *bytes, size_t length, struct arena *arena)
{
	switch (kinds[job->kind].holds) {
	case HOLDS_NOTHING:
		return length ? -EBADMSG : 0;
	case HOLDS_REQUEST:
		return request_decode(bytes, length, &job->request);
	case HOLDS_OPENING:
		return opening_decode(bytes, length, &job->opening);
	case HOLDS_SCRIPTS:
		return closed_scripts_decode(bytes, length, arena, &job->scripts);
	case HOLDS_ACTION:
		return action_decode(bytes, length, &job->action);
	case HOLDS_TURN:
		return stored_turn_decode(bytes, length, &job->turn);
	}
	return -EBADMSG;
}

int
job_decode(const void *bytes, size_t length, struct arena *arena, struct job *ret_job)
{
	struct wire_reader reader = wire_read(bytes, length);
	size_t payload_length = 0;
	ret_job->id = wire_get_u64(&reader);
	ret_job->kind = wire_get_below(&reader, JOB_COUNT);
	ret_job->account = wire_get_u32(&reader);
	const void *payload = wire_get_bytes(&reader, LARGEST_JOB, &payload_length);
	int status = wire_end(&reader);
	return status ? status : decode_payload(ret_job, payload, payload_length, arena);
}

void
news_encode(const struct news *news, struct str *out)
{
	auto_str text = {0};
	str_add(&text, news->text);
	str_cut(&text, LONGEST_NEWS_TEXT);
	wire_put_u64(out, news->job);
	wire_put_u32(out, news->stage);
	wire_put_i64(out, news->status);
	wire_put_text(out, str_text(&text));
	wire_put_text(out, news->data);
	wire_put_i64(out, news->next);
	wire_put_u32(out, news->untold);
	wire_put_u32(out, news->wrong);
}

int
news_decode(const void *bytes, size_t length, struct arena *arena, struct news *ret_news)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct news news = {.job = wire_get_u64(&reader)};
	news.stage = wire_get_below(&reader, JOB_STAGE_COUNT);
	news.status = wire_get_i64(&reader);
	news.text = wire_get_text(&reader, arena, LONGEST_NEWS_TEXT);
	news.data = wire_get_text(&reader, arena, LARGEST_NEWS);
	news.next = wire_get_i64(&reader);
	news.untold = wire_get_u32(&reader);
	news.wrong = wire_get_u32(&reader);
	int status = wire_end(&reader);
	if (!status)
		*ret_news = news;
	return status;
}
