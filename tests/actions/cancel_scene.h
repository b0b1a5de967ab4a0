/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of cancel and of panels share: an account with a home, real
 * errands, and a clock that is told. What the verb suspend does is not theirs;
 * it is noted that it was asked for. Needs root.
 */
#ifndef TESTS_ACTIONS_CANCEL_SCENE_H
#define TESTS_ACTIONS_CANCEL_SCENE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "actions/cancel.h"

enum { ALICE = 61140, BOB = 61141, FLOOR = 61000, PATIENCE = 60000 };

extern struct cancel_scene {
	char folder[64];
	int state;
	int out; /* where programs write */
	struct tools tools;
	struct config config;
	struct accounts *accounts;
	struct errands *errands;
	struct panels *panels;
	struct cancels *cancels;
	int64_t now;  /* boot, as told */
	int64_t wall; /* as told */
	uint64_t next;
	int suspended, asked;
	int suspend_status;
	struct outcome outcome;
	uint32_t outcomes;
	char text[8192];
	char archive[128];
} scene;

/* For cmocka: a new scene before each test, and its end. */
int begin(void **state);
int finish(void **state);

/* As if the enforcer had died and come again. */
void restart(void);

/* A path below the scene's folder; the last eight stay valid. */
const char *in_folder(const char *name);
void write_file(const char *name, mode_t mode, const char *text);
/* What is in it, "" if it is not there; until the next call. */
const char *read_back(const char *name);
bool exists(const char *name);

/* One turn of the hands; time as told goes on by so much. */
void turn(int64_t ms);

/* Turns until it is so; false: it did not come to it. */
bool comes(bool (*condition)(void));
bool was_reported(void);

struct action action_of(enum operation operation, enum verb verb);

/* Asks; asks and turns until it is so; and, the latter two, until the report. */
int ask_cancel(void);
void cancel_until(bool (*condition)(void));
void cancel_alice(void);
void reinstate_alice(void);

int note_suspend(void *context, const struct order *order, struct str *text);
void note_report(void *context, const struct action *action, int status, const char *text);
int64_t told_wall(void);

#define assert_says(text, part)                                                                \
	do {                                                                                   \
		if (!strstr(text, part))                                                       \
			fail_msg("'%s' is not in: %s", part, text);                            \
	} while (0)

#define assert_silent(text, part)                                                              \
	do {                                                                                   \
		if (strstr(text, part))                                                        \
			fail_msg("'%s' is in: %s", part, text);                                \
	} while (0)

#endif
