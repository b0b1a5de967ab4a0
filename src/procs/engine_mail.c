/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine and the gate: each mail becomes a record, and the mail server is answered when it
 * is on disk. The gate waits for that no longer than a mail server waits for it, and a mail
 * that was not noted is told to wait, so a record may be of a mail that comes again, but no
 * mail that passed is without one.
 */
#include <errno.h>

#include "procs/engine.h"

static void
tell(struct engine_inside *inside, const struct str *bytes)
{
	int status = process_send(
	    inside->frame, PROCESS_GATE, MESSAGE_MAIL_NOTED, bytes->data, bytes->length, -1);
	/* A gate that is gone waits for nothing. */
	(void)status;
}

int
engine_accept_mailed(struct engine_inside *inside, const void *bytes, size_t length)
{
	struct mailed mailed;
	auto_str noted = {0};
	int status = mailed_decode(bytes, length, &mailed);
	if (status)
		return status;
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
