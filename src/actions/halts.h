/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is to be ended stands still while evidence of him is taken.
 *
 *     halted ──▶ ended by the lock that waited          (forgotten)
 *            ├─▶ the lock fails, or is not to be        (runs on)
 *            └─▶ a minute passes and no lock has come   (runs on)
 *
 * Standing still is no hold: nobody is told of it and nothing releases it. So
 * it must never outlast what it was for, nor us: it is noted on disk, and who
 * comes after us wakes whom we have left.
 */
#ifndef ACTIONS_HALTS_H
#define ACTIONS_HALTS_H

#include "actions/reaper.h"
#include "actions/tools.h"

struct halts;

/* Takes up what a former run has halted; both are borrowed. reaper NULL: nobody is halted. */
struct halts *halts_new(const struct tools *tools, struct reaper *reaper) must_use;
void halts_free(struct halts *halts);

/* Stops all that the account runs. now: boot ms. 0 or -errno: then it runs on. */
int halts_begin(struct halts *halts, const struct account *account, int64_t now) must_use;

/* It was ended: nobody is left to be woken. */
void halts_forget(struct halts *halts, uint32_t account);

/* It runs on, if it was halted. */
void halts_wake(struct halts *halts, uint32_t account);

/* It will not be ended, and runs on whether it is known to be halted or not. */
void halts_give_up(struct halts *halts, const struct account *account);

/* Wakes whom nobody came to end; gives when to call again, boot ms; INT64_MAX: none is halted.
 */
int64_t halts_tick(struct halts *halts, int64_t now);

#endif
