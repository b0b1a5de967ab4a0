/* SPDX-License-Identifier: Apache-2.0 */
#include "main/form/rates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "model/address.h"

struct entry {
	int64_t at;
	char visitor[ADDRESS_TEXT];
};

struct entries {
	struct entry *list; /* RATES_MOST of them */
	size_t count;
};

static bool
read_entry(const char *line, size_t length, struct entry *ret_entry)
{
	enum { LONGEST_TIME = 15 };
	char number[LONGEST_TIME + 1] = "";
	const char *blank = memchr(line, ' ', length);
	size_t digits = blank ? (size_t)(blank - line) : 0;
	size_t rest = length - digits - 1;
	if (!digits || digits > LONGEST_TIME || !rest || rest >= ADDRESS_TEXT ||
	    memchr(line, '\0', length))
		return false;
	memcpy(number, line, digits);
	memcpy(ret_entry->visitor, blank + 1, rest);
	ret_entry->visitor[rest] = '\0';
	ret_entry->at = strtoll(number, NULL, 10);
	return strspn(number, "0123456789") == digits &&
	       strspn(ret_entry->visitor, "0123456789abcdef.:/") == rest;
}

/* Those that count; of too many the latest. */
static struct entries
read_entries(const struct str *text, int64_t oldest, int64_t now)
{
	struct entries entries = {memory_new(RATES_MOST, sizeof(struct entry)), 0};
	const char *at = str_text(text), *end = at + text->length;
	while (at < end) {
		const char *stop = memchr(at, '\n', (size_t)(end - at));
		stop = stop ? stop : end;
		struct entry entry;
		if (read_entry(at, (size_t)(stop - at), &entry) && entry.at > oldest &&
		    entry.at <= now) {
			if (entries.count == RATES_MOST)
				memmove(entries.list, entries.list + 1,
				    --entries.count * sizeof(entry));
			entries.list[entries.count++] = entry;
		}
		at = stop + 1;
	}
	return entries;
}

static void
write_entries(const struct entries *entries, struct str *out)
{
	str_clear(out);
	for (size_t i = 0; i < entries->count; i++)
		str_addf(
		    out, "%lld %s\n", (long long)entries->list[i].at, entries->list[i].visitor);
}

static bool
counts(
    const struct entry *entry, const struct form_rate *rate, const char *visitor, int64_t now)
{
	return entry->at > now - rate->period &&
	       (!visitor || text_equal(visitor, entry->visitor));
}

/* How long until one more is let pass; 0: now. visitor NULL: all of them. */
static int64_t
wait_of(const struct entries *entries, const struct form_rate *rate, const char *visitor,
    int64_t now)
{
	int64_t count = 0, passed = 0;
	for (size_t i = 0; i < entries->count; i++)
		count += counts(&entries->list[i], rate, visitor, now);
	/* When so many are too old that fewer than the limit are left. */
	for (size_t i = 0; i < entries->count; i++) {
		if (!counts(&entries->list[i], rate, visitor, now))
			continue;
		if (count - ++passed == rate->most - 1)
			return entries->list[i].at + rate->period - now;
	}
	return 0;
}

int
rates_take(struct str *text, const struct form_settings *settings, const char *visitor,
    int64_t now, int64_t *ret_wait)
{
	const struct form_rate *each = &settings->per_visitor, *all = &settings->per_form;
	int64_t period = each->period > all->period ? each->period : all->period;
	struct entries entries = read_entries(text, now - period, now);
	int64_t own = wait_of(&entries, each, visitor, now);
	int64_t common = wait_of(&entries, all, NULL, now);
	int64_t wait = own > common ? own : common;
	write_entries(&entries, text);
	free(entries.list);
	if (wait) {
		*ret_wait = wait;
		return -EAGAIN;
	}
	str_addf(text, "%lld %s\n", (long long)now, visitor);
	return 0;
}

void
rates_give_back(struct str *text, const char *visitor, int64_t then)
{
	auto_str line = {0}, kept = {0};
	str_addf(&line, "%lld %s\n", (long long)then, visitor);
	const char *start = str_text(text);
	const char *found = memmem(start, text->length, str_text(&line), line.length);
	if (!found || (found > start && found[-1] != '\n'))
		return;
	str_add_bytes(&kept, start, (size_t)(found - start));
	str_add_bytes(
	    &kept, found + line.length, text->length - (size_t)(found - start) - line.length);
	str_clear(text);
	str_add_bytes(text, str_text(&kept), kept.length);
}
