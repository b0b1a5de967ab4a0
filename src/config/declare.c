/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Items are told apart by their first word, so line ends mean nothing. After a
 * mistake reading goes on at the next word that can begin an item.
 */
#include "config/declare.h"

#include <errno.h>
#include <string.h>

#include "config/users.h"
#include "config/values.h"

enum { MOST_MEMBERS = 4096 };

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
    [ITEM_LIMITS] = "limits",
    [ITEM_PROTECTED] = "protected",
    [ITEMS] = NULL,
};

/* A file being read. */
struct reading {
	struct words words;
	struct arena *arena;
	struct diag *diag;
	struct declarations result;
};

static void
complain(struct reading *reading, const struct word *word, const char *hint, const char *wanted)
{
	diag_add(reading->diag, SEVERITY_ERROR, &word->place, hint, "%s, this is %s%s%s",
	    wanted, word->kind == WORD_END ? "the end" : "'",
	    word->kind == WORD_END ? "" : word->text, word->kind == WORD_END ? "" : "'");
}

static enum item
find_item(const char *text)
{
	enum item item = 0;
	while (item < ITEMS && !text_equal(item_names[item], text))
		item++;
	return item;
}

/* The next value; NULL if there is none, which has been said. */
static const char *
take_value(struct reading *reading, const char *wanted, struct word *ret_word)
{
	*ret_word = reading->words.next;
	if (!words_has_value(&reading->words)) {
		complain(reading, ret_word, NULL, wanted);
		return NULL;
	}
	words_take(&reading->words);
	return ret_word->text;
}

/* Arrays in the arena, which grow by doubling. */
static void *
grow(struct reading *reading, void *items, size_t count, size_t size)
{
	bool full = count == 0 || (count >= 4 && (count & (count - 1)) == 0);
	if (!full)
		return items;
	void *room = arena_alloc(reading->arena, (count < 4 ? 4 : 2 * count) * size);
	if (count)
		memcpy(room, items, count * size);
	return room;
}

/* Lists in braces. */

static bool
open_list(struct reading *reading)
{
	struct word word = reading->words.next;
	if (word.kind == WORD_OPEN) {
		words_take(&reading->words);
		return true;
	}
	complain(reading, &word, NULL, "a list wants '{'");
	return false;
}

/* Whether there is a further member; the closing brace is taken. */
static bool
more_members(struct reading *reading, size_t count)
{
	struct word word = reading->words.next;
	if (word.kind == WORD_CLOSE) {
		words_take(&reading->words);
		return false;
	}
	if (words_has_value(&reading->words) && count < MOST_MEMBERS)
		return true;
	complain(reading, &word, NULL, "the list wants '}'");
	return false;
}

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
	if (!open_list(reading))
		return;
	while (more_members(reading, account->uid_count)) {
		struct word word = words_take(&reading->words);
		uint32_t uid;
		if (parse_uid(word.text, &uid)) {
			complain(reading, &word, NULL, "a uid is a number above 0");
			continue;
		}
		size_t count = account->uid_count;
		account->uids = grow(reading, account->uids, count, sizeof(uid));
		account->uid_places =
		    grow(reading, account->uid_places, count, sizeof(word.place));
		account->uids[count] = uid;
		account->uid_places[count] = word.place;
		account->uid_count++;
	}
}

/* FIRST+COUNT or FIRST-LAST. */
static int
parse_range(struct reading *reading, const char *text, struct uid_range *ret_range)
{
	size_t split = strcspn(text, "+-");
	uint32_t first, second;
	if (!text[split] || parse_uid(arena_copy(reading->arena, text, split), &first) ||
	    parse_uid(text + split + 1, &second))
		return -EINVAL;
	if (text[split] == '-' && second < first)
		return -EINVAL;
	uint32_t count = text[split] == '+' ? second : second - first + 1;
	if ((uint64_t)first + count > UINT32_MAX)
		return -ERANGE;
	*ret_range = (struct uid_range){first, count};
	return 0;
}

static void
read_subuids(struct reading *reading, struct declared *account)
{
	if (!open_list(reading))
		return;
	while (more_members(reading, account->subuid_count)) {
		struct word word = words_take(&reading->words);
		struct uid_range range;
		if (parse_range(reading, word.text, &range)) {
			complain(reading, &word, NULL, "a range is FIRST+COUNT or FIRST-LAST");
			continue;
		}
		size_t count = account->subuid_count;
		account->subuids = grow(reading, account->subuids, count, sizeof(range));
		account->subuid_places =
		    grow(reading, account->subuid_places, count, sizeof(word.place));
		account->subuids[count] = range;
		account->subuid_places[count] = word.place;
		account->subuid_count++;
	}
}

static void
read_domains(struct reading *reading, struct declared *account)
{
	if (!open_list(reading))
		return;
	while (more_members(reading, account->domain_count)) {
		struct word word = words_take(&reading->words);
		if (!strchr(word.text, '.') || strlen(word.text) > 253) {
			complain(reading, &word, NULL, "a domain has a dot");
			continue;
		}
		account->domains = grow(reading, account->domains, account->domain_count,
		    sizeof(*account->domains));
		account->domains[account->domain_count++] = word.text;
	}
}

static void
read_limits(struct reading *reading, struct declared *account)
{
	if (!open_list(reading))
		return;
	while (more_members(reading, account->limit_count)) {
		struct word name = words_take(&reading->words), value;
		struct own_limit limit = {.name = name.text};
		enum unit unit;
		if (!take_value(reading, "a limit wants a value", &value))
			return;
		if (value_any(value.text, &limit.value, &unit)) {
			complain(reading, &value, NULL,
			    "a limit is a number, time, size, percentage, date, yes or no");
			continue;
		}
		limit.unit = unit;
		account->limits =
		    grow(reading, account->limits, account->limit_count, sizeof(limit));
		account->limits[account->limit_count++] = limit;
	}
}

/* Single values. */

static void
read_text(struct reading *reading, const char **member, const char *wanted)
{
	struct word word;
	const char *text = take_value(reading, wanted, &word);
	if (text)
		*member = text;
}

static void
read_contact(struct reading *reading, struct declared *account)
{
	struct word word;
	const char *text = take_value(reading, "'contact' wants a mail address", &word);
	if (!text)
		return;
	const char *at = strchr(text, '@');
	bool good = at && at > text && at[1] && !strchr(at + 1, '@') && !strpbrk(text, " <>,;");
	if (good && strlen(text) <= 254)
		account->contact = text;
	else
		complain(reading, &word, NULL, "'contact' wants a mail address");
}

static void
read_number(struct reading *reading, int (*parse)(const char *text, int64_t *ret_value),
    const char *wanted, int64_t *member)
{
	struct word word;
	const char *text = take_value(reading, wanted, &word);
	if (text && parse(text, member))
		complain(reading, &word, NULL, wanted);
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
		return read_text(reading, &account->plan, "'plan' wants a name");
	case ITEM_CONTACT:
		return read_contact(reading, account);
	case ITEM_HOME:
		return read_text(reading, &account->home, "'home' wants a path");
	case ITEM_ID:
		return read_number(
		    reading, parse_id, "'id' wants a number above 0", &account->id);
	case ITEM_QUOTA:
		return read_number(reading, value_size, "'quota' wants a size such as 5GiB",
		    &account->initial_bytes);
	case ITEM_FILES:
		return read_number(
		    reading, value_count, "'files' wants a number", &account->initial_files);
	case ITEM_CREATED:
		return read_number(reading, value_date,
		    "'created' wants a date such as 2027-01-31", &account->created);
	case ITEM_UIDS:
		return read_uids(reading, account);
	case ITEM_SUBUIDS:
		return read_subuids(reading, account);
	case ITEM_DOMAINS:
		return read_domains(reading, account);
	case ITEM_LIMITS:
		return read_limits(reading, account);
	case ITEM_PROTECTED:
		account->is_protected = true;
		return;
	case ITEMS:
		break;
	}
}

/* At a word that begins no item: says so and goes on to one that does, or to the block's end.
 */
static void
skip_to_item(struct reading *reading)
{
	struct word word = reading->words.next;
	const char *meant = did_you_mean(word.text, item_names);
	complain(reading, &word,
	    meant ? arena_printf(reading->arena, "did you mean '%s'?", meant) : NULL,
	    "an account says plan, contact, domains and the like");
	words_take(&reading->words);
	while (words_has_value(&reading->words) && find_item(reading->words.next.text) == ITEMS)
		words_take(&reading->words);
	if (reading->words.next.kind == WORD_OPEN)
		while (reading->words.next.kind != WORD_END &&
		       words_take(&reading->words).kind != WORD_CLOSE)
			;
}

static void
read_block(struct reading *reading, struct declared *account)
{
	size_t said[ITEMS] = {0};
	while (reading->words.next.kind != WORD_CLOSE && reading->words.next.kind != WORD_END) {
		enum item item = find_item(reading->words.next.text);
		if (item == ITEMS || reading->words.next.kind != WORD_PLAIN) {
			skip_to_item(reading);
			continue;
		}
		struct word word = words_take(&reading->words);
		size_t line, column;
		place_line_column(&word.place, &line, &column);
		if (said[item])
			diag_add(reading->diag, SEVERITY_ERROR, &word.place, NULL,
			    "'%s' is said twice, first in line %zu", word.text, said[item]);
		said[item] = line;
		read_item(reading, item, account);
	}
	struct word end = words_take(&reading->words);
	if (end.kind != WORD_CLOSE)
		complain(reading, &end, NULL, "an account ends with '}'");
}

static void
read_account(struct reading *reading)
{
	struct declared account = {.id = -1, .initial_bytes = -1, .initial_files = -1};
	struct word name;
	account.name = take_value(reading, "'account' wants a login name", &name);
	account.place = name.place;
	if (!account.name)
		return;
	if (!user_name_is_sound(account.name))
		complain(reading, &name, NULL,
		    "a login name has at most 63 characters, no space and no '/'");
	struct word open = reading->words.next;
	if (open.kind != WORD_OPEN) {
		complain(reading, &open, NULL, "an account wants '{'");
		return;
	}
	words_take(&reading->words);
	read_block(reading, &account);
	struct declarations *result = &reading->result;
	result->accounts = grow(reading, result->accounts, result->count, sizeof(account));
	result->accounts[result->count++] = account;
}

/* plan NAME for uids FIRST-LAST */
static void
read_rule(struct reading *reading)
{
	struct word word;
	struct plan_rule rule = {.plan = take_value(reading, "'plan' wants a name", &word)};
	struct uid_range range;
	bool good = rule.plan && words_next_is(&reading->words, "for");
	if (good)
		words_take(&reading->words);
	good = good && words_next_is(&reading->words, "uids");
	if (good)
		words_take(&reading->words);
	word = reading->words.next;
	if (!good || parse_range(reading, word.text, &range)) {
		complain(reading, &word, NULL, "a default is 'plan NAME for uids FIRST-LAST'");
		return;
	}
	words_take(&reading->words);
	rule.first = range.first;
	rule.last = range.first + range.count - 1;
	struct declarations *result = &reading->result;
	result->rules = grow(reading, result->rules, result->rule_count, sizeof(rule));
	result->rules[result->rule_count++] = rule;
}

static void
read_statement(struct reading *reading)
{
	static const char *const statements[] = {"account", "plan", NULL};
	struct word word = words_take(&reading->words);
	if (word.kind == WORD_PLAIN && text_equal(word.text, "account"))
		return read_account(reading);
	if (word.kind == WORD_PLAIN && text_equal(word.text, "plan"))
		return read_rule(reading);
	const char *meant = did_you_mean(word.text, statements);
	complain(reading, &word,
	    meant ? arena_printf(reading->arena, "did you mean '%s'?", meant) : NULL,
	    "a statement begins with 'account' or 'plan'");
	while (reading->words.next.kind != WORD_END &&
	       !words_next_is(&reading->words, "account") &&
	       !words_next_is(&reading->words, "plan"))
		words_take(&reading->words);
}

struct declarations
declarations_parse(const struct source *source, struct arena *arena, struct diag *diag)
{
	struct reading reading = {
	    .words = words_read(source, false, arena, diag), .arena = arena, .diag = diag};
	while (reading.words.next.kind != WORD_END)
		read_statement(&reading);
	return reading.result;
}
