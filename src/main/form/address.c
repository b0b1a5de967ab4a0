/* SPDX-License-Identifier: Apache-2.0 */
#include "main/form/address.h"

#include <stdbool.h>
#include <string.h>

#include "base/str.h"

/* RFC 5321, 4.5.3.1. */
enum { LONGEST_LOCAL = 64, LONGEST_DOMAIN = 253, LONGEST_LABEL = 63 };

#define DIGITS	"0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/*
 * Of a dot-atom without '%' and '!', by which mail was once sent on to a third host, and
 * without
 * '`' and '$', '{' and '}', '|', '^' and '*', which nobody has and shells know.
 */
static const char local_bytes[] = LETTERS DIGITS "._-+=~#&'/?";
static const char domain_bytes[] = LETTERS DIGITS "-.";

/* Whether all of it is of those bytes, without a dot at an end or behind another. */
static bool
is_dotted(const char *text, size_t length, const char *bytes)
{
	if (!length || text[0] == '.' || text[length - 1] == '.')
		return false;
	for (size_t i = 0; i < length; i++)
		if (!strchr(bytes, text[i]) || (text[i] == '.' && text[i + 1] == '.'))
			return false;
	return true;
}

static const char *
local_wrong(const char *local, size_t length)
{
	if (length > LONGEST_LOCAL)
		return "more than 64 characters stand before the '@'";
	if (!is_dotted(local, length, local_bytes))
		return "what stands before the '@' has a character that is not taken";
	/* It would be an option to a program, and an encoded word to who shows the mail. */
	if (local[0] == '-' || memmem(local, length, "=?", 2))
		return "what stands before the '@' is no name of a mailbox";
	return NULL;
}

static const char *
domain_wrong(const char *domain)
{
	size_t length = strlen(domain);
	const char *last = strrchr(domain, '.');
	if (length > LONGEST_DOMAIN)
		return "more than 253 characters stand behind the '@'";
	if (!last || !is_dotted(domain, length, domain_bytes))
		return "what stands behind the '@' is no domain";
	if (strspn(last + 1, DIGITS "-") == strlen(last + 1))
		return "its domain ends in a number";
	for (const char *label = domain; *label; label += *label == '.') {
		size_t label_length = strcspn(label, ".");
		if (label_length > LONGEST_LABEL || *label == '-' ||
		    label[label_length - 1] == '-')
			return "what stands behind the '@' is no domain";
		label += label_length;
	}
	return NULL;
}

const char *
form_address_wrong(const char *text)
{
	const char *at = strchr(text, '@');
	if (!at)
		return "it has no '@'";
	if (strchr(at + 1, '@'))
		return "it has more than one '@'";
	const char *wrong = local_wrong(text, (size_t)(at - text));
	if (!wrong)
		wrong = domain_wrong(at + 1);
	return !wrong && strlen(text) > FORM_LONGEST_ADDRESS ? "it has more than 254 characters"
							     : wrong;
}
