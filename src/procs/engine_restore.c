/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new life begins where the last one ended: the checkpoint, then the records
 * made since, then what was ordered and has no outcome is ordered again.
 * Policy time goes on from the last of these instants that is known.
 *
 * The checkpoint is the flow's, with the policy clock's anchor in front.
 */
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "base/crash.h"
#include "base/log.h"
#include "procs/engine.h"
#include "store/dialogue.h"

enum { CHECKPOINT_VERSION = 1 };

static struct policy_anchor
read_clocks(const struct engine_inside *inside)
{
	struct policy_anchor readings = {.wall = clock_wall(), .boot = clock_boot()};
	memcpy(readings.boot_id, inside->boot_id, sizeof(readings.boot_id));
	return readings;
}

struct moment
engine_moment(const struct engine_inside *inside)
{
	return policy_moment(&inside->anchor, clock_boot(), clock_wall());
}

static bool
use_checkpoint(struct engine_inside *inside, const struct restore *restore)
{
	struct wire_reader reader = wire_read(restore->bytes, restore->length);
	bool known = wire_get_u32(&reader) == CHECKPOINT_VERSION;
	struct policy_anchor last = policy_anchor_decode(&reader);
	size_t length;
	const void *bytes = wire_get_bytes(&reader, message_most(MESSAGE_RESTORE), &length);
	if (!known || wire_end(&reader))
		return false;
	struct policy_anchor readings = read_clocks(inside);
	struct policy_anchor begun =
	    policy_anchor_begin(&last, &readings, inside->rules->config.downtime);
	struct moment now = policy_moment(&begun, readings.boot, readings.wall);
	if (flow_restore(inside->flow, bytes, length, now))
		return false;
	inside->last = last;
	inside->replayed = restore->sequence;
	return true;
}

/* The windows of one that is of another version begin empty; casefiles are in the records
 * anyway. */
static void
restore_checkpoint(struct engine_inside *inside, const struct restore *restore)
{
	if (use_checkpoint(inside, restore))
		return;
	log_warning("the checkpoint as of record %llu is of no use; windows begin empty",
	    (unsigned long long)restore->sequence);
	engine_forget(inside);
	if (process_send(inside->frame, PROCESS_KEEPER, MESSAGE_RESTORE_ALL, NULL, 0, -1))
		log_warning("the keeper went away");
}

/* Records that do not follow belong to a telling that we have asked to break off. */
static void
replay(struct engine_inside *inside, const struct restore *restore)
{
	if (!restore->count || restore->records[0].sequence != inside->replayed + 1)
		return;
	for (size_t i = 0; i < restore->count; i++) {
		flow_replay(inside->flow, &restore->records[i]);
		policy_anchor_advance(
		    &inside->last, restore->records[i].at, restore->records[i].wall);
	}
	inside->replayed = restore->records[restore->count - 1].sequence;
}

static void
begin_work(struct engine_inside *inside)
{
	struct policy_anchor readings = read_clocks(inside);
	inside->anchor =
	    policy_anchor_begin(&inside->last, &readings, inside->rules->config.downtime);
	inside->restored = true;
	inside->checkpointed = readings.boot;
	inside->facts.started = engine_moment(inside);
	flow_resume(inside->flow, engine_moment(inside));
	process_ready(inside->frame, "weighing");
}

int
engine_accept_restore(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct restore restore;
	int status = restore_decode(bytes, length, arena, &restore);
	/* A keeper that was started anew tells the story to an engine that has lived through
	 * it. */
	if (status || inside->restored)
		return status;
	switch (restore.part) {
	case RESTORE_CHECKPOINT:
		restore_checkpoint(inside, &restore);
		break;
	case RESTORE_RECORDS:
		replay(inside, &restore);
		break;
	case RESTORE_END:
		if (restore.sequence == inside->replayed)
			begin_work(inside);
		break;
	case RESTORE_PART_COUNT:
		return -EBADMSG;
	}
	return 0;
}

void
engine_checkpoint(struct engine_inside *inside)
{
	auto_str state = {0}, whole = {0}, bytes = {0};
	struct moment now = engine_moment(inside);
	struct policy_anchor anchor = {
	    .policy = now.policy, .wall = now.wall, .boot = now.boot};
	memcpy(anchor.boot_id, inside->boot_id, sizeof(anchor.boot_id));
	flow_checkpoint(inside->flow, &state);
	wire_put_u32(&whole, CHECKPOINT_VERSION);
	policy_anchor_encode(&anchor, &whole);
	wire_put_bytes(&whole, state.data, state.length);
	checkpoint_encode(flow_sequence(inside->flow), whole.data, whole.length, &bytes);
	inside->checkpointed = now.boot;
	if (bytes.length > message_most(MESSAGE_CHECKPOINT)) {
		log_error("the state is too large for a checkpoint");
		return;
	}
	int status = process_send(
	    inside->frame, PROCESS_KEEPER, MESSAGE_CHECKPOINT, bytes.data, bytes.length, -1);
	if (status && status != -ENOTCONN && status != -EPIPE)
		log_warning("cannot send a checkpoint: %s", strerror(-status));
	crash_point(CRASH_ENGINE_CHECKPOINTED);
}
