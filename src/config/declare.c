/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items are told apart by their first word, so line ends mean nothing.
 */
#include "config/declare.h"

#include <errno.h>
#include <string.h>

#include "config/reading.h"
#include "config/users.h"
#include "config/values.h"

enum item {
	ITEM_PLAN,
	ITEM_CONTACT,
	ITEM_HOME,
	ITEM_ID,
	ITEM_QUOTA,
	ITEM_FILES,
	ITEM_CREATED,
	ITEM_UIDS,
	ITEM_SUBUIDS,
	ITEM_DOMAINS,
	ITEM_ADDRESSES,
	ITEM_LIMITS,
	ITEM_PROTECTED,
	ITEMS
};

static const char *const item_names[] = {
    [ITEM_PLAN] = "plan",
    [ITEM_CONTACT] = "contact",
    [ITEM_HOME] = "home",
    [ITEM_ID] = "id",
    [ITEM_QUOTA] = "quota",
    [ITEM_FILES] = "files",
    [ITEM_CREATED] = "created",
    [ITEM_UIDS] = "uids",
    [ITEM_SUBUIDS] = "subuids",
    [ITEM_DOMAINS] = "domains",
    [ITEM_ADDRESSES] = "addresses",
    [ITEM_LIMITS] = "limits",
    [ITEM_PROTECTED] = "protected",
    [ITEMS] = NULL,
};

static int
parse_uid(const char *text, uint32_t *ret_uid)
{
	int64_t value;
	if (value_count(text, &value) || value < 1 || value >= UINT32_MAX)
		return -EINVAL;
	*ret_uid = (uint32_t)value;
	return 0;
}

static void
read_uids(struct reading *reading, struct declared *account)
{
	if (!reading_open(reading, "a list wants '{'"))
		return;
	while (reading_more(reading, account->uid_count)) {
		struct word word = words_take(&reading->words);
		uint32_t uid;
		if (parse_uid(word.text, &uid)) {
			reading_complain(reading, &word, NULL, "a uid is a number above 0");
			continue;
		}
		size_t count = account->uid_count;
		account->uids = reading_grow(reading, account->uids, count, sizeof(uid));
		account->uid_places =
		    reading_grow(reading, account->uid_places, count, sizeof(word.place));
		account->uids[count] = uid;
		account->uid_places[count] = word.place;
		account->uid_count++;
	}
}

static void
read_subuids(struct reading *reading, struct declared *account)
{
	if (!reading_open(reading, "a list wants '{'"))
		return;
	while (reading_more(reading, account->subuid_count)) {
		struct word word = words_take(&reading->words);
		struct uid_range range;
		if (reading_range(word.text, &range.first, &range.count)) {
			reading_complain(
			    reading, &word, NULL, "a range is FIRST+COUNT or FIRST-LAST");
			continue;
		}
		size_t count = account->subuid_count;
		account->subuids =
		    reading_grow(reading, account->subuids, count, sizeof(range));
		account->subuid_places =
		    reading_grow(reading, account->subuid_places, count, sizeof(word.place));
		account->subuids[count] = range;
		account->subuid_places[count] = word.place;
		account->subuid_count++;
	}
}

static void
read_domains(struct reading *reading, struct declared *account)
{
	if (!reading_open(reading, "a list wants '{'"))
		return;
	while (reading_more(reading, account->domain_count)) {
		struct word word = words_take(&reading->words);
		if (!strchr(word.text, '.') || strlen(word.text) > 253) {
			reading_complain(reading, &word, NULL, "a domain has a dot");
			continue;
		}
		account->domains = reading_grow(reading, account->domains,
		    account->domain_count, sizeof(*account->domains));
		account->domains[account->domain_count++] = word.text;
	}
}

static void
read_addresses(struct reading *reading, struct declared *account)
{
	if (!reading_open(reading, "a list wants '{'"))
		return;
	while (reading_more(reading, account->address_count)) {
		struct word word = words_take(&reading->words);
		const char *at = strchr(word.text, '@');
		if (!at || !at[1] || strchr(at + 1, '@') || strlen(word.text) > 254) {
			reading_complain(reading, &word, NULL,
			    "an address is NAME@DOMAIN, or @DOMAIN for all others of it");
			continue;
		}
		account->addresses = reading_grow(reading, account->addresses,
		    account->address_count, sizeof(*account->addresses));
		account->addresses[account->address_count++] = word.text;
	}
}

static void
read_limits(struct reading *reading, struct declared *account)
{
	if (!reading_open(reading, "a list wants '{'"))
		return;
	while (reading_more(reading, account->limit_count)) {
		struct word name = words_take(&reading->words), value;
		struct own_limit limit = {.name = name.text};
		enum unit unit;
		if (!reading_value(reading, "a limit wants a value", &value))
			return;
		if (value_any(value.text, &limit.value, &unit)) {
			reading_complain(reading, &value, NULL,
			    "a limit is a number, time, size, percentage, date, yes or no");
			continue;
		}
		limit.unit = unit;
		account->limits =
		    reading_grow(reading, account->limits, account->limit_count, sizeof(limit));
		account->limits[account->limit_count++] = limit;
	}
}

/* Single values. */

static void
read_contact(struct reading *reading, struct declared *account)
{
	struct word word;
	const char *text = reading_value(reading, "'contact' wants a mail address", &word);
	if (!text)
		return;
	const char *at = strchr(text, '@');
	bool good = at && at > text && at[1] && !strchr(at + 1, '@') && !strpbrk(text, " <>,;");
	if (good && strlen(text) <= 254)
		account->contact = text;
	else
		reading_complain(reading, &word, NULL, "'contact' wants a mail address");
}

static int
parse_id(const char *text, int64_t *ret_value)
{
	uint32_t id;
	if (parse_uid(text, &id))
		return -EINVAL;
	*ret_value = id;
	return 0;
}

static void
read_item(struct reading *reading, enum item item, struct declared *account)
{
	switch (item) {
	case ITEM_PLAN:
		return reading_text(reading, &account->plan, "'plan' wants a name");
	case ITEM_CONTACT:
		return read_contact(reading, account);
	case ITEM_HOME:
		return reading_text(reading, &account->home, "'home' wants a path");
	case ITEM_ID:
		return reading_number(
		    reading, parse_id, "'id' wants a number above 0", &account->id);
	case ITEM_QUOTA:
		return reading_number(reading, value_size, "'quota' wants a size such as 5GiB",
		    &account->initial_bytes);
	case ITEM_FILES:
		return reading_number(
		    reading, value_count, "'files' wants a number", &account->initial_files);
	case ITEM_CREATED:
		return reading_number(reading, value_date,
		    "'created' wants a date such as 2027-01-31", &account->created);
	case ITEM_UIDS:
		return read_uids(reading, account);
	case ITEM_SUBUIDS:
		return read_subuids(reading, account);
	case ITEM_DOMAINS:
		return read_domains(reading, account);
	case ITEM_ADDRESSES:
		return read_addresses(reading, account);
	case ITEM_LIMITS:
		return read_limits(reading, account);
	case ITEM_PROTECTED:
		account->is_protected = true;
		return;
	case ITEMS:
		break;
	}
}

static void
read_block(struct reading *reading, struct declared *account)
{
	size_t lines[ITEMS] = {0};
	int item;
	while ((item = reading_item(reading, item_names, lines,
		    "an account says plan, contact, domains and the like",
		    "an account ends with '}'")) >= 0)
		read_item(reading, (enum item)item, account);
}

static void
read_account(struct reading *reading, struct declarations *result)
{
	struct declared account = {.id = -1, .initial_bytes = -1, .initial_files = -1};
	struct word name;
	account.name = reading_value(reading, "'account' wants a login name", &name);
	account.place = name.place;
	if (!account.name)
		return;
	if (!user_name_is_sound(account.name))
		reading_complain(reading, &name, NULL,
		    "a login name has at most 63 characters, no space and no '/'");
	if (!reading_open(reading, "an account wants '{'"))
		return;
	read_block(reading, &account);
	result->accounts =
	    reading_grow(reading, result->accounts, result->count, sizeof(account));
	result->accounts[result->count++] = account;
}

/* plan NAME for uids FIRST-LAST */
static void
read_rule(struct reading *reading, struct declarations *result)
{
	struct word word;
	struct plan_rule rule = {.plan = reading_value(reading, "'plan' wants a name", &word)};
	struct uid_range range;
	bool good = rule.plan && words_next_is(&reading->words, "for");
	if (good)
		words_take(&reading->words);
	good = good && words_next_is(&reading->words, "uids");
	if (good)
		words_take(&reading->words);
	word = reading->words.next;
	if (!good || reading_range(word.text, &range.first, &range.count)) {
		reading_complain(
		    reading, &word, NULL, "a default is 'plan NAME for uids FIRST-LAST'");
		return;
	}
	words_take(&reading->words);
	rule.first = range.first;
	rule.last = range.first + range.count - 1;
	result->rules = reading_grow(reading, result->rules, result->rule_count, sizeof(rule));
	result->rules[result->rule_count++] = rule;
}

static void
read_statement(struct reading *reading, struct declarations *result)
{
	static const char *const statements[] = {"account", "plan", NULL};
	struct word word = words_take(&reading->words);
	if (word.kind == WORD_PLAIN && text_equal(word.text, "account"))
		return read_account(reading, result);
	if (word.kind == WORD_PLAIN && text_equal(word.text, "plan"))
		return read_rule(reading, result);
	reading_complain_name(
	    reading, &word, statements, "a statement begins with 'account' or 'plan'");
	while (reading->words.next.kind != WORD_END &&
	       !words_next_is(&reading->words, "account") &&
	       !words_next_is(&reading->words, "plan"))
		words_take(&reading->words);
}

struct declarations
declarations_parse(const struct source *source, struct arena *arena, struct diag *diag)
{
	struct reading reading = reading_begin(source, arena, diag);
	struct declarations result = {0};
	while (reading.words.next.kind != WORD_END)
		read_statement(&reading, &result);
	return result;
}
