/* SPDX-License-Identifier: Apache-2.0 */
/* Visitors of the pretend host: steady streams of requests, told once a minute. */
#include <string.h>

#include "base/memory.h"
#include "rehearse/play.h"

enum { MINUTE = 60 * 1000, MOST_REQUESTS = 1000000 };

/* visits ACCOUNT ADDRESS NUMBER PATH [for TIME]: so many a minute; 0: no more */
void
do_visits(struct play *play, const struct line *line)
{
	struct stream stream = {.until = INT64_MAX};
	int64_t ms;
	bool timed = line->count == 7 && strcmp(line->words[5].text, "for") == 0;
	if (line->count != 5 && !timed) {
		complain_line(play, line, "visits ACCOUNT ADDRESS NUMBER PATH [for TIME]");
		return;
	}
	stream.account = world_account(play, &line->words[1]);
	stream.address = line->words[2].text;
	stream.path = line->words[4].text;
	if (!stream.account ||
	    !read_count(play, &line->words[3], MOST_REQUESTS, &stream.a_minute))
		return;
	if (timed && !read_duration(play, &line->words[6], &ms))
		return;
	if (timed)
		stream.until = play->now.boot + ms;
	for (size_t i = 0; i < play->stream_count; i++) {
		struct stream *known = &play->streams[i];
		if (known->account == stream.account &&
		    text_equal(known->address, stream.address)) {
			*known = stream;
			return;
		}
	}
	memory_grow(
	    &play->streams, play->stream_count, &play->stream_capacity, sizeof(*play->streams));
	play->streams[play->stream_count++] = stream;
}

static void
add_stream(struct visits *visits, const struct stream *stream, int64_t now)
{
	if (stream->until <= now || !stream->a_minute)
		return;
	visits->requests += (uint64_t)stream->a_minute;
	if (visits->visitor_count < MOST_VISITORS)
		visits->visitors[visits->visitor_count++] = (struct visitor){
		    .address = stream->address,
		    .requests = (uint32_t)stream->a_minute,
		    .path = stream->path,
		};
}

static void
tell_visits(struct play *play, const struct account *account)
{
	struct visits visits = {.account = account->id,
	    .generation = account->generation,
	    .from = play->now.boot - MINUTE,
	    .until = play->now.boot};
	for (size_t i = 0; i < play->stream_count; i++)
		if (play->streams[i].account == account)
			add_stream(&visits, &play->streams[i], play->now.boot);
	if (visits.requests)
		flow_visits(play->flow, &visits, play->now);
}

static bool
is_first_of_account(const struct play *play, size_t number)
{
	for (size_t i = 0; i < number; i++)
		if (play->streams[i].account == play->streams[number].account)
			return false;
	return true;
}

void
send_visits(struct play *play)
{
	for (size_t i = 0; i < play->stream_count; i++)
		if (is_first_of_account(play, i))
			tell_visits(play, play->streams[i].account);
}
