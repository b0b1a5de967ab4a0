/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A part of the sensor beside the sums: kernel programs of its own, which the
 * loader loads after those of the sums, and whose words the sensor process
 * turns into deeds. Each is optional: a kernel that refuses it loses what it
 * would have told, and nothing else.
 */
#ifndef SENSORS_PART_H
#define SENSORS_PART_H

#include "model/deed.h"
#include "model/handing.h"
#include "sensors/load.h"

/* Is told a deed; its text lives for the call only. */
typedef void deed_callback(void *context, const struct deed *deed);

/* Who hears what a part has to tell. */
struct part_listener {
	deed_callback *deed;
	void (*handing)(void *context, const struct handing *handing);
	void *context;
};

struct sensor_part {
	const char *name;
	enum sensor sensor; /* what it feeds */
	const char *by;	    /* for status: by what means */

	/*
	 * In the loader: loads and attaches, and adds its descriptors, named "NAME.…", to
	 * what will be kept. The first sums->count of them are those of the sums. 0 or -errno,
	 * and then why gets the reason in words.
	 */
	int (*load)(
	    const struct sensor_settings *settings, struct loaded *loaded, struct str *why);

	/* In the sensor: opens what was loaded for it; the descriptors stay the caller's.
	 * -ENOENT: it was not loaded. */
	int (*open)(const struct named_fd *fds, size_t count,
	    const struct sensor_settings *settings, void **ret_state);

	/* Readable when there is something to look at before the interval is over; -1: never.
	 */
	int (*wakes)(const void *state);

	/* Tells what was done since the last look, now being the boot clock in ms. 0 or -errno.
	 */
	int (*look)(void *state, int64_t now, const struct part_listener *listener);

	/* What was lost so far, in words, or nothing. */
	void (*describe)(const void *state, struct str *out);

	void (*close)(void *state);
};

/* All parts; the last is followed by NULL. */
extern const struct sensor_part *const sensor_parts[];

enum { MOST_SENSOR_PARTS = 8 };

#endif
