/* SPDX-License-Identifier: Apache-2.0 */
/* What whoever was answered may quote, and what his answer is found by on record. */
#ifndef GATES_REFERENCE_H
#define GATES_REFERENCE_H

enum { LONGEST_REFERENCE = 23 };

/*
 * A new one: HW-, the time, and a number by chance.
 *
 * SECURITY: who reports of a mail has it, so nobody may guess its reference.
 */
void reference_make(char reference[LONGEST_REFERENCE + 1]);

#endif
