/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom the sites of an account have had business with: to whom they wrote what was their own,
 * though a visitor named him (he signed up, or forgot his password), or wrote though no visitor
 * named him. Who may be known so is no stranger when a later request names him. Pure; time is
 * told.
 *
 * Of each account the last of either kind are kept, apart from each other: a newsletter to very
 * many drives out nobody who signed up, and no account anybody of another's.
 */
#ifndef ENGINE_ACQUAINTANCES_H
#define ENGINE_ACQUAINTANCES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/str.h"
#include "base/wire.h"
#include "model/subject.h"

enum { ACQUAINTANCES_MOST = 1024 /* of an account, of either kind */ };

struct acquaintances;

/* Somebody, and what stands for the request that named him; 0: none did. */
struct acquaintance {
	uint64_t who; /* mailed_hash() */
	uint64_t request;
};

struct acquaintances *acquaintances_new(void) must_use;
void acquaintances_free(struct acquaintances *all);

/* account: its id and generation count. now: ms of any clock that does not step. */
void acquaintances_add(struct acquaintances *all, const struct subject *account,
    const struct acquaintance *one, int64_t now);

/*
 * SECURITY: what the very request brought about is no acquaintance for it: a form might send
 * what is its own first, and then what the visitor wrote.
 */
bool acquaintances_has(const struct acquaintances *all, const struct subject *account,
    const struct acquaintance *one);

/* Drops accounts that wrote to nobody for a year. */
void acquaintances_forget(struct acquaintances *all, int64_t now);

/* As bytes, and back into some that know nobody yet. Malformed bytes make the reader fail, and
 * nobody is known. */
void acquaintances_encode(const struct acquaintances *all, struct str *out);
void acquaintances_decode(struct acquaintances *all, struct wire_reader *reader, int64_t now);

#endif
