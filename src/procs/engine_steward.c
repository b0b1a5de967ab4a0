/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine and the steward: ports that staff granted go out when the grant is on
 * disk, and what was changed on the site comes back and becomes a record. The steward
 * tells it again until it hears that the record is on disk; after a death in between
 * a change may be told twice, but never not at all.
 */
#include <errno.h>

#include "base/log.h"
#include "flow/stored.h"
#include "procs/engine.h"

void
engine_release_openings(struct engine_inside *inside)
{
	struct opening opening;
	if (!process_has_peer(inside->frame, PROCESS_STEWARD))
		return;
	while (flow_next_opening(inside->flow, &opening)) {
		auto_str bytes = {0};
		opening_encode(&opening, &bytes);
		if (process_send(inside->frame, PROCESS_STEWARD, MESSAGE_OPENING, bytes.data,
			bytes.length, -1))
			return; /* it is gone; what it has not answered goes to the next */
	}
}

void
engine_tell_wanted(struct engine_inside *inside)
{
	auto_str bytes = {0};
	if (!inside->flow || !process_has_peer(inside->frame, PROCESS_STEWARD))
		return; /* it is told when it is there */
	struct stored_wanted wanted = flow_stored_wanted(inside->flow);
	stored_wanted_encode(&wanted, &bytes);
	if (process_send(inside->frame, PROCESS_STEWARD, MESSAGE_STORED_WANTED, bytes.data,
		bytes.length, -1))
		log_debug("the steward is not there to be told of mail");
}

int
engine_accept_stored(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct stored stored;
	int status = stored_decode(bytes, length, arena, &stored);
	if (status)
		return status;
	struct sensor_fact *fact = &inside->facts.sensors[SENSOR_STORED];
	fact->works = stored.works;
	record_set_text(fact->by, sizeof(fact->by), stored.works ? "Dovecot" : "");
	auto_str lost = {0};
	str_add(&lost, stored.why);
	if (inside->restored && stored.works) {
		flow_stored(inside->flow, &stored, engine_moment(inside));
		flow_stored_waiting(inside->flow, &lost);
	}
	record_set_text(fact->lost, sizeof(fact->lost), str_text(&lost));
	return 0;
}

void
engine_steward_again(struct engine_inside *inside)
{
	engine_tell_wanted(inside);
	pending_free(&inside->unnoted);
	if (!inside->restored)
		return;
	flow_openings_again(inside->flow);
	engine_release_openings(inside);
}

int
engine_accept_changed(struct engine_inside *inside, const void *bytes, size_t length)
{
	struct changed changed;
	int status = changed_decode(bytes, length, &changed);
	/* Not restored: it is not noted, and therefore told again. */
	if (status || !inside->restored)
		return status;
	flow_changed(inside->flow, &changed, engine_moment(inside));
	auto_str noted = {0};
	wire_put_u64(&noted, changed.id);
	pending_add(&inside->unnoted, MESSAGE_NOTED, flow_sequence(inside->flow), &noted);
	return 0;
}

void
engine_tell_noted(struct engine_inside *inside, uint64_t sequence)
{
	for (const struct pending *at = inside->unnoted.first; at; at = at->next)
		if (at->key <= sequence &&
		    process_send(inside->frame, PROCESS_STEWARD, at->message, at->bytes.data,
			at->bytes.length, -1))
			break; /* it asks again */
	pending_answered_up_to(&inside->unnoted, sequence);
}
