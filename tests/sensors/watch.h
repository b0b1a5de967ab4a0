/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the sensors share: a kernel sensor with everything that
 * it said added up, a cgroup that measures the same beside it, and people who
 * run things. Needs root.
 */
#ifndef TESTS_SENSORS_WATCH_H
#define TESTS_SENSORS_WATCH_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "sensors/load.h"

struct watch;

/* A sensor that begins to count now. Ends the test program as skipped, saying why, if it
 * cannot. */
struct watch *watch_begin(uint32_t script_slots);

/* The same, of one PID namespace only. */
struct watch *watch_begin_in(uint32_t script_slots, uint64_t pid_namespace);

/* The same, with all of these. */
struct watch *watch_begin_with(const struct sensor_settings *settings);
void watch_end(struct watch *watch);

/* Takes a frame with a sensor of its own in a process that is nobody and has no capability. */
bool watch_without_power(const struct watch *watch);

/* As if the sensor had died and been started again on the same descriptors. */
void watch_restart(struct watch *watch);

/* Takes a frame and adds it up. */
void watch_look(struct watch *watch);

/* The same, as if it were so many ms later. */
void watch_look_later(struct watch *watch, int64_t later);

struct seen {
	uint64_t cpu_ns;
	uint64_t inclusive_ns;
	uint64_t runs;
	uint64_t most_memory; /* in any frame */
	uint32_t most_processes;
	uint64_t script; /* its key, 0 if it was never seen */
	pid_t pid;	 /* that stood for it last */
};

/* The uid's total. */
struct seen watch_uid(const struct watch *watch, uint32_t uid);

/* What has no name of its own. */
struct seen watch_others(const struct watch *watch, uint32_t uid);

/* All scripts of the uid whose path ends like that. */
struct seen watch_script(const struct watch *watch, uint32_t uid, const char *ending);

/* How many scripts of the uid have rows of their own. */
unsigned watch_script_count(const struct watch *watch, uint32_t uid);

/*
 * Looks until the uid's total has come within so many thousandths of cpu_ns,
 * or has not grown for two seconds.
 */
void watch_settle(struct watch *watch, uint32_t uid, uint64_t cpu_ns, unsigned per_mille);

/* Prints what the sensor says of itself. */
void watch_describe(const struct watch *watch);

/* Of how many tasks it says itself that it has not seen the end. */
uint64_t watch_unseen(const struct watch *watch);

/* Whether it says that of itself. */
bool watch_says(const struct watch *watch, const char *words);

/* How many runs the start of an interpreter was learned from. */
uint64_t watch_learned(const struct watch *watch, uint32_t interpreter);

/* How many servers of PHP began that nobody listens to. */
uint32_t watch_unserved(const struct watch *watch);

/* Whether one differs from the other by at most so many thousandths of the other. */
bool within(uint64_t one, uint64_t other, unsigned per_mille);

/* A cgroup that counts processor time: cpuacct of version 1, or version 2. */
struct meter {
	char path[128];
	bool second; /* version */
};

/* One that stands already, at its path. */
struct meter meter_at(const char *path);

struct meter meter_begin(const char *name);
void meter_end(const struct meter *meter);
uint64_t meter_read(const struct meter *meter);

/* Moves the calling process in. */
void meter_join(const struct meter *meter);

/* A folder under /tmp that everybody may enter, of that owner; heap text. */
char *folder_new(uid_t owner);
void folder_remove(const char *path);

/* Writes an executable file of that owner into the folder. */
void file_write(const char *folder, const char *name, uid_t owner, const char *text);

/* Becomes the uid, in its folder, for good. */
void become(uid_t uid, const char *folder);

/* Starts the command as uid in the folder, inside the meter (NULL: none); its pid. */
pid_t person_start(
    const struct meter *meter, uid_t uid, const char *folder, const char *const *command);

/* Waits for it; its exit status. */
int person_wait(pid_t pid);

/* Whether it has ended, and then waits for it. */
bool person_ended(pid_t pid);

#endif
