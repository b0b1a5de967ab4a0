/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a site's web and shell servers tell its mail server about a mail that a program handed
 * in there: whose it is, in a header that only hayward can have written.
 *
 *     X-Hayward-Pass: uid=20001; at=1764190000; reference=HW-6927-1; seal=...
 *
 * The seal is HMAC-SHA256 (RFC 2104) over the words before it and the text of the mail, so that
 * whoever finds the header in a bounce cannot put it on a mail of his own. Blanks and line ends of
 * the text do not count: a mail server breaks long lines.
 */
#ifndef GATES_MAIL_PASS_H
#define GATES_MAIL_PASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nettle/sha2.h>

#include "base/str.h"
#include "gates/reference.h"
#include "model/gate_sockets.h"

enum {
	MAIL_PASS_KEY = GATE_KEY_SIZE,
	/* s: as long as a mail server keeps a mail that it cannot get rid of, and a day more. */
	MAIL_PASS_LASTS = 6 * 24 * 3600,
};

struct mail_pass {
	uint32_t uid;
	int64_t at; /* s, wall clock */
	char reference[LONGEST_REFERENCE + 1];
};

/* The text of a mail as it comes piece by piece; its digest is of what is no blank. */
struct mail_body {
	struct sha256_ctx digest;
};

void mail_body_begin(struct mail_body *body);
void mail_body_add(struct mail_body *body, const void *bytes, size_t length);

/* Writes the header's value. The body is read to its end, and begins anew. */
void mail_pass_write(const uint8_t key[MAIL_PASS_KEY], const struct mail_pass *pass,
    struct mail_body *body, struct str *out);

/* Whether the value is one that was written with that key for that body, not long before now
 * (s, wall clock). The body begins anew. */
bool mail_pass_read(const uint8_t key[MAIL_PASS_KEY], const char *value, int64_t now,
    struct mail_body *body, struct mail_pass *ret_pass);

#endif
