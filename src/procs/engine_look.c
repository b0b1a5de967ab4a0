/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has the peeker look at the processes of accounts that somebody asked about:
 *
 *              QUESTION                   TREE without command lines
 *     wanted ───────────▶ looking ─────────────────────────────────▶ half known
 *       ▲ peeker anew │      │ TREE, or silence for a while               │ TREE, or silence
 *       └─────────────┴──────┴──────────▶ whoever waits is answered ◀─────┘
 *
 * Owners may ask about themselves as often as they like, and can make a process
 * whose command line never comes, which the peeker does not survive. So there is
 * one look at an account at a time, none sooner than a second after the one
 * before; and after one that ended half known the peeker is not asked for command
 * lines of that account for ten minutes: nobody can keep it from its other work.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "model/question.h"
#include "procs/engine_waiting.h"

enum { PATIENCE = 5000, PAUSE = 1000, DISTRUST = 600000 /* ms */ };

struct look {
	struct look *next;
	uint32_t account;
	bool wanted;	    /* somebody waits for it */
	uint64_t question;  /* of the peeker; 0: not asked yet */
	bool names;	    /* asked for without command lines */
	int64_t since;	    /* boot ms: when it was wanted, asked, or half known */
	int64_t due;	    /* boot ms: not to be asked before */
	int64_t distrusted; /* boot ms: no command lines until then */
	struct str tree;    /* what is half known, a TREE as it came; empty: nothing */
};

static struct look *
find_account(const struct engine_inside *inside, uint32_t account)
{
	struct look *look = inside->looks;
	while (look && look->account != account)
		look = look->next;
	return look;
}

static struct look *
find_question(const struct engine_inside *inside, uint64_t question)
{
	struct look *look = question ? inside->looks : NULL;
	while (look && (!look->wanted || look->question != question))
		look = look->next;
	return look;
}

static void
ask(struct engine_inside *inside, struct look *look)
{
	int64_t now = clock_boot();
	look->names = now < look->distrusted;
	struct question question = {
	    .id = ++inside->questions,
	    .kind = look->names ? QUESTION_NAMES : QUESTION_TREE,
	    .account = look->account,
	    .path = "",
	};
	auto_str bytes = {0};
	question_encode(&question, &bytes);
	look->question = 0;
	if (process_send(inside->frame, PROCESS_PEEKER, MESSAGE_QUESTION, bytes.data,
		bytes.length, -1)) {
		log_debug("the peeker is not there to be asked for processes");
		return;
	}
	look->question = question.id;
	look->since = now;
	look->due = now + PAUSE;
}

void
engine_look(struct engine_inside *inside, uint32_t account)
{
	struct look *look = find_account(inside, account);
	if (look && look->wanted)
		return;
	if (!look) {
		look = memory_new(1, sizeof(*look));
		look->account = account;
		look->next = inside->looks;
		inside->looks = look;
	}
	look->wanted = true;
	look->question = 0;
	look->since = clock_boot();
	if (look->since >= look->due)
		ask(inside, look);
}

/* tree NULL: nothing is known. */
static void
finish(struct engine_inside *inside, struct look *look, const struct evidence_tree *tree)
{
	look->wanted = false;
	str_done(&look->tree);
	engine_answer_looked(inside, look->account, tree);
}

/* The command lines do not come: what is known without them has to do. */
static void
finish_half(struct engine_inside *inside, struct look *look)
{
	auto_arena struct arena *arena = arena_new();
	struct evidence_tree tree;
	uint64_t question;
	look->distrusted = clock_boot() + DISTRUST;
	if (evidence_tree_decode(look->tree.data, look->tree.length, arena, &question, &tree))
		panic("a tree of processes that did decode does not any more");
	finish(inside, look, &tree);
}

void
engine_hear_tree(struct engine_inside *inside, uint64_t question, struct evidence_tree *tree,
    const void *bytes, size_t length)
{
	struct look *look = find_question(inside, question);
	if (!look)
		return;
	if (tree->status == -EINPROGRESS) {
		str_clear(&look->tree);
		str_add_bytes(&look->tree, bytes, length);
		look->since = clock_boot();
		return;
	}
	if (!tree->status && look->names)
		tree->status = -EINPROGRESS;
	finish(inside, look, tree);
}

static void
finish_late(struct engine_inside *inside, struct look *look)
{
	if (!look->tree.length) {
		finish(inside, look, NULL);
		return;
	}
	process_complain(inside->frame, PROCESS_PEEKER,
	    "no command lines of an account's processes");
	finish_half(inside, look);
}

/* Nobody waits for it, and what is remembered of it has passed. */
static bool
is_over(const struct look *look, int64_t now)
{
	return !look->wanted && now >= look->due && now >= look->distrusted;
}

void
engine_look_late(struct engine_inside *inside)
{
	int64_t now = clock_boot();
	for (struct look **link = &inside->looks; *link;) {
		struct look *look = *link;
		if (look->wanted && !look->question && now >= look->due)
			ask(inside, look);
		if (look->wanted && now - look->since >= PATIENCE)
			finish_late(inside, look);
		if (!is_over(look, now)) {
			link = &look->next;
			continue;
		}
		*link = look->next;
		free(look);
	}
}

void
engine_look_again(struct engine_inside *inside)
{
	for (struct look *look = inside->looks; look; look = look->next)
		if (look->wanted && look->tree.length)
			finish_half(inside, look); /* the peeker did not survive it */
		else if (look->wanted && clock_boot() >= look->due)
			ask(inside, look);
		else
			look->question = 0;
}

void
engine_look_done(struct engine_inside *inside)
{
	while (inside->looks) {
		struct look *look = inside->looks;
		inside->looks = look->next;
		str_done(&look->tree);
		free(look);
	}
}
