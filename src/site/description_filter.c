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
read_most(struct reading *reading, struct site_filter *filter)
{
	struct word word = reading->words.next;
	reading_number(reading, value_count, "'most' wants a number", &filter->most);
	if (!site_filter_most(filter->kind))
		reading_complain(reading, &word, NULL, "this filter knows no 'most'");
	else if (filter->most < 1)
		reading_complain(reading, &word, NULL, "'most' wants 1 or more");
}

static void
read_filter_items(struct reading *reading, struct site_filter *filter)
{
	static const char *const items[] = {"allow", "zones", "most", NULL};
	size_t lines[array_length(items)] = {0};
	struct word word;
	int item;
	words_take(&reading->words);
	while (word = reading->words.next,
	    (item = reading_item(reading, items, lines, "a filter says allow, zones or most",
		 "a filter ends with '}'")) >= 0) {
		if (item == 0)
			read_list(reading, &filter->allow, &filter->allow_count, client_wrong,
			    "an address or a network");
		else if (item == 1)
			read_list(reading, &filter->zones, &filter->zone_count,
			    domain_name_wrong, "a zone");
		else
			read_most(reading, filter);
		if (item == 1 && filter->kind != SITE_FILTER_LISTS)
			reading_complain(
			    reading, &word, NULL, "only the filter 'lists' has zones");
	}
}

/* A filter's kind, or -1, which has been said. */
static int
read_filter_name(struct reading *reading)
{
	const char *names[SITE_FILTER_COUNT + 1] = {0};
	struct word word;
	const char *text = reading_value(reading, "'filter' wants a name", &word);
	for (int kind = 0; kind < SITE_FILTER_COUNT; kind++) {
		names[kind] = site_filter_name((enum site_filter_kind)kind);
		if (text_equal(text, names[kind]))
			return kind;
	}
	if (text)
		reading_complain_name(
		    reading, &word, names, "a filter is helo, reverse, spf and the like");
	return -1;
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
description_read_filter(struct reading *reading, struct site *site, uint32_t *said)
{
	struct word word = reading->words.next;
	int kind = read_filter_name(reading);
	struct site_filter filter = {.kind = kind < 0 ? SITE_FILTER_LISTS : kind};
	bool is_on = read_switch(reading);
	filter.most = site_filter_most(filter.kind);
	if (reading->words.next.kind == WORD_OPEN)
		read_filter_items(reading, &filter);
	if (kind < 0)
		return;
	if (*said & 1U << kind)
		diag_add(reading->diag, SEVERITY_ERROR, &word.place, NULL,
		    "filter '%s' is said twice", word.text);
	*said |= 1U << kind;
	if (is_on && kind == SITE_FILTER_LISTS && !filter.zone_count)
		diag_add(reading->diag, SEVERITY_ERROR, &word.place,
		    "zones { dnsbl.example.net }", "the filter 'lists' names no zone");
	if (!is_on)
		return;
	site->filters =
	    reading_grow(reading, site->filters, site->filter_count, sizeof(filter));
	site->filters[site->filter_count++] = filter;
}
