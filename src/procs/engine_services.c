/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the services of this host do: the prober asks those that speak by themselves, and the
 * steward hears each time that it asks MariaDB whether it answers at all.
 */
#include <stdio.h>

#include "base/clock.h"
#include "model/probe.h"
#include "procs/engine.h"

static void
observe(struct engine_inside *inside)
{
	struct sensor_fact *fact = &inside->facts.sensors[SENSOR_SERVICES];
	const struct services_seen *seen = &inside->services;
	fact->works = seen->known || seen->database_known;
	snprintf(fact->by, sizeof(fact->by), "%u services that served%s",
	    seen->known + seen->database_known, seen->database_known ? ", MariaDB too" : "");
	snprintf(fact->lost, sizeof(fact->lost), "%s%s%s", seen->why,
	    *seen->why && seen->database_fails ? "; " : "",
	    seen->database_fails ? "MariaDB cannot be asked" : "");
	if (!inside->restored)
		return;
	flow_set_sensor(inside->flow, SENSOR_SERVICES, fact->works);
	if (!fact->works)
		return;
	struct observation observation = {
	    .measure = MEASURE_HOST_SERVICES_FAILING,
	    .subject = {.kind = KIND_HOST},
	    .at = clock_boot(),
	    .value = seen->failing + seen->database_fails,
	    .label = "",
	};
	flow_observe(inside->flow, &observation, engine_moment(inside));
}

int
engine_accept_probed(struct engine_inside *inside, const void *bytes, size_t length)
{
	auto_arena struct arena *arena = arena_new();
	struct probed probed;
	int status = probed_decode(bytes, length, arena, &probed);
	if (status)
		return status;
	inside->services.known = probed.known;
	inside->services.failing = probed.failing;
	record_set_text(inside->services.why, sizeof(inside->services.why), probed.why);
	observe(inside);
	return 0;
}

void
engine_hear_database(struct engine_inside *inside, bool answers)
{
	inside->services.database_known |= answers;
	inside->services.database_fails = inside->services.database_known && !answers;
	observe(inside);
}

void
engine_services_unknown(struct engine_inside *inside)
{
	inside->services.known = inside->services.failing = 0;
	inside->services.why[0] = '\0';
	observe(inside);
}
