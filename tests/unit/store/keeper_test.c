/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper's handlers in a frame of the test's own: what it answers, and what it refuses. */
#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/file.h"
#include "model/request.h"
#include "procs/roles.h"
#include "scratch.h"
#include "store/dialogue.h"

enum { MOST_SENT = 4096 };

/* What the keeper said, in order. */
struct sent {
	enum process to;
	enum message message;
	struct str bytes;
};

struct stage {
	struct scratch scratch;
	struct process_frame frame;
	struct options options;
	const struct process_handlers *keeper;
	bool engine;
	struct sent sent[MOST_SENT];
	size_t sent_count;
};

static struct stage *on_stage;

int
process_send(struct process_frame *frame, enum process to, enum message message,
    const void *bytes, size_t length, int fd)
{
	(void)frame;
	(void)fd;
	struct stage *stage = on_stage;
	if (to == PROCESS_ENGINE && !stage->engine)
		return -ENOTCONN;
	assert_true(message_allowed(message, PROCESS_KEEPER, to));
	assert_true(length <= message_most(message));
	assert_true(stage->sent_count < MOST_SENT);
	struct sent *sent = &stage->sent[stage->sent_count++];
	*sent = (struct sent){.to = to, .message = message};
	str_add_bytes(&sent->bytes, bytes, length);
	return 0;
}

bool
process_has_peer(const struct process_frame *frame, enum process peer)
{
	(void)frame;
	return peer == PROCESS_ENGINE && on_stage->engine;
}

size_t
process_queued(const struct process_frame *frame, enum process peer)
{
	(void)frame;
	(void)peer;
	return 0;
}

void
process_ready(struct process_frame *frame, const char *format, ...)
{
	(void)frame;
	(void)format;
}

void
process_finish(struct process_frame *frame, int exit_status)
{
	(void)frame;
	fail_msg("the keeper gave up: %d", exit_status);
}

static void
forget_sent(struct stage *stage)
{
	while (stage->sent_count)
		str_done(&stage->sent[--stage->sent_count].bytes);
}

static int
start(struct stage *stage)
{
	stage->options.state = stage->scratch.path;
	stage->frame = (struct process_frame){
	    .options = &stage->options,
	    .self = PROCESS_KEEPER,
	    .loop = event_base_new(),
	    .directory = stage->scratch.directory,
	};
	int status = stage->keeper->start(&stage->frame);
	if (status)
		event_base_free(stage->frame.loop);
	return status;
}

static void
stop(struct stage *stage)
{
	stage->keeper->quit(&stage->frame);
	event_base_free(stage->frame.loop);
}

static int
setup(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	stage->scratch = scratch_make();
	stage->keeper = keeper_role();
	stage->engine = true;
	on_stage = stage;
	assert_int_equal(start(stage), 0);
	*state = stage;
	return 0;
}

static int
teardown(void **state)
{
	struct stage *stage = *state;
	stop(stage);
	forget_sent(stage);
	scratch_remove(&stage->scratch);
	free(stage);
	return 0;
}

static const struct sent *
last_of(const struct stage *stage, enum message message)
{
	for (size_t i = stage->sent_count; i-- > 0;)
		if (stage->sent[i].message == message)
			return &stage->sent[i];
	return NULL;
}

static struct ack
last_ack(const struct stage *stage)
{
	struct ack ack;
	const struct sent *sent = last_of(stage, MESSAGE_ACK);
	assert_non_null(sent);
	assert_int_equal(ack_decode(sent->bytes.data, sent->bytes.length, &ack), 0);
	return ack;
}

/* Turns the loop until this is acknowledged, as a success or not. */
static void
await_ack(struct stage *stage, uint64_t sequence, int status)
{
	int64_t deadline = clock_boot() + 10000;
	for (;;) {
		event_base_loop(stage->frame.loop, EVLOOP_NONBLOCK);
		if (last_of(stage, MESSAGE_ACK)) {
			struct ack ack = last_ack(stage);
			if (ack.sequence == sequence && ack.status == status)
				return;
		}
		if (clock_boot() > deadline)
			fail_msg("no such ack");
		usleep(1000);
	}
}

static int
hear(struct stage *stage, enum process from, enum message message, const struct str *bytes)
{
	int fd = -1;
	return stage->keeper->message(
	    &stage->frame, from, message, str_text(bytes), bytes->length, &fd);
}

static int
say_records(struct stage *stage, uint64_t first, uint64_t last)
{
	auto_str bytes = {0};
	struct record records[64];
	size_t count = 0;
	for (uint64_t sequence = first; sequence <= last; sequence++)
		records[count++] = sample_record(sequence);
	records_encode(records, count, &bytes);
	return hear(stage, PROCESS_ENGINE, MESSAGE_RECORDS, &bytes);
}

/* What the engine would know after the restoration that was sent. */
struct restored {
	uint64_t checkpoint;
	char bytes[16];
	uint64_t first;
	uint64_t last;
	uint64_t end;
};

static struct restored
restored(const struct stage *stage)
{
	struct restored known = {.end = UINT64_MAX};
	auto_arena struct arena *arena = arena_new();
	for (size_t i = 0; i < stage->sent_count; i++) {
		const struct sent *sent = &stage->sent[i];
		struct restore part;
		if (sent->message != MESSAGE_RESTORE)
			continue;
		assert_int_equal(known.end, UINT64_MAX);
		assert_int_equal(
		    restore_decode(sent->bytes.data, sent->bytes.length, arena, &part), 0);
		if (part.part == RESTORE_END)
			known.end = part.sequence;
		if (part.part == RESTORE_CHECKPOINT) {
			known.checkpoint = known.last = part.sequence;
			memcpy(known.bytes, part.bytes, part.length);
		}
		for (size_t record = 0; record < part.count; record++) {
			struct record expected = sample_record(known.last + 1);
			assert_memory_equal(&part.records[record], &expected, sizeof(expected));
			known.first = known.first ? known.first : expected.sequence;
			known.last = expected.sequence;
		}
	}
	return known;
}

static void
test_acknowledges_groups(void **state)
{
	struct stage *stage = *state;
	assert_int_equal(restored(stage).end, 0);
	assert_int_equal(say_records(stage, 1, 3), 0);
	assert_int_equal(say_records(stage, 4, 4), 0);
	assert_int_equal(say_records(stage, 5, 9), 0);
	assert_null(last_of(stage, MESSAGE_ACK));
	await_ack(stage, 9, 0);
	size_t acks = 0;
	for (size_t i = 0; i < stage->sent_count; i++)
		acks += stage->sent[i].message == MESSAGE_ACK;
	assert_int_equal(acks, 1);
}

static void
test_restores(void **state)
{
	struct stage *stage = *state;
	auto_str bytes = {0};
	for (uint64_t first = 1; first <= 241; first += 60)
		assert_int_equal(say_records(stage, first, first + 59), 0);
	await_ack(stage, 300, 0);
	stop(stage);
	forget_sent(stage);
	assert_int_equal(start(stage), 0);
	assert_int_equal(restored(stage).first, 1);
	assert_int_equal(restored(stage).end, 300);

	checkpoint_encode(290, "windows", 7, &bytes);
	assert_int_equal(hear(stage, PROCESS_ENGINE, MESSAGE_CHECKPOINT, &bytes), 0);
	str_clear(&bytes);
	checkpoint_encode(301, "future", 6, &bytes);
	assert_int_equal(hear(stage, PROCESS_ENGINE, MESSAGE_CHECKPOINT, &bytes), 0);
	forget_sent(stage);
	stage->keeper->peer(&stage->frame, PROCESS_ENGINE, true);
	assert_string_equal(restored(stage).bytes, "windows");
	assert_int_equal(restored(stage).checkpoint, 290);
	assert_int_equal(restored(stage).first, 291);
	assert_int_equal(restored(stage).end, 300);

	/* An engine of another version cannot use the checkpoint, and asks for everything. */
	forget_sent(stage);
	str_clear(&bytes);
	assert_int_equal(hear(stage, PROCESS_ENGINE, MESSAGE_RESTORE_ALL, &bytes), 0);
	assert_int_equal(restored(stage).checkpoint, 0);
	assert_int_equal(restored(stage).first, 1);
	assert_int_equal(restored(stage).end, 300);
}

static void
test_said_again(void **state)
{
	struct stage *stage = *state;
	auto_str bytes = {0};
	assert_int_equal(say_records(stage, 1, 10), 0);
	await_ack(stage, 10, 0);
	forget_sent(stage);
	assert_int_equal(say_records(stage, 4, 10), 0);
	await_ack(stage, 10, 0);
	assert_int_equal(say_records(stage, 8, 12), 0);
	await_ack(stage, 12, 0);
	/* Not yet durable, and said again: */
	assert_int_equal(say_records(stage, 13, 14), 0);
	assert_int_equal(say_records(stage, 13, 15), 0);
	await_ack(stage, 15, 0);

	struct record other = sample_record(15);
	record_set_text(other.text, sizeof(other.text), "otherwise");
	records_encode(&other, 1, &bytes);
	assert_int_equal(hear(stage, PROCESS_ENGINE, MESSAGE_RECORDS, &bytes), -EBADMSG);
	assert_int_equal(say_records(stage, 17, 18), -EBADMSG);
	assert_int_equal(say_records(stage, 16, 16), 0);
	await_ack(stage, 16, 0);
}

static void
test_nonsense(void **state)
{
	struct stage *stage = *state;
	auto_str bytes = {0};
	const enum message messages[] = {
	    MESSAGE_RECORDS, MESSAGE_CHECKPOINT, MESSAGE_HISTORY, MESSAGE_QUIT};
	str_add(&bytes, "nonsense of some length");
	for (size_t i = 0; i < array_length(messages); i++)
		assert_int_equal(hear(stage, PROCESS_ENGINE, messages[i], &bytes), -EBADMSG);
	str_clear(&bytes);
	records_encode(NULL, 0, &bytes);
	assert_int_equal(hear(stage, PROCESS_ENGINE, MESSAGE_RECORDS, &bytes), -EBADMSG);
}

/* No file may grow: every write fails, as on a full disk. */
static void
set_largest_file(rlim_t size)
{
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void
test_full_disk(void **state)
{
	struct stage *stage = *state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(say_records(stage, 1, 5), 0);
	await_ack(stage, 5, 0);
	set_largest_file(200);
	assert_int_equal(say_records(stage, 6, 7), 0);
	await_ack(stage, 5, -EFBIG);
	assert_int_equal(say_records(stage, 8, 9), 0);
	set_largest_file(RLIM_INFINITY);
	await_ack(stage, 9, 0);

	/* An engine that dies meanwhile leaves nothing that a new one would not know of. */
	set_largest_file(200);
	assert_int_equal(say_records(stage, 10, 12), 0);
	await_ack(stage, 9, -EFBIG);
	stage->engine = false;
	stage->keeper->peer(&stage->frame, PROCESS_ENGINE, false);
	set_largest_file(RLIM_INFINITY);
	stage->engine = true;
	forget_sent(stage);
	stage->keeper->peer(&stage->frame, PROCESS_ENGINE, true);
	assert_int_equal(restored(stage).end, 9);
	assert_int_equal(say_records(stage, 10, 10), 0);
	await_ack(stage, 10, 0);
}

static void
test_refuses_a_cut_journal(void **state)
{
	struct stage *stage = *state;
	assert_int_equal(say_records(stage, 1, 5), 0);
	await_ack(stage, 5, 0);
	stop(stage);
	auto_str good = {0};
	scratch_read(&stage->scratch, "journal-000001.log", &good);
	scratch_write(&stage->scratch, "journal-000001.log", good.data, good.length - 30);
	assert_int_equal(start(stage), -EUCLEAN);
	/* The head gone as well: the database still knows. */
	unlinkat(stage->scratch.directory, "journal.head", 0);
	assert_int_equal(start(stage), -EUCLEAN);
	scratch_write(&stage->scratch, "journal-000001.log", good.data, good.length);
	assert_int_equal(start(stage), 0);
}

/* The status of the answer, and how many records came with it. */
static int
ask_history(struct stage *stage, uint64_t number, const struct asker *asker, size_t *ret_count)
{
	auto_str bytes = {0};
	struct reply reply;
	struct request request = {
	    .id = 77, .ask = ASK_HISTORY, .asker = *asker, .case_number = number};
	request_encode(&request, &bytes);
	assert_int_equal(hear(stage, PROCESS_CONTROL, MESSAGE_HISTORY, &bytes), 0);
	const struct sent *sent = last_of(stage, MESSAGE_HISTORY_REPLY);
	assert_non_null(sent);
	assert_int_equal(reply_decode(sent->bytes.data, sent->bytes.length, &reply), 0);
	assert_int_equal(reply.id, 77);
	json_t *json = json_loadb(reply.json, reply.length, 0, NULL);
	assert_non_null(json);
	json_t *data = json_object_get(json, "data");
	*ret_count = json_array_size(json_object_get(data, "records"));
	int status = (int)json_integer_value(json_object_get(json, "status"));
	json_decref(json);
	return status;
}

static void
test_history(void **state)
{
	struct stage *stage = *state;
	const struct asker staff = {.staff = true};
	struct record opened = sample_record(RECORD_COUNT + RECORD_OPENED);
	const struct asker owner = {
	    .uid = 1000, .account = opened.account, .generation = opened.generation};
	size_t count;
	assert_int_equal(say_records(stage, 1, 50), 0);
	await_ack(stage, 50, 0);
	assert_int_equal(ask_history(stage, opened.case_number, &staff, &count), ANSWER_OK);
	assert_int_equal(count, 10);
	assert_int_equal(
	    ask_history(stage, opened.case_number, &owner, &count), ANSWER_REFUSED);
	assert_int_equal(count, 0);
	assert_int_equal(ask_history(stage, 4711, &staff, &count), ANSWER_NOT_FOUND);
}

/* A damaged database costs nobody an acknowledgement, and comes back by itself. */
static void
test_damaged_database(void **state)
{
	struct stage *stage = *state;
	const struct asker staff = {.staff = true};
	struct record opened = sample_record(RECORD_COUNT + RECORD_OPENED);
	size_t count;
	assert_int_equal(say_records(stage, 1, 50), 0);
	await_ack(stage, 50, 0);
	stop(stage);
	scratch_write(&stage->scratch, "database", "no database", 11);
	unlinkat(stage->scratch.directory, "database-wal", 0);
	assert_int_equal(start(stage), 0);
	assert_int_equal(ask_history(stage, opened.case_number, &staff, &count), ANSWER_OK);
	assert_int_equal(count, 10);
	assert_int_equal(faccessat(stage->scratch.directory, "database.damaged", F_OK, 0), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_acknowledges_groups),
	    TEST(test_restores),
	    TEST(test_said_again),
	    TEST(test_nonsense),
	    TEST(test_full_disk),
	    TEST(test_refuses_a_cut_journal),
	    TEST(test_history),
	    TEST(test_damaged_database),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
