/* SPDX-License-Identifier: Apache-2.0 */
#include "actions/answers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/escape.h"
#include "base/file.h"

enum { LARGEST_TABLE = 64 * 1024 * 1024, LONGEST_ADDRESS = 254 };

static const char head[] =
    "# Written by hayward; changes are lost. See docs/verbs.md, cancel.\n";
static const char for_now[] =
    "450 4.2.1 This mailbox is closed at the moment, please try again later";
static const char for_good[] = "550 5.2.1 This mailbox is closed";

bool
answer_is_plain(const char *address)
{
	size_t length = strlen(address);
	if (!length || length > LONGEST_ADDRESS || *address == '.' || *address == '#' ||
	    !strchr(address, '.'))
		return false;
	return strspn(address, "abcdefghijklmnopqrstuvwxyz0123456789_+@.-") == length;
}

static void
add_lower(struct str *out, const char *text)
{
	for (; *text; text++)
		str_add_char(out, *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text);
}

static bool
is_shared(const struct accounts *accounts, const struct account *account, const char *domain)
{
	for (size_t i = 0; i < accounts_count(accounts); i++) {
		const struct account *other = accounts_at(accounts, i);
		for (uint32_t j = 0; other != account && j < other->domain_count; j++)
			if (!strcasecmp(other->domains[j], domain))
				return true;
	}
	return false;
}

static void
leave_out(struct str *text, const char *domain, const char *why)
{
	str_add(text, text->length ? ", '" : "'");
	escape_text(text, domain);
	str_addf(text, "' is left: %s", why);
}

void
answers_of(const struct accounts *accounts, const struct account *account, const char *host,
    struct str *out, struct str *text)
{
	auto_str own = {0};
	for (uint32_t i = 0; i < account->domain_count && i < MOST_ADDRESSES; i++) {
		auto_str domain = {0};
		add_lower(&domain, account->domains[i]);
		if (strchr(str_text(&domain), '@') || !answer_is_plain(str_text(&domain)))
			leave_out(text, account->domains[i], "it is no name of a domain");
		else if (is_shared(accounts, account, str_text(&domain)))
			leave_out(text, account->domains[i], "another account has it too");
		else if (!strcmp(str_text(&domain), host ? host : ""))
			leave_out(text, account->domains[i], "it is the host's");
		else
			str_addf(out, "%s\n", str_text(&domain));
	}
	add_lower(&own, account->name);
	str_addf(&own, "@%s", host ? host : "");
	if (host && *host && answer_is_plain(str_text(&own)))
		str_addf(out, "%s\n", str_text(&own));
}

void
answers_begin(struct str *out)
{
	str_clear(out);
	str_add(out, head);
}

void
answers_add(struct str *out, const char *addresses, bool is_final)
{
	while (*addresses) {
		size_t length = strcspn(addresses, "\n");
		str_add_bytes(out, addresses, length);
		str_addf(out, "\t%s\n", is_final ? for_good : for_now);
		addresses += length + (addresses[length] == '\n');
	}
}

int
answers_write(int root, const char *path, const struct str *table, bool *ret_changed)
{
	auto_str now = {0};
	const char *below = path + strspn(path, "/");
	int status = file_read(root, below, LARGEST_TABLE, &now);
	*ret_changed = false;
	if (status && status != -ENOENT)
		return status;
	if (!status && now.length && !text_starts_with(str_text(&now), head))
		return -EEXIST;
	if (!status && text_equal(str_text(&now), str_text(table)))
		return 0;
	*ret_changed = true;
	return file_replace(root, below, 0644, table->data, table->length);
}
