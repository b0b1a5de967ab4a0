/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One mail, as RFC 5322 and MIME (RFC 2045 to 2047) want it: text and HTML side
 * by side, seven bits, lines that every relay takes. Whatever the texts hold,
 * no header can be added by them.
 */
#ifndef ACTIONS_MAIL_H
#define ACTIONS_MAIL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

struct mail {
	const char *host; /* name of this host, in the Message-ID and From */
	const char *from; /* addresses: mail_address_is_fine() of each */
	const char *to;
	const char *copy;     /* NULL: none */
	const char *reply_to; /* NULL: none */
	const char *subject;  /* any UTF-8; made one line */
	const char *label;    /* what kind of notice: a word for filters */
	uint64_t id;	      /* stable; the Message-ID is made from it */
	int64_t wall;	      /* ms; the Date */
	const char *text;     /* UTF-8 */
	const char *html;     /* NULL: text alone */
};

/* Appends the whole message, its lines ended by CRLF. */
void mail_compose(const struct mail *mail, struct str *out);

/* Appends "hayward.0123456789abcdef@host". */
void mail_add_id(uint64_t id, const char *host, struct str *out);

/* Whether it is local@domain in the plain form that all mail systems take. */
bool mail_address_is_fine(const char *address);

/* Breaks lines of more than 72 characters at blanks, keeping each line's indent. */
void mail_wrap(const char *text, struct str *out);

#endif
