/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When forking is a bomb. How many tasks somebody has says little: a build or
 * a busy site has hundreds. A bomb is told by three things together:
 *
 *      growth   within ten seconds there are BOMB_GROWTH more of them alive
 *      forks    and as many were forked: threads do not count
 *      depth    and they stand BOMB_DEPTH generations deep, all born in those
 *               ten seconds, all of one program, whether or not they still live
 *
 * Ten, because a bomb slows down the machine that it goes off on, and itself: the
 * first second is enough where nothing else runs.
 *
 * Whoever starts many, such as a server or `make -j`, has them side by side, and what
 * make starts are other programs. A bomb that is one mother of a thousand has no
 * depth: for it growth alone counts, at eight times the size, if hardly any of
 * the children has become a program of its own.
 */
#ifndef SENSORS_BOMB_H
#define SENSORS_BOMB_H

#include <linux/types.h>

#include "sensors/argv_scan.h"

enum { BOMB_GROWTH = 128, BOMB_DEPTH = 6, BOMB_LITTER = 8 * BOMB_GROWTH };

#define BOMB_WINDOW_NS 10000000000ULL

/* What is remembered of one uid; all zero: nothing yet. */
struct bomb {
	__u64 since; /* the window's begin, boot clock */
	__u32 from;  /* tasks then */
	__u32 forks; /* since then */
	__u32 execs;
	__u32 deepest; /* generation */
};

/* Counts a fork of a process, after which its uid has so many tasks. */
static inlined void
bomb_fork(struct bomb *bomb, __u64 now, __u32 living)
{
	if (!bomb->since || now - bomb->since > BOMB_WINDOW_NS || living < bomb->from) {
		bomb->since = now;
		bomb->from = living;
		bomb->forks = bomb->execs = bomb->deepest = 0;
	}
	bomb->forks++;
}

static inlined int
bomb_is_one(const struct bomb *bomb, __u32 living)
{
	__u32 growth = living - bomb->from;
	if (living < bomb->from || growth < BOMB_GROWTH || bomb->forks < BOMB_GROWTH)
		return 0;
	if (bomb->deepest >= BOMB_DEPTH)
		return 1;
	return growth >= BOMB_LITTER && bomb->forks >= BOMB_LITTER &&
	       bomb->execs < bomb->forks / 4;
}

#endif
