/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mail that a form sends. Nothing of the visitor's stands in its headers but the one
 * address that form_address_wrong() let pass; all else of his is in the body, encoded.
 */
#ifndef MAIN_FORM_MAIL_H
#define MAIN_FORM_MAIL_H

#include "base/str.h"
#include "main/form/fields.h"
#include "main/form/settings.h"

struct form_mail {
	const struct form_settings *settings;
	const struct form_recipient *recipient;
	const struct form_fields *fields;
	const char *reply_to; /* "": he gave none */
	const char *visitor;  /* his internet address, printed by us */
	const char *form;     /* name of the form's file */
};

/* The whole mail, lines end with \n; for sendmail(1), which adds Date and Message-ID. */
void form_mail_write(const struct form_mail *mail, struct str *out);

/* Quoted-printable (RFC 2045, 6.7) of text whose lines end with \n; lines of 76 bytes at most.
 */
void form_quote(const struct str *text, struct str *out);

/* A header's text: as it is, or as encoded words (RFC 2047), folded. */
void form_header_text(const char *text, struct str *out);

#endif
