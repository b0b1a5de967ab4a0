/* SPDX-License-Identifier: Apache-2.0 */
/* What a mail server is told of a mail that is not accepted, from one table. */
#ifndef GATES_REFUSAL_H
#define GATES_REFUSAL_H

#include <stdbool.h>

#include "base/str.h"

enum refusal {
#define REFUSAL(symbol, name, reply, why, remedy) REFUSAL_##symbol,
#include "gates/refusals.def"
#undef REFUSAL
	REFUSAL_COUNT
};

/*
 * The text of a reply for milter_answer(). detail: what was found, "" for nothing, in whoever's
 * bytes. in_one_line: of mail that a program handed in, whose sender gets it in a bounce.
 */
void refusal_write(enum refusal refusal, const char *detail, const char *reference,
    bool in_one_line, struct str *out);

/* In records and logs: "virus", "unscanned". */
const char *refusal_name(enum refusal refusal);

#endif
