/* SPDX-License-Identifier: Apache-2.0 */
#include "model/filter.h"

#define A(verb) (1U << VERB_##verb)

static const struct {
	const char *name;
	enum measure measure;
	uint32_t answers;
} filters[FILTER_COUNT] = {
#define FILTER(symbol, name, measure, answers, what) {name, MEASURE_##measure, answers},
#include "model/filters.def"
#undef FILTER
};

const char *
filter_name(enum filter_kind kind)
{
	return filters[kind].name;
}

enum measure
filter_measure(enum filter_kind kind)
{
	return filters[kind].measure;
}

bool
filter_can(enum filter_kind kind, enum verb answer)
{
	return (filters[kind].answers & 1U << answer) != 0;
}

int
filter_find(const char *name)
{
	for (int kind = 0; kind < FILTER_COUNT; kind++)
		if (text_equal(filters[kind].name, name))
			return kind;
	return -1;
}

int
filter_for(enum measure measure, enum verb answer)
{
	for (int kind = 0; kind < FILTER_COUNT; kind++)
		if (filters[kind].measure == measure &&
		    filter_can((enum filter_kind)kind, answer))
			return kind;
	return -1;
}

bool
filter_has_measure(enum measure measure)
{
	for (int kind = 0; kind < FILTER_COUNT; kind++)
		if (filters[kind].measure == measure)
			return true;
	return false;
}
