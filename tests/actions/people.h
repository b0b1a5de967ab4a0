/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the hands share: an account table, processes of real uids
 * that do real things, and looking at where they are. Needs root.
 */
#ifndef TESTS_ACTIONS_PEOPLE_H
#define TESTS_ACTIONS_PEOPLE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "actions/entrance.h"
#include "actions/verb.h"

enum {
	ALICE = 61100,
	BOB = 61101,
	PROTECTED = 61102,
	UNDER_FLOOR = 61090,
	FLOOR = 61100,
	MOST_OUTCOMES = 32,
};

/* A pair of hands with its own group and state folder, and what it reported. */
struct scene {
	struct hands *hands;
	struct accounts *accounts;
	char cgroup[64];
	char folder[64];
	int state;
	struct entrance *entrance; /* NULL: none */
	uint32_t outcome_count;
	struct outcome outcomes[MOST_OUTCOMES];
	char texts[MOST_OUTCOMES][1024];
	uint64_t next_action;
};

void scene_begin(struct scene *scene);
void scene_end(struct scene *scene);

/* As if the enforcer had died and come again. */
void scene_restart(struct scene *scene);

struct action scene_action(
    struct scene *scene, enum operation operation, enum verb verb, uint32_t account);

/* Acts, ticks until the outcome is there (at most 20 s) and gives it. */
const struct outcome *scene_act(struct scene *scene, const struct action *action);
const struct outcome *scene_throttle(
    struct scene *scene, enum operation operation, enum resource resource, int64_t amount);

/* Ticks for that many ms. */
void scene_wait(struct scene *scene, int milliseconds);

/* Starts what() in a child of that uid, in a session of its own; the pid. */
pid_t start(uint32_t uid, void (*what)(void));

void end(pid_t pid);
bool lives(pid_t pid);

/* Ready-made things to do. */
void sleep_forever(void);
void burn(void);
void burn_by_short_children(void);

/* Whether this machine has version 2 of control groups, with controllers. */
bool is_unified(void);

/* Where a controller's hierarchy is mounted. */
const char *mount_of(const char *controller);

/* Puts a process into a group, by its path. */
void put_into(const char *group, pid_t pid);

/* Whether the group is gone, which is removed if nobody is in it; for comes_true(). */
bool is_gone(void *path);

/* The group of a process in it. */
const char *group_of(pid_t pid, const char *controller);

/* Whether condition comes true within some seconds, ticking meanwhile. */
bool comes_true(struct scene *scene, bool (*condition)(void *), void *context);

int64_t boot_ms(void);

#endif
