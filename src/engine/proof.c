/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory is counted cheaply, by address space: what several processes share is
 * counted once for each of them, and a pool of workers that were forked from
 * one parent looks many times as large as it is. So the count alone proves
 * nothing. The proof is a second count in which shared pages are divided among
 * their holders (PSS); it costs a walk over page tables, and is asked for only
 * where the cheap count would break a clause, or come near to it.
 *
 *     no proof       the lower bound of a memory share is nothing: no case opens
 *     a fresh one    both bounds are scaled by what of the count was its own
 *     more since     what was counted beyond the proof is not proven: who allocates,
 *                    is looked at, and then forks, has as much as before
 */
#include "engine/parts.h"

#include "base/memory.h"

enum {
	WHOLE = 10000,
	LASTS = 3 * 60 * 1000, /* ms that a proof is believed */
	RENEWED = 60 * 1000,   /* ms after which one that is still needed is asked for anew */
	AGAIN = 10 * 1000,     /* ms that an answer may take */
	A_LITTLE = 8,	       /* one part in so many more changes nothing */
};

static struct entity *
owner_of(const struct engine *engine, const struct subject *subject)
{
	struct subject owner = {KIND_ACCOUNT, subject->account, subject->generation, 0};
	return subject->account ? entity_find(engine, &owner) : NULL;
}

/* Of what is counted now, in hundredths of a percent. */
static uint32_t
proven_part(const struct entity *account)
{
	if (account->memory <= account->proven_of)
		return account->proven;
	return (uint32_t)((unsigned __int128)account->proven * account->proven_of /
			  account->memory);
}

struct proof
proof_of(const struct engine *engine, enum measure measure, const struct subject *subject)
{
	static const struct proof needless = {.known = true, .of = WHOLE};
	if (measure != MEASURE_MEMORY_SHARE)
		return needless;
	const struct entity *account = owner_of(engine, subject);
	if (!account || !account->proven_at)
		return (struct proof){.wanting = true};
	int64_t age = engine->now - account->proven_at;
	if (age > LASTS)
		return (struct proof){.wanting = true};
	bool grew = account->memory > account->proven_of + account->proven_of / A_LITTLE;
	return (struct proof){
	    .known = !grew,
	    .wanting = grew || age > RENEWED,
	    .of = proven_part(account),
	};
}

void
proof_apply(const struct proof *proof, struct bounds *bounds)
{
	if (proof->of == WHOLE)
		return;
	__int128 unseen = bounds->high - bounds->low;
	__int128 own = bounds->low * proof->of / WHOLE;
	if (proof->known)
		bounds->high = own + unseen;
	bounds->low = own;
}

void
proof_want(struct engine *engine, const struct subject *subject)
{
	struct entity *account = owner_of(engine, subject);
	if (!account || !account->account || account->proof_wanted)
		return;
	account->proof_wanted = true;
	memory_grow(&engine->doubts, engine->doubt_count, &engine->doubt_capacity,
	    sizeof(*engine->doubts));
	engine->doubts[engine->doubt_count++] = account->subject;
}

bool
engine_next_doubt(struct engine *engine, struct subject *ret_account)
{
	while (engine->doubt_count) {
		struct subject subject = engine->doubts[--engine->doubt_count];
		struct entity *account = entity_find(engine, &subject);
		if (!account)
			continue;
		account->proof_wanted = false;
		if (account->proof_asked && engine->now - account->proof_asked < AGAIN)
			continue;
		account->proof_asked = engine->now;
		*ret_account = subject;
		return true;
	}
	return false;
}

void
engine_prove_memory(
    struct engine *engine, const struct subject *account, uint64_t held, uint64_t counted)
{
	struct entity *entity = entity_find(engine, account);
	if (!entity || entity->subject.kind != KIND_ACCOUNT || !counted)
		return;
	entity->proven_at = engine->now > 0 ? engine->now : 1;
	entity->proven_of = counted;
	entity->proven =
	    held < counted ? (uint32_t)((unsigned __int128)held * WHOLE / counted) : WHOLE;
}
