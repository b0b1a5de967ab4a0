/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which script handed a mail in. Over a connection, by the number of the sender's end. Else the
 * sensor tells when a script began to hand one in, the mail server when its postdrop(1) did:
 * the same moment, but for the time that a program takes to start. A mail that waited in the
 * maildrop keeps its moment, so what was seen is kept for as many as there is room for.
 *
 * SECURITY: postdrop is much faster than who asks about its mails. Whoever hands in thousands
 * makes room among his own, so that he hides nobody else's.
 */
#ifndef FLOW_HANDINGS_H
#define FLOW_HANDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "model/handing.h"

enum {
	HANDINGS_OF_UID = 4096,
	HANDINGS_KEPT = 32768, /* in all: of more the oldest of the uid that has most goes */
};

struct handings;

struct handings *handings_new(void) must_use;
void handings_free(struct handings *handings);

/* at of the handing: wall clock, ms. */
void handings_add(struct handings *handings, const struct handing *handing);

/*
 * What of the uid's handed in what postdrop began with at that time (wall clock, ms). false:
 * nothing was seen. It may have been one of several: then script is 0, and where they were not
 * started by the same the starter STARTER_UNKNOWN.
 */
bool handings_find(const struct handings *handings, uint32_t uid, int64_t at,
    struct handing *ret_handing) must_use;

/* What of the uid's last had a connection with that end. false: none was seen. */
bool handings_find_port(const struct handings *handings, uint32_t uid, uint16_t port,
    struct handing *ret_handing) must_use;

/*
 * Whether it may have been asked->script: of what began at asked->at, or over a connection, had
 * that end, nothing was seen; or it was that script, or one of several of which that is one.
 */
bool handings_may_be(const struct handings *handings, const struct handing *asked) must_use;

/* Drops what is too old for anybody to ask about. now: wall clock, ms. */
void handings_forget(struct handings *handings, int64_t now);

#endif
