/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which scripts send what a visitor says to whom a visitor says. Of each script the last
 * requests are kept of which a mail came with the visitor's text, and which strangers got it.
 * Pure; time is told.
 *
 *     not counted   who is asked for a password by the web server, or brings a cookie: he may
 *                   be logged in, and write to people from a book of addresses
 *     no stranger   whom several requests named: an address that stands in the page. A form has
 *                   few of these; more are victims who are written to again
 *     no stranger   with whom the account had business before, see engine/acquaintances.h
 *     a copy        the only stranger of a request whose text went also to one of these, or to
 *                   whom it did not name: he is told what he wrote to the owner
 *     one of many   that one request named: it may stand in the page, or be the visitor's
 *     a friend      whom a request named alone, if what the visitor wrote to others was another
 *                   text: many people may have one address
 *
 * What is left is counted for each visitor by himself. Whom somebody added by a header of his
 * own always counts. SECURITY: it takes the form's own willingness to make somebody guilty: it
 * has to send the visitor's words to whom he names.
 */
#ifndef ENGINE_FORMS_H
#define ENGINE_FORMS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "model/mail_request.h"
#include "model/subject.h"

enum { FORMS_MOST_NAMED = 64 };

struct forms;

/* A mail that a script sent for a visitor. */
struct form_sent {
	struct subject script;
	const char *label;     /* its path */
	const char *reference; /* by which a rating finds it */
	const struct mail_request *request;
};

/* Whom one visitor has had it write to within the hour. */
struct forms_named {
	uint64_t group; /* who is named in others does not count together with these */
	uint32_t count;
	uint64_t strangers[FORMS_MOST_NAMED];
};

struct forms *forms_new(void) must_use;
void forms_free(struct forms *forms);

/* now: ms of any clock that does not step. */
void forms_sent(struct forms *forms, const struct form_sent *sent, int64_t now,
    struct forms_named *ret_named);

/* A mail that an account's programs sent, whatever it came of. */
struct form_wrote {
	struct subject account;
	const struct mail_request *request;
	uint32_t named_count;
	const uint64_t *named; /* mailed_hash() of all its recipients; borrowed */
};

/* Remembers whom it has had business with. */
void forms_wrote(struct forms *forms, const struct form_wrote *wrote, int64_t now);

/*
 * Our filter refuses the mail with that reference as spam. Whether that now shows that spam is
 * relayed: two strangers whom visitors named got such mails, and not as copies; said once.
 * ret_label is the caller's to free.
 */
bool forms_refused(struct forms *forms, const char *reference, struct subject *ret_script,
    char **ret_label) must_use;

/* What it has sent so far speaks against it no more. */
void forms_forgive(struct forms *forms, const struct subject *script);

/* Drops what is too old to count. */
void forms_forget(struct forms *forms, int64_t now);

/* With whom accounts had business, as bytes, and back into forms that know nobody yet.
 * Malformed bytes make the reader fail. */
void forms_encode(const struct forms *forms, struct str *out);
void forms_decode(struct forms *forms, struct wire_reader *reader, int64_t now);

#endif
