/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Waits until a daemon's main process has nothing to do, so that a signal does not
 * meet it in the middle of what an earlier one asked for.
 */
#ifndef BASE_REST_H
#define BASE_REST_H

#include <stdint.h>

/*
 * Returns when the process has slept for 200 ms without computing, when it has
 * ended, or after 10 s. `proc` is /proc, opened.
 */
void process_let_rest(int proc, uint32_t pid);

#endif
