/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sequential.h"

#include <math.h>

struct sequential_test
sequential_prepare(const struct sequential_question *question)
{
	return (struct sequential_test){
	    .bad = log(question->guilty / question->innocent),
	    .good = log((1 - question->guilty) / (1 - question->innocent)),
	    .above = log((1 - question->miss) / question->false_alarm),
	    .below = log(question->miss / (1 - question->false_alarm)),
	};
}

struct sequential_state
sequential_state_of(const struct sequential_test *test, uint32_t bad, uint32_t all)
{
	return (struct sequential_state){bad * test->bad + (all - bad) * test->good, bad, all};
}

enum sequential_verdict
sequential_add(const struct sequential_test *test, struct sequential_state *state, bool bad)
{
	if (state->ratio >= test->above || state->ratio <= test->below)
		*state = (struct sequential_state){0};
	state->ratio += bad ? test->bad : test->good;
	state->bad += bad;
	state->all++;
	return state->ratio >= test->above   ? SEQUENTIAL_GUILTY
	       : state->ratio <= test->below ? SEQUENTIAL_INNOCENT
					     : SEQUENTIAL_OPEN;
}
