/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving the terminal without leaving the person at it in the dark. */
#ifndef PROCS_BACKGROUND_H
#define PROCS_BACKGROUND_H

/*
 * Goes on in the background. The process that was started stays until
 * background_succeeded(), then ends with status 0; if we end before, with our
 * status. Returns in the background process.
 */
void background_enter(void);

/* All is well: leaves the terminal alone from now on. Nothing without background_enter(). */
void background_succeeded(void);

#endif
