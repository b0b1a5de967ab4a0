/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which script handed a mail in. The sensor tells when a script began to hand one in, the mail
 * server when its postdrop(1) did: the same moment, but for the time that a program takes to start. A
 * mail that waited in the maildrop keeps its moment, so what was seen is kept for as many as
 * there is room for.
 */
#ifndef FLOW_HANDINGS_H
#define FLOW_HANDINGS_H

#include <stdint.h>

#include "base/attributes.h"

enum { HANDINGS_KEPT = 4096 };

struct handings {
	uint64_t count; /* ever */
	struct {
		int64_t at; /* wall clock, ms */
		uint64_t script;
		uint32_t uid;
	} kept[HANDINGS_KEPT];
};

void handings_add(struct handings *handings, uint32_t uid, uint64_t script, int64_t at);

/*
 * The script of the uid's that handed in what postdrop began with at that time (wall clock, ms); 0:
 * none was seen, or it may have been one of several.
 */
uint64_t handings_find(const struct handings *handings, uint32_t uid, int64_t at) must_use;

#endif
