/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A notice: facts for one mail to the owner of an account (or to the operator).
 * The engine gives facts, the notifier has the words: templates with
 * {placeholders} for the fields, and one repeated part for each of the lists.
 */
#ifndef MODEL_NOTICE_H
#define MODEL_NOTICE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/wire.h"
#include "model/answer_tag.h"

/* Which template: NOTICE_KIND(symbol, name of its files). */
#define NOTICE_KINDS(KIND)                                                                     \
	KIND(WARNING, "warning")	 /* a case; what follows, and when */                  \
	KIND(APPROACHING, "approaching") /* 80 % of a limit */                                 \
	KIND(ACTED, "acted")		 /* something was done, told after */                  \
	KIND(RELEASED, "released")	 /* it is over, everything is as before */             \
	KIND(EXCEPTION_ENDS,                                                                   \
	    "exception-ends")	     /* what was allowed until a date is so no longer */       \
	KIND(REPLY, "reply")	     /* what staff answer to a request or an answer */         \
	KIND(REQUEST, "ask-to-move") /* staff would like to talk about another plan */         \
	KIND(FLOOD, "flood")	     /* a few visitors are the cause; who they are */          \
	KIND(ALARM, "alarm")	     /* to the operator */

enum notice_kind {
#define NOTICE_ENUM(symbol, name) NOTICE_##symbol,
	NOTICE_KINDS(NOTICE_ENUM)
#undef NOTICE_ENUM
	    NOTICE_KIND_COUNT
};

/*
 * Fields known to templates: account, plan, host, operator, clause, title,
 * says, subject, measure, value, limit, window, since, deadline (a UTC date),
 * next (what follows, in words), remedy, offers, case, reason, visitors. A field that
 * does not apply is not there.
 */
struct notice_field {
	const char *name;
	const char *value;
};

/* One line of evidence: which script, when, how much. */
struct notice_evidence {
	const char *subject; /* bytes the customer chose */
	const char *when;
	const char *value;
	const char *of_limit; /* the limit, or the share of the account's own use */
};

struct notice {
	uint64_t id; /* stable: the Message-ID is made from it and the host name */
	enum notice_kind kind;
	int64_t wall;		     /* when it was decided; the Date */
	const char *to;		     /* address; "" : to the operator only */
	struct answer_matter matter; /* what an answer to it is about */
	uint32_t field_count;
	struct notice_field *fields;
	uint32_t evidence_count;
	struct notice_evidence *evidence;
};

/* What came of it: status 0 delivered, -EAGAIN given up for now, -ENXIO refused for good. */
struct delivery {
	uint64_t notice;
	int64_t status;
	const char *text; /* the relay's words; never NULL */
};

const char *notice_kind_name(enum notice_kind kind);

/* The field's value, or NULL. */
const char *notice_field(const struct notice *notice, const char *name);

void notice_encode(const struct notice *notice, struct str *out);
int notice_decode(
    const void *bytes, size_t length, struct arena *arena, struct notice *ret_notice) must_use;

void delivery_encode(const struct delivery *delivery, struct str *out);
int delivery_decode(const void *bytes, size_t length, struct arena *arena,
    struct delivery *ret_delivery) must_use;

#endif
