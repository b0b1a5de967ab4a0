/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A worker of PHP-FPM runs one script after the other. Where nobody could listen to it, the
 * sensor knows the worker's processor time at once, and the pool's access log says seconds
 * later which scripts took it. So of an account whose pools are logged, what its workers used
 * waits a while for being claimed; what nobody claims is the server's own, as it is elsewhere.
 *
 * An account's total is never touched, and no script is given more than the workers used.
 */
#ifndef ENGINE_POOLS_H
#define ENGINE_POOLS_H

#include "model/frame.h"

enum { POOLS_WAIT = 12 * 1000 /* ms: the logs' reading and telling, twice */ };

struct pools;

struct pools *pools_new(void) must_use;
void pools_free(struct pools *pools);

/* What logs say: rows of scripts. now: ms of the boot clock, as all times here. */
void pools_claim(struct pools *pools, const struct frame *claims, int64_t now);

/* Whether the row is that of the server's own program. */
typedef bool pools_is_server(void *context, const struct frame_row *row);

/*
 * The frame as it is to be counted: its rows, or copies in the arena if some are others. To be
 * called for each frame, in order. logged: of whoever's pool the row is, a log will tell.
 */
struct frame pools_settle(struct pools *pools, const struct frame *frame, bool logged,
    struct arena *arena, pools_is_server *is_server, void *context);

#endif
