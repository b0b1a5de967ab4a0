/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts that the engine asks for: what `hayward status` tells of hayward itself
 * (its processes, its sensors, what it costs), and what accounts really hold.
 */
#include "procs/engine.h"

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "model/question.h"
#include "model/record.h"
#include "procs/process_state.h"

enum { COST_EVERY = 30000, HUNDREDTHS = 10000 };

int
engine_accept_processes(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct process_state states[PROCESS_COUNT];
	size_t count;
	int status = process_states_decode(bytes, length, arena, states, &count);
	if (status)
		return status;
	memset(inside->facts.processes, 0, sizeof(inside->facts.processes));
	for (size_t i = 0; i < count; i++) {
		struct process_fact *fact = &inside->facts.processes[states[i].process];
		fact->known = true;
		fact->serves = states[i].serves && states[i].pid > 0;
		fact->restarts = states[i].restarts;
		fact->started = states[i].started;
		record_set_text(fact->line, sizeof(fact->line), states[i].line);
	}
	return 0;
}

static void
ask_peeker(struct engine_inside *inside, const struct question *question)
{
	auto_str bytes = {0};
	question_encode(question, &bytes);
	if (process_send(
		inside->frame, PROCESS_PEEKER, MESSAGE_QUESTION, bytes.data, bytes.length, -1))
		log_debug("the peeker is not there to be asked");
}

void
engine_ask_cost(struct engine_inside *inside)
{
	int64_t now = clock_boot();
	if (inside->cost_asked && now - inside->cost_asked < COST_EVERY)
		return;
	inside->cost_asked = now;
	struct question question = {.kind = QUESTION_COST, .path = ""};
	ask_peeker(inside, &question);
}

/* A process that was started anew begins to count anew: such a difference says nothing. */
static int64_t
share_since(const struct own_cost *before, int64_t cpu_ms, int64_t now)
{
	int64_t passed = now - before->measured;
	if (!before->known || cpu_ms < before->cpu_ms || passed <= 0)
		return -1;
	return (cpu_ms - before->cpu_ms) * HUNDREDTHS / passed;
}

int
engine_accept_answer(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct answer answer;
	int status = answer_decode(bytes, length, arena, &answer);
	if (status || answer.status)
		return status;
	if (answer.kind == QUESTION_MEMORY)
		engine_hear_memory(inside, &answer);
	if (answer.kind != QUESTION_COST)
		return 0;
	int64_t now = clock_boot();
	inside->facts.cost = (struct own_cost){
	    .known = true,
	    .processes = answer.processes,
	    .cpu_ms = answer.cpu_ms,
	    .share = share_since(&inside->facts.cost, answer.cpu_ms, now),
	    .resident = answer.memory,
	    .measured = now,
	};
	return 0;
}
