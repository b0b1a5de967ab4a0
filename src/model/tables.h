/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The closed words of hayward: kinds of subject, units, resources, sensors,
 * measures, verbs, services, processes. Each is one .def list; the enums, names and
 * facts here are made from it, so nothing is listed twice.
 */
#ifndef MODEL_TABLES_H
#define MODEL_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum subject_kind {
#define KIND(symbol, name, container) KIND_##symbol,
#include "model/kinds.def"
#undef KIND
	KIND_COUNT
};

enum unit {
#define UNIT(symbol, name, what) UNIT_##symbol,
#include "model/units.def"
#undef UNIT
	UNIT_COUNT_
};

enum resource {
#define RESOURCE(symbol, name, unit) RESOURCE_##symbol,
#include "model/resources.def"
#undef RESOURCE
	RESOURCE_COUNT
};

enum measure {
#define MEASURE(symbol, name, class, unit, kinds, resource, gate, words, sensor, what)         \
	MEASURE_##symbol,
#include "model/measures.def"
#undef MEASURE
	MEASURE_COUNT
};

enum verb {
#define VERB(symbol, name, kinds, when, undo, end, destroys, acting, binding, mode, by)        \
	VERB_##symbol,
#include "model/verbs.def"
#undef VERB
	VERB_COUNT
};

enum service {
#define SERVICE(symbol, name, paragraph) SERVICE_##symbol,
#include "model/services.def"
#undef SERVICE
	SERVICE_COUNT
};

enum process {
#define PROCESS(symbol, name, one_shot, what) PROCESS_##symbol,
#include "model/processes.def"
#undef PROCESS
	PROCESS_COUNT
};

enum measure_class { CLASS_GAUGE, CLASS_EVENT, CLASS_DISTINCT, CLASS_SHARE, CLASS_ATTRIBUTE };
enum gate { GATE_NOWHERE, GATE_ANYWHERE, GATE_KERNEL, GATE_MAIL, GATE_SESSION };
enum mode { MODE_OBSERVE, MODE_WARN, MODE_ENFORCE };
enum verb_when { WHEN_STEP, WHEN_ANSWER };
enum verb_end { END_NOTHING, END_UNDONE, END_STAYS };

/* Who feeds a measure. A host lacks some; see engine_set_sensor(). */
enum sensor {
#define SENSOR(symbol, name, what) SENSOR_##symbol,
#include "model/sensors.def"
#undef SENSOR
	SENSOR_COUNT
};

struct measure_info {
	const char *name;
	enum measure_class class;
	enum unit unit;
	uint32_t kinds; /* bit 1 << kind for each kind it is kept for */
	enum resource resource;
	enum gate gate;
	const char *words; /* unit NAME: the listed values; EVENT, DISTINCT: what is counted */
	enum sensor sensor;
	const char *what;
};

struct verb_info {
	const char *name;
	uint32_t kinds;
	enum verb_when when;
	const char *undo;
	enum verb_end end;
	bool destroys;
	bool acting;
	bool binding;
	enum mode least;
	enum process by;
};

struct service_info {
	const char *name;
	const char *paragraph;
};

/* Facts of one entry; the index must be valid. */
const struct measure_info *measure_info(enum measure measure);
const struct verb_info *verb_info(enum verb verb);

/* Who carries it out on a subject of that kind: what the site's servers keep is the steward's. */
enum process verb_by(enum verb verb, enum subject_kind kind);
const struct service_info *service_info(enum service service);
const char *kind_name(enum subject_kind kind);
enum subject_kind kind_container(enum subject_kind kind);
const char *unit_name(enum unit unit);
const char *resource_name(enum resource resource);
enum unit resource_unit(enum resource resource);
const char *mode_name(enum mode mode);
const char *sensor_name(enum sensor sensor);
const char *sensor_sees(enum sensor sensor);
const char *process_name(enum process process);

/* The index-th word that `per` may name for a measure, or NULL beyond the last. */
const char *measure_group(enum measure measure, size_t index);

/*
 * For a share of what happens to be used: the measure that a condition must also
 * ask for, as a floor. -1 if it is a share of capacity, or no share.
 */
int measure_floor(enum measure measure);

/* Index of a listed value of a measure of unit NAME, or -1; and the value, for showing. */
int measure_value_find(enum measure measure, const char *name);
void measure_value_add(struct str *out, enum measure measure, int64_t index);

/* The entry of that name, or -1. */
int measure_find(const char *name);
int verb_find(const char *name);
int service_find(const char *name);
int kind_find(const char *name);
int sensor_find(const char *name);
int resource_find(const char *name);
int mode_find(const char *name);
int process_find(const char *name);

/* Whether outer is kind itself or one of its containers. */
bool kind_within(enum subject_kind kind, enum subject_kind outer);

#endif
