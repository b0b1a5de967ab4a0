/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the peeker count the memory of accounts by proportion, where the cheap count would
 * break a clause. An owner can make a process whose memory cannot be counted: it waits for ever
 * in a call that changes it, and so does the peeker. Then the peeker is replaced, the account
 * stays unproven, and is not asked about again for ten minutes: nobody can keep
 * the peeker from its other work.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "model/question.h"
#include "procs/engine.h"

enum { PATIENCE = 10000, DISTRUST = 600000 /* ms */ };

struct doubt {
	struct doubt *next; /* asked later */
	uint64_t id;	    /* of the holder of an account */
	int64_t asked;	    /* boot ms; 0: not now */
	int64_t distrusted; /* boot ms: not to be asked before */
};

static struct doubt *
find(struct engine_inside *inside, uint64_t id)
{
	struct doubt *doubt = inside->doubts;
	while (doubt && doubt->id != id)
		doubt = doubt->next;
	return doubt;
}

static void
forget(struct engine_inside *inside, const struct doubt *doubt)
{
	struct doubt **link = &inside->doubts;
	while (*link && *link != doubt)
		link = &(*link)->next;
	struct doubt *gone = *link;
	if (!gone)
		return;
	*link = gone->next;
	free(gone);
}

/* The last of those that were asked. */
static void
note_asked(struct engine_inside *inside, uint64_t id, int64_t now)
{
	struct doubt **link = &inside->doubts;
	forget(inside, find(inside, id));
	while (*link)
		link = &(*link)->next;
	*link = memory_new(1, sizeof(**link));
	(*link)->id = id;
	(*link)->asked = now;
}

/* The id that comes back says of which holder of the account it was asked. */
void
engine_ask_doubts(struct engine_inside *inside)
{
	struct subject account;
	int64_t now = clock_boot();
	while (inside->restored && flow_next_doubt(inside->flow, &account)) {
		struct question question = {
		    .kind = QUESTION_MEMORY,
		    .id = (uint64_t)account.generation << 32 | account.account,
		    .account = account.account,
		    .path = "",
		};
		const struct doubt *known = find(inside, question.id);
		auto_str bytes = {0};
		if (known && (known->asked || now < known->distrusted))
			continue;
		question_encode(&question, &bytes);
		if (process_send(inside->frame, PROCESS_PEEKER, MESSAGE_QUESTION, bytes.data,
			bytes.length, -1))
			log_debug("the peeker is not there to be asked for memory");
		else
			note_asked(inside, question.id, now);
	}
}

void
engine_hear_memory(struct engine_inside *inside, const struct answer *answer)
{
	struct subject account = {
	    KIND_ACCOUNT, (uint32_t)answer->id, (uint32_t)(answer->id >> 32), 0};
	forget(inside, find(inside, answer->id));
	if (inside->restored)
		flow_prove_memory(inside->flow, &account, answer->memory, answer->counted);
}

/* A new peeker was asked nothing yet. */
void
engine_doubts_anew(struct engine_inside *inside)
{
	int64_t now = clock_boot();
	for (struct doubt *at = inside->doubts, *next; at; at = next) {
		next = at->next;
		if (now >= at->distrusted)
			forget(inside, at);
	}
}

/* The peeker answers one after the other, so the first that waits is the one that it is lost
 * in; the others are asked for anew when they matter still. */
void
engine_doubts_late(struct engine_inside *inside)
{
	int64_t now = clock_boot();
	struct doubt *first = inside->doubts;
	while (first && !first->asked)
		first = first->next;
	if (!first || now - first->asked < PATIENCE)
		return;
	first->asked = 0;
	first->distrusted = now + DISTRUST;
	engine_doubts_anew(inside);
	log_warning(
	    "the memory of account %u cannot be counted by proportion: it is not proven",
	    (uint32_t)first->id);
	process_complain(inside->frame, PROCESS_PEEKER, "no count of the memory of an account");
}

void
engine_doubts_done(struct engine_inside *inside)
{
	while (inside->doubts)
		forget(inside, inside->doubts);
}
