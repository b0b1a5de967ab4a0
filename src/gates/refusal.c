/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/refusal.h"

static const struct {
	const char *name;
	const char *reply;
	const char *why;
	const char *remedy;
} refusals[] = {
#define REFUSAL(symbol, name, reply, why, remedy) {name, reply, why, remedy},
#include "gates/refusals.def"
#undef REFUSAL
};

void
refusal_write(enum refusal refusal, const char *detail, const char *reference,
    bool in_one_line, struct str *out)
{
	const char *next = in_one_line ? " " : "\n";
	str_addf(out, "%s %s%s%s.%s%s%sReference %s", refusals[refusal].reply,
	    refusals[refusal].why, *detail ? " " : "", detail, next, refusals[refusal].remedy,
	    next, reference);
}

const char *
refusal_name(enum refusal refusal)
{
	return refusals[refusal].name;
}
