/* SPDX-License-Identifier: Apache-2.0 */
#include "stored/attachments.h"

#include <string.h>
#include <strings.h>

#include "base/attributes.h"
#include "base/str.h"
#include "gates/mime.h"

/* Made by mail programs, whatever they are called and wherever they stand. */
static const char *const made_by_programs[] = {"application/pgp-signature",
    "application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-keys",
    "application/pgp-encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime",
    "application/ms-tnef", "application/ics", "text/calendar", "text/vcard", "text/x-vcard",
    "text/directory", "text/rfc822-headers", "message/delivery-status",
    "message/disposition-notification"};

static bool
is_made_by_a_program(const struct mime_part *part)
{
	for (size_t i = 0; i < array_length(made_by_programs); i++)
		if (strcmp(part->type, made_by_programs[i]) == 0)
			return true;
	return false;
}

/* A picture of an HTML mail is shown where its text names it. */
static bool
is_shown(const struct mime_part *part)
{
	return part->inlined || (part->referred && text_starts_with(part->type, "image/")) ||
	       strcmp(part->within, "multipart/encrypted") == 0;
}

/* The words themselves may have a name. */
static bool
is_words(const struct mime_part *part)
{
	return !*part->type || strcmp(part->type, "text/plain") == 0 ||
	       strcmp(part->type, "text/html") == 0;
}

bool
attachment_is(const struct mime_part *part)
{
	bool is_file = is_words(part) ? part->set_aside : part->attached;
	return is_file && !is_shown(part) && !is_made_by_a_program(part);
}

static void
visit(void *context, const struct mime_part *part)
{
	uint32_t *count = context;
	*count += attachment_is(part);
}

uint32_t
attachments_count(const char *message, size_t length)
{
	uint32_t count = 0;
	/* Of what lies deeper than is looked into nothing is known, and so nothing is said. */
	(void)mime_walk(message, length, visit, &count);
	return count;
}

bool
attachments_none(const char *type, const char *disposition)
{
	type += strspn(type, " \t\r\n");
	bool is_text = !*type || strncasecmp(type, "text/", strlen("text/")) == 0;
	return is_text && !*disposition;
}
