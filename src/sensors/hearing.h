/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One turn of hearing what kernel programs say. libbpf goes on until it has caught up, so
 * whoever says things as fast as they are heard would keep the sensor from everything else.
 * A turn ends after so many; what is left wakes us again, or waits for the next look.
 */
#ifndef SENSORS_HEARING_H
#define SENSORS_HEARING_H

#include "base/attributes.h"

enum { HEARING_MOST = 256 };

struct ring_buffer;

struct hearing {
	unsigned heard; /* in this turn */
};

/* For the end of a ring's callback: what it gives back. 0, or -EAGAIN to end the turn. */
int hearing_goes_on(struct hearing *hearing) must_use;

/* A turn of all rings of that one, whose callbacks end with hearing_goes_on(). 0 or -EIO. */
int hearing_turn(struct hearing *hearing, struct ring_buffer *ring) must_use;

#endif
