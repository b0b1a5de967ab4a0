/* SPDX-License-Identifier: Apache-2.0 */
#include "site/description_filter.h"

#include <string.h>

#include "config/values.h"
#include "model/address.h"
#include "site/names.h"

static const char *
client_wrong(const char *text)
{
	struct network network;
	return network_parse(text, strlen(text), &network)
		   ? "such as 192.0.2.0/24 or 2001:db8::7"
		   : NULL;
}

static void
read_list(struct reading *reading, const char ***texts, size_t *count,
    const char *(*wrong)(const char *text), const char *wanted)
{
	if (!reading_open(reading, "they stand in braces"))
		return;
	while (reading_more(reading, *count)) {
		struct word word;
		const char *text = reading_value(reading, wanted, &word);
		const char *why = text ? wrong(text) : NULL;
		if (why)
			reading_complain(reading, &word, why, wanted);
		if (!text || why)
			continue;
		*texts = reading_grow(reading, *texts, *count, sizeof(text));
		(*texts)[(*count)++] = text;
	}
}

static void
read_most(struct reading *reading, enum filter_kind kind, struct site_means *means)
{
	static const uint32_t figures =
	    1U << FILTER_GREYLIST | 1U << FILTER_RATE | 1U << FILTER_MARK | 1U << FILTER_SCORE;
	struct word word = reading->words.next;
	reading_number(reading, value_count, "'most' wants a number", &means->most);
	if (!(figures & 1U << kind))
		reading_complain(reading, &word, NULL, "this filter knows no 'most'");
	else if (means->most < 1)
		reading_complain(reading, &word, NULL, "'most' wants 1 or more");
}

static void
read_filter_items(struct reading *reading, enum filter_kind kind, struct site_means *means)
{
	static const char *const items[] = {"allow", "zones", "most", NULL};
	size_t lines[array_length(items)] = {0};
	struct word word;
	int item;
	words_take(&reading->words);
	while (word = reading->words.next,
	    (item = reading_item(reading, items, lines, "a filter says allow or zones",
		 "a filter ends with '}'")) >= 0) {
		if (item == 0)
			read_list(reading, &means->allow, &means->allow_count, client_wrong,
			    "an address or a network");
		else if (item == 1)
			read_list(reading, &means->zones, &means->zone_count, domain_name_wrong,
			    "a zone");
		else
			read_most(reading, kind, means);
		if (item == 1 && kind != FILTER_LISTS)
			reading_complain(
			    reading, &word, NULL, "only the filter 'lists' has zones");
	}
}

/* A filter's kind, or -1, which has been said. */
static int
read_filter_name(struct reading *reading)
{
	const char *names[FILTER_COUNT + 1] = {0};
	struct word word;
	const char *text = reading_value(reading, "'filter' wants a name", &word);
	int kind = text ? filter_find(text) : -1;
	for (int one = 0; one < FILTER_COUNT; one++)
		names[one] = filter_name((enum filter_kind)one);
	if (text && kind < 0)
		reading_complain_name(
		    reading, &word, names, "a filter is helo, reverse, spf and the like");
	return kind;
}

static bool
read_switch(struct reading *reading)
{
	static const char *const words[] = {"on", "off", NULL};
	static const char wanted[] = "a filter is on or off";
	struct word word;
	const char *text = reading_value(reading, wanted, &word);
	if (text && !text_equal(text, words[0]) && !text_equal(text, words[1]))
		reading_complain_name(reading, &word, words, wanted);
	return text_equal(text, words[0]);
}

void
description_read_filter(struct reading *reading, struct site *site)
{
	struct word word = reading->words.next;
	int found = read_filter_name(reading);
	enum filter_kind kind = found < 0 ? FILTER_LISTS : (enum filter_kind)found;
	struct site_means means = {.place = word.place, .is_off = !read_switch(reading)};
	if (reading->words.next.kind == WORD_OPEN)
		read_filter_items(reading, kind, &means);
	if (found < 0)
		return;
	if (site->means[kind].place.file)
		diag_add(reading->diag, SEVERITY_ERROR, &word.place, NULL,
		    "filter '%s' is said twice", word.text);
	if (!means.is_off && kind == FILTER_LISTS && !means.zone_count)
		diag_add(reading->diag, SEVERITY_ERROR, &word.place,
		    "zones { dnsbl.example.net }", "the filter 'lists' names no zone");
	site->means[kind] = means;
}
