/* SPDX-License-Identifier: Apache-2.0 */
/* One value for a subject at a time. */
#ifndef MODEL_OBSERVATION_H
#define MODEL_OBSERVATION_H

#include "model/subject.h"

struct observation {
	enum measure measure;
	struct subject subject;
	int64_t at;	/* ms of the boot clock */
	int64_t value;	/* in the measure's unit */
	uint64_t group; /* for `per`: identity of the client, site, recipient ...; else 0 */
	const char
	    *label; /* what people read for the subject, or the group's text; never NULL */
};

void observation_encode(const struct observation *observation, struct str *out);
int observation_decode(const void *bytes, size_t length, struct arena *arena,
    struct observation *ret_observation) must_use;

#endif
