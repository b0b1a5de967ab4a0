/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine and the gate: each mail becomes a record, and the mail server is answered when it
 * is on disk. The gate waits for that no longer than a mail server waits for it, and a mail
 * that was not noted is told to wait, so a record may be of a mail that comes again, but no
 * mail that passed is without one.
 */
#include <errno.h>

#include "flow/gates.h"
#include "procs/engine_gate.h"

static void
tell(struct engine_inside *inside, const struct str *bytes)
{
	int status = process_send(
	    inside->frame, PROCESS_GATE, MESSAGE_MAIL_NOTED, bytes->data, bytes->length, -1);
	/* A gate that is gone waits for nothing. */
	(void)status;
}

void
engine_remark_mail(struct engine_inside *inside, const struct mailed *mailed)
{
	struct sensor_fact *fact = &inside->facts.sensors[SENSOR_MAIL];
	inside->has_mail |= mailed != NULL;
	inside->has_requests |= mailed && mailed->request.id;
	fact->works = true;
	record_set_text(fact->by, sizeof(fact->by), "the gate");
	record_set_text(fact->lost, sizeof(fact->lost),
	    !inside->has_mail ? "no mail server has asked yet"
	    : !inside->has_requests
		? "no script has sent mail for a visitor of whom its web server "
		  "told, so none is known to be open to strangers"
		: "");
}

int
engine_accept_mailed(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct mailed mailed;
	auto_str noted = {0};
	int status = mailed_decode(bytes, length, arena, &mailed);
	if (status)
		return status;
	engine_remark_mail(inside, &mailed);
	struct mail_noted answer = {.id = mailed.id, .status = inside->restored ? 0 : -EAGAIN};
	if (inside->restored)
		answer.held = flow_mailed(inside->flow, &mailed, engine_moment(inside));
	mail_noted_encode(&answer, &noted);
	if (!inside->restored) {
		tell(inside, &noted);
		return 0;
	}
	pending_add(
	    &inside->unnoted_mails, MESSAGE_MAIL_NOTED, flow_sequence(inside->flow), &noted);
	return 0;
}

void
engine_tell_mail_noted(struct engine_inside *inside, uint64_t sequence)
{
	for (const struct pending *at = inside->unnoted_mails.first; at && at->key <= sequence;
	     at = at->next)
		tell(inside, &at->bytes);
	pending_answered_up_to(&inside->unnoted_mails, sequence);
}
