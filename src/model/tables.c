/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tables.h"

#include <stddef.h>
#include <string.h>

#include "base/attributes.h"

/* Sets of kinds, for the lists below. */
enum {
#define KIND(symbol, name, container) K_##symbol = 1 << KIND_##symbol,
#include "model/kinds.def"
#undef KIND
	K_ANY = (1 << KIND_COUNT) - 1
};
#define K(kind) K_##kind

static const struct measure_info measures[] = {
#define MEASURE(                                                                               \
    symbol, name_, class_, unit_, kinds_, resource_, gate_, words_, sensor_, what_)            \
	[MEASURE_##symbol] = {.name = name_,                                                   \
	    .class = CLASS_##class_,                                                           \
	    .unit = UNIT_##unit_,                                                              \
	    .kinds = kinds_,                                                                   \
	    .resource = RESOURCE_##resource_,                                                  \
	    .gate = GATE_##gate_,                                                              \
	    .words = words_,                                                                   \
	    .sensor = SENSOR_##sensor_,                                                        \
	    .what = what_},
#include "model/measures.def"
#undef MEASURE
};

static const struct verb_info verbs[] = {
#define VERB(                                                                                  \
    symbol, name_, kinds_, when_, undo_, end_, destroys_, acting_, binding_, mode_, by_)       \
	[VERB_##symbol] = {.name = name_,                                                      \
	    .kinds = kinds_,                                                                   \
	    .when = WHEN_##when_,                                                              \
	    .undo = undo_,                                                                     \
	    .end = END_##end_,                                                                 \
	    .destroys = destroys_,                                                             \
	    .acting = acting_,                                                                 \
	    .binding = binding_,                                                               \
	    .least = MODE_##mode_,                                                             \
	    .by = PROCESS_##by_},
#include "model/verbs.def"
#undef VERB
};

static const struct service_info services[] = {
#define SERVICE(symbol, name_, paragraph_) [SERVICE_##symbol] = {name_, paragraph_},
#include "model/services.def"
#undef SERVICE
};

static const struct {
	const char *name;
	enum subject_kind container;
} kinds[] = {
#define KIND(symbol, name_, container_) [KIND_##symbol] = {name_, KIND_##container_},
#include "model/kinds.def"
#undef KIND
};

static const struct {
	const char *name;
	enum unit unit;
} resources[] = {
#define RESOURCE(symbol, name_, unit_) [RESOURCE_##symbol] = {name_, UNIT_##unit_},
#include "model/resources.def"
#undef RESOURCE
};

static const char *const units[] = {
#define UNIT(symbol, name_, what) [UNIT_##symbol] = name_,
#include "model/units.def"
#undef UNIT
};

static const char *const processes[] = {
#define PROCESS(symbol, name_, one_shot, what) [PROCESS_##symbol] = name_,
#include "model/processes.def"
#undef PROCESS
};

static const char *const modes[] = {"observe", "warn", "enforce"};

static const struct {
	const char *name;
	const char *sees;
} sensors[] = {
#define SENSOR(symbol, name_, what_) [SENSOR_##symbol] = {name_, what_},
#include "model/sensors.def"
#undef SENSOR
};

static const struct {
	enum measure measure;
	const char *word;
} groups[] = {
#define GROUP(symbol, word_) {MEASURE_##symbol, word_},
#include "model/groups.def"
#undef GROUP
};

static const struct {
	enum measure share, floor;
} floors[] = {
#define FLOOR(share_, floor_) {MEASURE_##share_, MEASURE_##floor_},
#include "model/floors.def"
#undef FLOOR
};

const struct measure_info *
measure_info(enum measure measure)
{
	return &measures[measure];
}

const struct verb_info *
verb_info(enum verb verb)
{
	return &verbs[verb];
}

enum process
verb_by(enum verb verb, enum subject_kind kind)
{
	enum process by = verb_info(verb)->by;
	bool is_kept = kind == KIND_ADDRESS || kind == KIND_MESSAGE;
	return by == PROCESS_ENFORCER && is_kept ? PROCESS_STEWARD : by;
}

const struct service_info *
service_info(enum service service)
{
	return &services[service];
}

const char *
kind_name(enum subject_kind kind)
{
	return kinds[kind].name;
}

enum subject_kind
kind_container(enum subject_kind kind)
{
	return kinds[kind].container;
}

const char *
unit_name(enum unit unit)
{
	return units[unit];
}

const char *
resource_name(enum resource resource)
{
	return resources[resource].name;
}

enum unit
resource_unit(enum resource resource)
{
	return resources[resource].unit;
}

const char *
mode_name(enum mode mode)
{
	return modes[mode];
}

const char *
sensor_name(enum sensor sensor)
{
	return sensors[sensor].name;
}

const char *
sensor_sees(enum sensor sensor)
{
	return sensors[sensor].sees;
}

const char *
measure_group(enum measure measure, size_t index)
{
	for (size_t i = 0; i < array_length(groups); i++)
		if (groups[i].measure == measure && index-- == 0)
			return groups[i].word;
	return NULL;
}

int
measure_floor(enum measure measure)
{
	for (size_t i = 0; i < array_length(floors); i++)
		if (floors[i].share == measure)
			return (int)floors[i].floor;
	return -1;
}

/* Moves past the next of some words separated by single blanks; its length, or 0 at the end. */
static size_t
next_word(const char **words)
{
	*words += strspn(*words, " ");
	return strcspn(*words, " ");
}

int
measure_value_find(enum measure measure, const char *name)
{
	if (measures[measure].unit != UNIT_NAME)
		return -1;
	const char *words = measures[measure].words;
	size_t length = 0;
	for (int i = 0; (length = next_word(&words)) > 0; i++, words += length)
		if (strlen(name) == length && memcmp(words, name, length) == 0)
			return i;
	return -1;
}

void
measure_value_add(struct str *out, enum measure measure, int64_t index)
{
	const char *words = measures[measure].words;
	size_t length = next_word(&words);
	for (; index > 0 && length > 0; index--) {
		words += length;
		length = next_word(&words);
	}
	if (index < 0 || length == 0 || measures[measure].unit != UNIT_NAME)
		str_add_char(out, '?');
	else
		str_add_bytes(out, words, length);
}

const char *
process_name(enum process process)
{
	return processes[process];
}

#define DEFINE_FIND(noun, expression, count)                                                   \
	int noun##_find(const char *name)                                                      \
	{                                                                                      \
		for (int i = 0; i < (int)(count); i++)                                         \
			if (strcmp(expression, name) == 0)                                     \
				return i;                                                      \
		return -1;                                                                     \
	}

DEFINE_FIND(measure, measures[i].name, MEASURE_COUNT)
DEFINE_FIND(verb, verbs[i].name, VERB_COUNT)
DEFINE_FIND(service, services[i].name, SERVICE_COUNT)
DEFINE_FIND(kind, kinds[i].name, KIND_COUNT)
DEFINE_FIND(sensor, sensors[i].name, SENSOR_COUNT)
DEFINE_FIND(resource, resources[i].name, RESOURCE_COUNT)
DEFINE_FIND(mode, modes[i], 3)
DEFINE_FIND(process, processes[i], PROCESS_COUNT)

bool
kind_within(enum subject_kind kind, enum subject_kind outer)
{
	while (kind != outer && kind != KIND_HOST)
		kind = kind_container(kind);
	return kind == outer;
}
