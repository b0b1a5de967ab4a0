/* SPDX-License-Identifier: Apache-2.0 */
#include "site/names.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "base/escape.h"
#include "base/str.h"

static const char *const reserved[] = {
#define RESERVED(name) name,
#include "site/reserved.def"
#undef RESERVED
};

static bool
is_letter(char character)
{
	return character >= 'a' && character <= 'z';
}

static bool
is_alphanumeric(char character)
{
	return is_letter(character) || (character >= '0' && character <= '9');
}

/* Whether all between two letters or digits are letters, digits or one of those, and no two of
 * those follow each other. */
static bool
is_name(const char *name, size_t length, const char *within)
{
	if (!length || !is_alphanumeric(name[0]) || !is_alphanumeric(name[length - 1]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!is_alphanumeric(name[i]) &&
		    (!strchr(within, name[i]) || !is_alphanumeric(name[i + 1])))
			return false;
	return true;
}

static bool
is_reserved(const char *name)
{
	for (size_t i = 0; i < array_length(reserved); i++)
		if (text_equal(reserved[i], name))
			return true;
	return text_starts_with(name, "hayward") || text_starts_with(name, "systemd-");
}

const char *
account_name_wrong(const char *name)
{
	if (strlen(name) > LONGEST_ACCOUNT)
		return "it has more than 31 characters";
	if (!is_letter(name[0]))
		return "it must begin with a letter from a to z";
	if (!is_name(name, strlen(name), "-"))
		return "it may hold a to z, 0 to 9, and single '-' within";
	if (is_reserved(name))
		return "the system uses that name itself";
	return NULL;
}

static const char *
label_wrong(const char *label, size_t length)
{
	if (!length)
		return "there is nothing between two dots";
	if (length > LONGEST_LABEL)
		return "a part between dots has more than 63 characters";
	for (size_t i = 0; i < length; i++) {
		if ((unsigned char)label[i] >= 0x80)
			return "write it in its ASCII form (xn--...), as the registry does";
		if (label[i] >= 'A' && label[i] <= 'Z')
			return "write it in lower case";
		if (!is_alphanumeric(label[i]) && label[i] != '-')
			return "a part between dots may hold a to z, 0 to 9 and '-'";
	}
	if (label[0] == '-' || label[length - 1] == '-')
		return "a part between dots may not begin or end with '-'";
	return NULL;
}

const char *
host_name_wrong(const char *name)
{
	if (strlen(name) > LONGEST_DOMAIN)
		return "it has more than 253 characters";
	for (const char *label = name;; label++) {
		size_t length = strcspn(label, ".");
		const char *wrong = label_wrong(label, length);
		label += length;
		if (wrong || !*label)
			return wrong;
	}
}

const char *
domain_name_wrong(const char *name)
{
	const char *wrong = host_name_wrong(name);
	if (wrong)
		return wrong;
	const char *last = strrchr(name, '.');
	if (!last)
		return "a domain has a dot";
	/* What is all digits could be taken for an address. */
	if (strspn(last + 1, "0123456789") == strlen(last + 1))
		return "its last part is a number";
	return NULL;
}

const char *
local_part_wrong(const char *name)
{
	if (strlen(name) > LONGEST_LOCAL)
		return "it has more than 64 characters";
	if (!is_name(name, strlen(name), "-_."))
		return "it may hold a to z, 0 to 9, and single '-', '_' and '.' within";
	return NULL;
}

const char *
suffix_wrong(const char *name)
{
	if (strlen(name) > LONGEST_ACCOUNT)
		return "it has more than 31 characters";
	if (!is_name(name, strlen(name), "_"))
		return "it may hold a to z, 0 to 9, and single '_' within";
	return NULL;
}

const char *
whole_name_wrong(const char *name)
{
	auto_str account = {0};
	const char *underscore = strchr(name, '_');
	/* No account's name has one. */
	str_add_bytes(&account, name, underscore ? (size_t)(underscore - name) : strlen(name));
	const char *wrong = account_name_wrong(str_text(&account));
	return wrong || !underscore ? wrong : suffix_wrong(underscore + 1);
}

const char *
folder_wrong(const char *path)
{
	if (!*path || strlen(path) > 1000)
		return "it must have 1 to 1000 characters";
	if (!text_is_clean(path) || strpbrk(path, "\"'\\:%${}#"))
		return "it may hold no quote, backslash, colon or control character";
	for (const char *step = path;; step++) {
		size_t length = strcspn(step, "/");
		if (!length || (length == 1 && step[0] == '.') ||
		    (length == 2 && step[0] == '.' && step[1] == '.'))
			return "it must lead down from the home: no '/' at an end, no '.' or "
			       "'..'";
		step += length;
		if (!*step)
			return NULL;
	}
}

const char *
contact_wrong(const char *address)
{
	const char *at = strrchr(address, '@');
	if (!at || at == address || strlen(address) > 254)
		return "it is no mail address";
	for (const char *character = address; *character; character++)
		if (*character <= ' ' || (unsigned char)*character >= 0x7f ||
		    strchr("<>(),;:\\\"[]", *character) ||
		    (*character == '@' && character != at))
			return "it holds what no plain mail address has";
	return NULL;
}
