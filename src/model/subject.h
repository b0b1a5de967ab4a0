/* SPDX-License-Identifier: Apache-2.0 */
/* What a number is about. */
#ifndef MODEL_SUBJECT_H
#define MODEL_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/wire.h"
#include "model/tables.h"

/*
 * Identity only; what people read (a path, an address) travels as a label. An
 * account is its id and generation, so that a new customer who is given an old
 * login name inherits nothing.
 */
struct subject {
	enum subject_kind kind;
	uint32_t account;    /* 0: the host, or nobody's */
	uint32_t generation; /* of the account */
	uint64_t key;	     /* within the account; 0 for the account itself */
};

bool subject_equal(const struct subject *one, const struct subject *other);

/* The same bytes for the same subject, for use as a map's key. */
struct subject_key {
	uint64_t words[3];
};
struct subject_key subject_key(const struct subject *subject);

void subject_encode(const struct subject *subject, struct str *out);
struct subject subject_decode(struct wire_reader *reader);

#endif
