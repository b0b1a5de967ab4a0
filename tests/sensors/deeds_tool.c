/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints each deed that the parts of the sensor tell, for tests and by hand.
 *
 * usage: deeds_tool SECONDS [FIRST-UID]
 *
 * A line `ready`, then `UID MEASURE VALUE TEXT` for each, escaped; nothing that it counts
 * stays. Only what happens in its own PID namespace is seen.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/escape.h"
#include "base/log.h"
#include "model/tables.h"
#include "sensors/part.h"

static void
print_deed(void *context, const struct deed *deed)
{
	(void)context;
	auto_str text = {0};
	escape_text(&text, deed->text);
	printf("%u %s %lld %s\n", deed->uid, measure_info(deed->measure)->name,
	    (long long)deed->value, str_text(&text));
	fflush(stdout);
}

static void
load_all(const struct sensor_settings *settings, struct loaded *loaded)
{
	auto_str why = {0};
	if (sensor_load(settings, &why, loaded)) {
		printf("cannot: %s\n", str_text(&why));
		exit(77);
	}
	for (const struct sensor_part *const *part = sensor_parts; *part; part++) {
		str_clear(&why);
		if ((*part)->load(settings, loaded, &why))
			printf("no %s: %s\n", (*part)->name, str_text(&why));
	}
}

static void
print_handing(void *context, const struct handing *handing)
{
	(void)context;
	printf("%u handed in a mail, script %llx\n", handing->uid,
	    (unsigned long long)handing->script);
}

int
main(int count, char **arguments)
{
	struct stat namespace;
	if (count < 2 || stat("/proc/self/ns/pid", &namespace))
		fatal("usage: deeds_tool SECONDS [FIRST-UID]");
	const struct config defaults = config_default();
	struct sensor_settings settings = sensor_settings_of(&defaults);
	settings.pid_namespace = namespace.st_ino;
	if (count > 2)
		settings.first_uid = (uint32_t)strtoul(arguments[2], NULL, 10);
	struct loaded loaded;
	void *states[MOST_SENSOR_PARTS] = {0};
	load_all(&settings, &loaded);
	for (size_t i = 0; sensor_parts[i]; i++)
		if (sensor_parts[i]->open(loaded.fds, loaded.count, &settings, &states[i]))
			printf("cannot open %s\n", sensor_parts[i]->name);
	const struct part_listener listener = {print_deed, print_handing, NULL};
	printf("ready\n");
	fflush(stdout);
	int64_t end = clock_boot() + 1000 * strtol(arguments[1], NULL, 10);
	while (clock_boot() < end) {
		usleep(20000);
		for (size_t i = 0; sensor_parts[i]; i++)
			if (states[i] &&
			    sensor_parts[i]->look(states[i], clock_boot(), &listener))
				printf("cannot look at %s\n", sensor_parts[i]->name);
	}
	for (size_t i = 0; sensor_parts[i]; i++)
		if (states[i])
			sensor_parts[i]->close(states[i]);
	loaded_done(&loaded);
	return 0;
}
