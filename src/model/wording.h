/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a visitor wrote of a mail, told by a few of its runs of words (forms/words.h), so that
 * two mails can be told to say much the same. Which runs are kept depends on nothing but the
 * text: a name that changes from mail to mail changes few of them (Broder, "On the resemblance
 * and containment of documents", 1997).
 */
#ifndef MODEL_WORDING_H
#define MODEL_WORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"
#include "base/wire.h"

enum { WORDING_MOST = 16 };

struct wording {
	uint32_t count;
	uint32_t runs[WORDING_MOST]; /* ascending; in an order of their own */
};

/* In any order, and as often as one likes. */
void wording_add(struct wording *wording, uint32_t run);

/* Whether half of all that both say is in both. Nothing agrees with nothing. */
bool wording_agrees(const struct wording *one, const struct wording *other);

void wording_encode(const struct wording *wording, struct str *out);
struct wording wording_decode(struct wire_reader *reader);

#endif
