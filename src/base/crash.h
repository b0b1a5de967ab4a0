/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crash points: places where a process can be made to die as if by kill -9, so
 * that a test can visit every instant between "decided" and "recorded". They
 * are compiled in always and do nothing until crash_allow(); haywardd calls
 * that only when it was started with --allow-crash.
 *
 *     HAYWARD_CRASH=journal-written:3 haywardd --allow-crash ...
 *
 * dies when journal-written is passed for the third time (first, without :N).
 * Passings are counted in each process by itself, so a process that is started
 * again dies again; with HAYWARD_CRASH_COUNT=FILE they are counted in that
 * file over all processes, and exactly one dies.
 */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#include "base/attributes.h"
#include "base/str.h"

enum crash_point {
#define CRASH(symbol, name, process, what) CRASH_##symbol,
#include "base/crash_points.def"
#undef CRASH
	CRASH_POINT_COUNT
};

/*
 * Obeys the environment from now on. Call it before privileges are given up.
 * 0 (also if nothing is asked for); -EINVAL: HAYWARD_CRASH names no point;
 * -errno: the file of HAYWARD_CRASH_COUNT cannot be used.
 */
int crash_allow(void) must_use;

/* Dies here if this point is the one asked for and its turn has come. */
void crash_point(enum crash_point point);

/* One line for each point: its name, its process and what has just happened, between tabs. */
void crash_list(struct str *out);

#endif
