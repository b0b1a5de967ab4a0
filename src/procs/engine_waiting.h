/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Questions that others must answer first: the hands, about what is in force of
 * an account, and the peeker, about its processes. Nobody waits for ever.
 */
#ifndef PROCS_ENGINE_WAITING_H
#define PROCS_ENGINE_WAITING_H

#include "procs/engine.h"

/*
 * Has others say what the request needs; it is answered when they have, or
 * after a while. -errno: it can be answered at once.
 */
int engine_ask_others(
    struct engine_inside *inside, const void *request, size_t length) must_use;
void engine_hear_description(struct engine_inside *inside, const struct outcome *outcome);

/* Answers all who wait for the processes of the account; tree NULL: they are not known. */
void engine_answer_looked(
    struct engine_inside *inside, uint32_t account, const struct evidence_tree *tree);

/* Answers what is complete, and what has waited long enough. */
void engine_answer_late(struct engine_inside *inside);
void engine_forget_asked(struct engine_inside *inside);

/* Answers a request with what is known now. */
void engine_reply(struct engine_inside *inside, const void *request, size_t length);

/* engine_look.c: */

/* Has the peeker look at the processes of an account; ends in engine_answer_looked(). */
void engine_look(struct engine_inside *inside, uint32_t account);

/* The peeker's answer, as it came and decoded; nothing if the question is none of these. */
void engine_hear_tree(struct engine_inside *inside, uint64_t question,
    struct evidence_tree *tree, const void *bytes, size_t length);

/* Goes on without a peeker that does not answer; asks a new one again. */
void engine_look_late(struct engine_inside *inside);
void engine_look_again(struct engine_inside *inside);
void engine_look_done(struct engine_inside *inside);

#endif
