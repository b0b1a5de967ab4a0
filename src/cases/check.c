/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold of every casefile after every record:
 *
 *   1. its state is the one its facts come to;
 *   2. a change of state stands in cases/states.def;
 *   3. a closed case has a reason, an open one has none;
 *   4. nothing waits for staff in a closed case;
 *   5. the next step is one of the ladder, or right behind it;
 *   6. a soft case that is not imposed has ordered nothing in this episode;
 *   7. an order's id is its own, and a hold stands under some id;
 *   8. nothing is ordered of a step that was not taken yet.
 */
#include "cases/internal.h"

static const struct {
	enum case_state from;
	enum record_kind record;
	enum case_state to;
} life[] = {
#define STATE(symbol, word, what, open)
#define STEP_OF_LIFE(from_, record_, to_) {CASE_##from_, RECORD_##record_, CASE_##to_},
#include "cases/states.def"
#undef STATE
#undef STEP_OF_LIFE
};

bool
life_allows(enum case_state from, enum record_kind record, enum case_state to)
{
	if (from == to)
		return true;
	for (size_t i = 0; i < array_length(life); i++)
		if (life[i].from == from && life[i].record == record && life[i].to == to)
			return true;
	return false;
}

static bool
orders_are_sound(const struct casefile *casefile)
{
	bool told_to_nobody = casefile->soft && !casefile->imposed && !casefile->closed;
	for (size_t i = 0; i < casefile->order_count; i++) {
		const struct order *order = &casefile->orders[i];
		if (!order->id || !order->world)
			return false;
		if (casefile->closed && order->state == ORDER_ASKED)
			return false;
		if (told_to_nobody && order->episode == casefile->episode &&
		    order->state != ORDER_REFUSED)
			return false;
		if (order->episode == casefile->episode && order->ladder == casefile->ladder &&
		    order->verb != VERB_ALARM && (order->verb != VERB_WARN || warns(order)) &&
		    order->step >= casefile->next_step && !casefile->closed)
			return false;
		for (size_t other = 0; other < i; other++)
			if (casefile->orders[other].id == order->id)
				return false;
	}
	return true;
}

bool
case_is_sound(const struct casefile *casefile)
{
	return casefile->number && casefile->state == state_of(casefile) &&
	       (casefile->closed != 0) == (casefile->reason[0] != '\0') &&
	       casefile->steps.count <= MOST_STEPS &&
	       casefile->next_step <= casefile->steps.count && casefile->clause[0] &&
	       orders_are_sound(casefile);
}
