/* SPDX-License-Identifier: Apache-2.0 */
/*
 *     ladder = [ "at once" ] verbs { "; after" time verbs }
 *     verbs  = verb { ", " verb }
 *     verb   = [ "ask " ] name [ " " resource " to " amount ]
 *
 * Times are written as in a policy, percentages too; any other amount stands
 * in the smallest part of its unit, so that reading it needs no grammar.
 */
#include "cases/ladder.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/quantity.h"

static void
print_verb(const struct case_verb *verb, struct str *out)
{
	if (verb->ask)
		str_add(out, "ask ");
	str_add(out, verb_info(verb->verb)->name);
	if (verb->verb != VERB_THROTTLE)
		return;
	str_addf(out, " %s to ", resource_name(verb->resource));
	if (resource_unit(verb->resource) == UNIT_PERCENT)
		quantity_add_exact(out, UNIT_PERCENT, verb->amount);
	else
		str_addf(out, "%lld", (long long)verb->amount);
}

void
case_ladder_print(const struct case_ladder *ladder, struct str *out)
{
	for (uint32_t i = 0; i < ladder->count; i++) {
		const struct case_step *step = &ladder->steps[i];
		if (i) {
			str_add(out, "; after ");
			quantity_add_exact(out, UNIT_TIME, step->after);
			str_add_char(out, ' ');
		}
		if (step->verb_count && step->verbs[0].at_once)
			str_add(out, "at once ");
		for (uint32_t v = 0; v < step->verb_count; v++) {
			str_add(out, v ? ", " : "");
			print_verb(&step->verbs[v], out);
		}
	}
}

/* What is left to read; failed once, nothing more is read. */
struct words {
	const char *at;
	bool failed;
};

static bool
skip(struct words *words, const char *affix)
{
	if (words->failed || !text_starts_with(words->at, affix))
		return false;
	words->at += strlen(affix);
	return true;
}

static void
expect(struct words *words, const char *affix)
{
	if (!skip(words, affix))
		words->failed = true;
}

/* A name of the language into a buffer of size bytes. */
static void
read_name(struct words *words, char *name, size_t size)
{
	size_t length = strspn(words->at, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (words->failed || !length || length >= size) {
		words->failed = true;
		length = 0;
	}
	memcpy(name, words->at, length);
	name[length] = '\0';
	words->at += length;
}

static int64_t
read_number(struct words *words)
{
	if (words->failed || !isdigit((unsigned char)*words->at)) {
		words->failed = true;
		return 0;
	}
	errno = 0;
	char *end;
	long long number = strtoll(words->at, &end, 10);
	if (errno)
		words->failed = true;
	words->at = end;
	return number;
}

/* "3d", "1h30m", "250ms"; the longer unit first, so that "ms" is not minutes. */
static int64_t
read_time(struct words *words)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"d", 86400000},
	    {"w", 604800000}};
	int64_t sum = 0;
	do {
		int64_t number = read_number(words);
		size_t unit = 0;
		while (unit < array_length(units) && !skip(words, units[unit].name))
			unit++;
		if (unit == array_length(units) || number > INT64_MAX / 2 / units[unit].ms ||
		    sum > INT64_MAX / 2)
			words->failed = true;
		else
			sum += number * units[unit].ms;
	} while (!words->failed && isdigit((unsigned char)*words->at));
	return sum;
}

static int64_t
read_percent(struct words *words)
{
	int64_t whole = read_number(words), part = 0;
	if (skip(words, ".")) {
		const char *from = words->at;
		part = read_number(words);
		if (words->at - from == 1)
			part *= 10;
	}
	expect(words, "%");
	if (whole > INT64_MAX / 200 || part > 99)
		words->failed = true;
	return words->failed ? 0 : whole * 100 + part;
}

static void
read_verb(struct words *words, struct case_verb *verb)
{
	char name[32];
	verb->ask = skip(words, "ask ");
	read_name(words, name, sizeof(name));
	int found = verb_find(name);
	if (found < 0) {
		words->failed = true;
		return;
	}
	verb->verb = (enum verb)found;
	if (verb->verb != VERB_THROTTLE)
		return;
	expect(words, " ");
	read_name(words, name, sizeof(name));
	int resource = resource_find(name);
	if (resource < 0) {
		words->failed = true;
		return;
	}
	verb->resource = (enum resource)resource;
	expect(words, " to ");
	verb->amount = resource_unit(verb->resource) == UNIT_PERCENT ? read_percent(words)
								     : read_number(words);
}

static void
read_step(struct words *words, struct case_step *step)
{
	bool at_once = skip(words, "at once ");
	do {
		if (step->verb_count == MOST_VERBS) {
			words->failed = true;
			return;
		}
		struct case_verb *verb = &step->verbs[step->verb_count++];
		read_verb(words, verb);
		verb->at_once = at_once;
	} while (skip(words, ", "));
}

int
case_ladder_parse(const char *text, struct case_ladder *ret_ladder)
{
	struct words words = {.at = text};
	struct case_ladder ladder = {0};
	while (*words.at && !words.failed) {
		if (ladder.count == MOST_STEPS)
			return -EBADMSG;
		struct case_step *step = &ladder.steps[ladder.count];
		if (ladder.count++) {
			expect(&words, "; after ");
			step->after = read_time(&words);
			expect(&words, " ");
		}
		read_step(&words, step);
	}
	if (words.failed)
		return -EBADMSG;
	*ret_ladder = ladder;
	return 0;
}
