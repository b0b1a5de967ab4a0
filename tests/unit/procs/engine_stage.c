/* SPDX-License-Identifier: Apache-2.0 */
#include "engine_stage.h"

#include <errno.h>
#include <event2/event.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "model/account.h"
#include "policy/load.h"
#include "procs/roles.h"
#include "store/dialogue.h"

static const char policy_text[] = "clause A1 \"Busy\" for each account {\n"
				  "    says     \"Nobody uses more than {limit}.\"\n"
				  "    when     cpu.share > 50% over 10m\n"
				  "    then     warn\n"
				  "}\n";

static struct stage *on_stage;

int
process_send(struct process_frame *frame, enum process to, enum message message,
    const void *bytes, size_t length, int fd)
{
	(void)frame, (void)fd;
	struct stage *stage = on_stage;
	if ((to == PROCESS_KEEPER && !stage->keeper) ||
	    (to == PROCESS_PEEKER && !stage->peeker))
		return -ENOTCONN;
	assert_true(message_allowed(message, PROCESS_ENGINE, to));
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
	(void)frame, (void)peer;
	return true;
}

void
process_go_first(struct process_frame *frame)
{
	(void)frame;
}

size_t
process_queued(const struct process_frame *frame, enum process peer)
{
	(void)frame, (void)peer;
	return 0;
}

void
process_ready(struct process_frame *frame, const char *format, ...)
{
	(void)frame, (void)format;
}

void
process_finish(struct process_frame *frame, int exit_status)
{
	(void)frame;
	fail_msg("the engine gave up: %d", exit_status);
}

void
process_complain(struct process_frame *frame, enum process peer, const char *reason)
{
	(void)frame, (void)reason;
	assert_int_equal(peer, PROCESS_PEEKER);
	on_stage->complaints++;
}

void
forget_sent(struct stage *stage)
{
	while (stage->sent_count)
		str_done(&stage->sent[--stage->sent_count].bytes);
}

size_t
count_sent(const struct stage *stage, enum message message)
{
	size_t count = 0;
	for (size_t i = 0; i < stage->sent_count; i++)
		count += stage->sent[i].message == message;
	return count;
}

int
hear(struct stage *stage, enum process from, enum message message, const struct str *bytes)
{
	int fd = -1;
	return stage->engine->message(
	    &stage->frame, from, message, str_text(bytes), bytes->length, &fd);
}

static void
give_blob(struct stage *stage, enum blob kind, const struct str *bytes)
{
	assert_int_equal(
	    stage->engine->blob(&stage->frame, kind, bytes->data, bytes->length), 0);
}

static void
give_rules(struct stage *stage)
{
	auto_str config = {0}, policy = {0}, accounts = {0};
	struct policy_set *set = policy_set_new();
	struct uid_range uids = {61001, 1};
	struct account alice = {.id = 61001,
	    .generation = 1,
	    .name = "alice",
	    .plan = "",
	    .contact = "",
	    .home = "/home/alice",
	    .initial_bytes = -1,
	    .initial_files = -1,
	    .uid_count = 1,
	    .own_uids = 1,
	    .uids = &uids};
	config_encode(&stage->config, &config);
	policy_set_add(set, "test.policy", policy_text, strlen(policy_text));
	policy_set_encode(set, &policy);
	policy_set_free(set);
	accounts_encode(&alice, 1, 1000, &accounts);
	give_blob(stage, BLOB_CONFIG, &config);
	give_blob(stage, BLOB_POLICY, &policy);
	give_blob(stage, BLOB_ACCOUNTS, &accounts);
}

void
begin_life(struct stage *stage)
{
	stage->frame = (struct process_frame){
	    .options = &stage->options,
	    .config = &stage->config,
	    .self = PROCESS_ENGINE,
	    .loop = event_base_new(),
	    .directory = -1,
	};
	assert_int_equal(stage->engine->prepare(&stage->frame), 0);
	give_rules(stage);
	assert_int_equal(stage->engine->start(&stage->frame), 0);
}

void
end_life(struct stage *stage)
{
	stage->engine->quit(&stage->frame);
	event_base_free(stage->frame.loop);
}

int
stage_set(void **state)
{
	struct stage *stage = memory_new(1, sizeof(*stage));
	stage->engine = engine_role();
	stage->config = config_default();
	stage->keeper = stage->peeker = true;
	on_stage = stage;
	begin_life(stage);
	*state = stage;
	return 0;
}

int
stage_strike(void **state)
{
	struct stage *stage = *state;
	end_life(stage);
	forget_sent(stage);
	free(stage);
	return 0;
}

void
tell_end(struct stage *stage, uint64_t sequence)
{
	auto_str message = {0};
	struct restore part = {.part = RESTORE_END, .sequence = sequence};
	restore_encode(&part, &message);
	assert_int_equal(hear(stage, PROCESS_KEEPER, MESSAGE_RESTORE, &message), 0);
}
