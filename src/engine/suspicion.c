/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/suspicion.h"

#include <math.h>
#include <stdlib.h>

static const int64_t hour = INT64_C(3600) * 1000;
static const int64_t week = INT64_C(7) * 24 * 3600 * 1000;

/*
 * Of a list that is kept well two of a hundred addresses are dead, of a club's that is written
 * to once a year a quarter; of what senders of spam buy, half, and of names that somebody
 * guesses nearly all. A quarter is taken for half less than once in a thousand lists (decision 46).
 */
static const struct sequential_question dead[DEAD_SHARES] = {
    {.innocent = 0.2, .guilty = 0.5, .false_alarm = 5e-7, .miss = 0.01},
    {.innocent = 0.2, .guilty = 0.9, .false_alarm = 5e-7, .miss = 0.01},
};

/*
 * Mailbox providers want one complaint in a thousand mails at most, and shut out whoever has
 * three; here it takes more, for people who do not like somebody can all complain of him.
 */
static const struct sequential_question complaints = {
    .innocent = 0.01, .guilty = 0.1, .false_alarm = 1e-6, .miss = 0.01};

/*
 * What a filter would refuse: of honest mail it hardly ever does, and its own template hardly
 * ever makes an honest sender one of whom it does so half of the time. A sequence begins anew
 * whenever it is sure of his innocence, seventy times in five hundred mails: its bound is that
 * much stricter, and again for a million senders.
 */
static const struct sequential_question refused_mails = {
    .innocent = 0.02, .guilty = 0.5, .false_alarm = 1e-8, .miss = 0.01};

/*
 * That a domain's mail server says of everybody that he does not exist, for it was moved or
 * set up badly: so often, whoever writes to it.
 */
static const double broken_domain = 1e-3;

/* What is heard of the recipients at one domain. */
struct place {
	uint64_t domain; /* 0: at several, each by itself */
	uint64_t recipients, unknown;
};

/* Of a week or of a run. */
struct sum {
	struct place places[MOST_CONTACTS];
	uint32_t place_count;
	uint64_t recipients, unknown, complaints;
	uint32_t rated, refused;
	/* One of several said so: whoever says it next may be the same. */
	bool told_among, complained_among;
};

struct suspicion_tests
suspicion_prepare(void)
{
	struct suspicion_tests tests = {
	    .complaints = sequential_prepare(&complaints),
	    .refused = sequential_prepare(&refused_mails),
	};
	for (int i = 0; i < DEAD_SHARES; i++)
		tests.dead[i] = sequential_prepare(&dead[i]);
	return tests;
}

/* ---- which contacts ---- */

struct span {
	int64_t first_since, last_since;
};

static struct span
week_of(const struct contact *contacts, uint32_t count)
{
	int64_t last = INT64_MIN;
	for (uint32_t i = 0; i < count; i++)
		last = contacts[i].last > last ? contacts[i].last : last;
	return (struct span){INT64_MIN, last - week};
}

static struct span
run_of(const struct contact *contacts, uint32_t count)
{
	int64_t first = INT64_MIN;
	for (uint32_t i = 0; i < count; i++)
		first = contacts[i].first > first ? contacts[i].first : first;
	return (struct span){first - hour, INT64_MIN};
}

/* Whether the word of somebody who got what went to the contact counts. */
static bool
is_another(const struct contact *contact, bool *said_among)
{
	bool is_another = contact->recipients == 1 || !*said_among;
	*said_among |= contact->recipients > 1;
	return is_another;
}

static uint32_t
unknown_of(struct sum *sum, const struct contact *contact)
{
	if (contact->unknown || !contact->told)
		return contact->unknown;
	return is_another(contact, &sum->told_among);
}

static void
add(struct sum *sum, const struct contact *contact)
{
	struct place *place = &sum->places[sum->place_count++];
	*place = (struct place){contact->domain, contact->recipients, unknown_of(sum, contact)};
	/* Who does exist shows that somebody does there. */
	if (contact->is_answer && place->unknown)
		*place = (struct place){.domain = contact->domain};
	sum->recipients += contact->recipients;
	sum->unknown += place->unknown;
	if (contact->complained)
		sum->complaints += is_another(contact, &sum->complained_among);
	sum->rated += contact->rated;
	sum->refused += contact->is_spam;
}

static int
by_domain(const void *one, const void *other)
{
	const struct place *a = one, *b = other;
	return a->domain < b->domain ? -1 : a->domain > b->domain;
}

/* Those at one domain become one place. */
static void
join_places(struct sum *sum)
{
	uint32_t joined = 0;
	qsort(sum->places, sum->place_count, sizeof(sum->places[0]), by_domain);
	for (uint32_t i = 0; i < sum->place_count; i++) {
		const struct place *place = &sum->places[i];
		if (joined && sum->places[joined - 1].domain == place->domain) {
			sum->places[joined - 1].recipients += place->recipients;
			sum->places[joined - 1].unknown += place->unknown;
		} else
			sum->places[joined++] = *place;
	}
	sum->place_count = joined;
}

static void
sum_up(const struct contact *contacts, uint32_t count, struct span span, struct sum *ret_sum)
{
	*ret_sum = (struct sum){0};
	for (uint32_t i = 0; i < count; i++)
		if (contacts[i].first >= span.first_since &&
		    contacts[i].last >= span.last_since)
			add(ret_sum, &contacts[i]);
	join_places(ret_sum);
}

/* ---- what they say ---- */

static double
ratio(const struct sequential_test *test, uint64_t bad, uint64_t all)
{
	return (double)bad * test->bad + (double)(all - bad) * test->good;
}

/*
 * Where nobody exists it may be the domain: that is as likely whoever writes to it, so the
 * more there are of them, the less they say. Somebody who does exist there rules it out.
 */
static double
ratio_at(const struct place *place, int share)
{
	double count = (double)place->unknown;
	return log((broken_domain + pow(dead[share].guilty, count)) /
		   (broken_domain + pow(dead[share].innocent, count)));
}

static double
dead_ratio(const struct suspicion_tests *tests, const struct sum *sum, int share)
{
	double all = 0;
	for (uint32_t i = 0; i < sum->place_count; i++) {
		const struct place *place = &sum->places[i];
		bool all_unknown = place->domain && place->unknown == place->recipients;
		all += all_unknown
			   ? ratio_at(place, share)
			   : ratio(&tests->dead[share], place->unknown, place->recipients);
	}
	return all;
}

/*
 * Two signs together are far less likely by chance than either; each has to speak against him,
 * for what one says alone is asked for by itself.
 */
static bool
is_dead_list(const struct suspicion_tests *tests, const struct sum *sum, bool *ret_with_filter)
{
	double filter = ratio(&tests->refused, sum->refused, sum->rated);
	bool alone = false, together = false;
	for (int share = 0; share < DEAD_SHARES; share++) {
		double unknown = dead_ratio(tests, sum, share);
		double above = tests->dead[share].above;
		alone |= unknown >= above;
		together |= unknown > 0 && filter > 0 && unknown + filter >= above;
	}
	*ret_with_filter = !alone && together;
	return alone || together;
}

static bool
is_suspect(const struct suspicion_tests *tests, const struct sum *sum, struct str *words)
{
	bool with_filter;
	bool unknown = is_dead_list(tests, sum, &with_filter);
	bool complained = ratio(&tests->complaints, sum->complaints, sum->recipients) >=
			  tests->complaints.above;
	if (!unknown && !complained)
		return false;
	str_addf(words, "of its last %llu recipients", (unsigned long long)sum->recipients);
	if (unknown)
		str_addf(words, " %llu do not exist", (unsigned long long)sum->unknown);
	if (with_filter)
		str_addf(words, " and our filter refuses what %u got as spam",
		    (unsigned)sum->refused);
	if (complained)
		str_addf(words, "%s %llu complained", unknown ? " and" : "",
		    (unsigned long long)sum->complaints);
	return true;
}

bool
suspicion_of(const struct suspicion_tests *tests, const struct contact *contacts,
    uint32_t count, struct str *ret_words)
{
	struct sum sum;
	if (!count)
		return false;
	sum_up(contacts, count, week_of(contacts, count), &sum);
	if (is_suspect(tests, &sum, ret_words))
		return true;
	sum_up(contacts, count, run_of(contacts, count), &sum);
	return is_suspect(tests, &sum, ret_words);
}
