/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expectations. What is expected may take a while: time passes until it is
 * there, at most a quarter of an hour or what `within` says. What is found is
 * struck out, so that `expect nothing` means: nothing but what was expected.
 */
#include <string.h>

#include "base/clock.h"
#include "rehearse/play.h"

enum { PATIENCE = 15 * 60 * 1000 };

struct wanted {
	const struct line *line;
	size_t next; /* word to read */
	const struct account *account;
	const char *clause;
	const char *word;     /* verb, kind of notice, state of a case */
	const char *mentions; /* NULL: anything */
	enum event_kind kind;
};

static const struct word *
take_word(struct wanted *wanted)
{
	return wanted->next < wanted->line->count ? &wanted->line->words[wanted->next++] : NULL;
}

static bool
next_is(const struct wanted *wanted, const char *text)
{
	return wanted->next < wanted->line->count &&
	       strcmp(wanted->line->words[wanted->next].text, text) == 0;
}

static struct event *
find_event(const struct play *play, const struct wanted *wanted)
{
	for (size_t i = 0; i < play->event_count; i++) {
		struct event *event = &play->events[i];
		if (event->found || event->kind != wanted->kind)
			continue;
		if (wanted->account && strcmp(event->account, wanted->account->name) != 0)
			continue;
		if (wanted->word && strcmp(event->word, wanted->word) != 0)
			continue;
		if (wanted->clause && strcmp(event->clause, wanted->clause) != 0)
			continue;
		if (!wanted->mentions || strstr(event->text, wanted->mentions))
			return event;
	}
	return NULL;
}

static bool
case_matches(const struct casefile *casefile, const char *state)
{
	if (!state)
		return case_is_open(casefile);
	if (strcmp(state, "staff") == 0)
		return casefile->state == CASE_STAFF;
	/* "warned" is a case whose owner knows, whatever comes next. */
	if (strcmp(state, "warned") == 0)
		return casefile->told != INT64_MIN &&
		       (casefile->state == CASE_WARNED || casefile->state == CASE_ACTED);
	return strcmp(case_state_name(casefile->state), state) == 0 ||
	       strcmp(casefile->reason, state) == 0;
}

static bool
find_case(const struct play *play, const struct wanted *wanted)
{
	const struct casefile *latest = NULL;
	size_t position = 0;
	for (const struct casefile *casefile;
	     (casefile = cases_next(flow_cases(play->flow), &position));)
		if (strcmp(casefile->account_name, wanted->account->name) == 0 &&
		    strcmp(casefile->clause, wanted->clause) == 0)
			latest = casefile;
	return latest && case_matches(latest, wanted->word);
}

static void
miss(struct play *play, const struct line *line, const char *what)
{
	auto_str when = {0};
	clock_add_utc(&when, play->now.wall);
	diag_add(play->diag, SEVERITY_ERROR, &line->place, NULL, "%s (at %s)", what,
	    str_text(&when));
	play->missed = true;
}

/* Lets time pass until it is there. */
static bool
wait_for(struct play *play, const struct wanted *wanted, bool is_case, int64_t patience)
{
	for (int64_t waited = 0;; waited += play->interval) {
		if (is_case && find_case(play, wanted))
			return true;
		struct event *event = is_case ? NULL : find_event(play, wanted);
		if (event) {
			event->found = true;
			return true;
		}
		if (waited >= patience)
			return false;
		world_step(play);
	}
}

/* `mentions "..."` and `within 2h`, in this order; anything else is a mistake. */
static bool
read_rest(struct play *play, struct wanted *wanted, int64_t *ret_patience)
{
	if (next_is(wanted, "mentions") && wanted->next + 1 < wanted->line->count) {
		wanted->mentions = wanted->line->words[wanted->next + 1].text;
		wanted->next += 2;
	}
	if (next_is(wanted, "within") && wanted->next + 1 < wanted->line->count) {
		if (!read_duration(play, &wanted->line->words[wanted->next + 1], ret_patience))
			return false;
		wanted->next += 2;
	}
	if (wanted->next == wanted->line->count)
		return true;
	complain(play, &wanted->line->words[wanted->next],
	    "an expectation ends with 'mentions \"...\"' or 'within TIME'", "what is meant by");
	return false;
}

static bool
read_account(struct play *play, struct wanted *wanted)
{
	const struct word *word = take_word(wanted);
	if (!word) {
		complain_line(play, wanted->line, "whose? an account is missing");
		return false;
	}
	wanted->account = world_account(play, word);
	return wanted->account != NULL;
}

/* expect [no] case ACCOUNT CLAUSE [STATE] */
static bool
read_case(struct play *play, struct wanted *wanted)
{
	if (!read_account(play, wanted))
		return false;
	const struct word *clause = take_word(wanted);
	if (!clause || !policy_clause(play->policy, clause->text)) {
		complain(play, clause ? clause : &wanted->line->words[0], NULL,
		    "no clause of this policy:");
		return false;
	}
	wanted->clause = clause->text;
	if (wanted->next < wanted->line->count && !next_is(wanted, "within"))
		wanted->word = take_word(wanted)->text;
	return true;
}

static bool
is_notice_kind(const char *word)
{
	for (size_t kind = 0; kind < NOTICE_KIND_COUNT; kind++)
		if (strcmp(notice_kind_name((enum notice_kind)kind), word) == 0)
			return true;
	return false;
}

/* expect [no] notice [ACCOUNT|operator [KIND] [CLAUSE]] */
static bool
read_notice(struct play *play, struct wanted *wanted)
{
	wanted->kind = EVENT_NOTICE;
	if (next_is(wanted, "operator")) {
		wanted->next++;
		wanted->word = notice_kind_name(NOTICE_ALARM);
	} else if (wanted->next < wanted->line->count && !next_is(wanted, "within") &&
		   !read_account(play, wanted)) {
		return false;
	}
	if (wanted->next < wanted->line->count &&
	    is_notice_kind(wanted->line->words[wanted->next].text))
		wanted->word = take_word(wanted)->text;
	if (wanted->next < wanted->line->count &&
	    policy_clause(play->policy, wanted->line->words[wanted->next].text))
		wanted->clause = take_word(wanted)->text;
	return true;
}

/* expect [no] action|release|would|asked [VERB] [ACCOUNT] */
static bool
read_act(struct play *play, struct wanted *wanted)
{
	if (wanted->next < wanted->line->count &&
	    verb_find(wanted->line->words[wanted->next].text) >= 0)
		wanted->word = take_word(wanted)->text;
	if (wanted->next == wanted->line->count || next_is(wanted, "within"))
		return true;
	return read_account(play, wanted);
}

static bool
read_wanted(struct play *play, struct wanted *wanted, bool *ret_case)
{
	static const char *const acts[] = {"action", "release", "notice", "would", "asked"};
	const struct word *what = take_word(wanted);
	*ret_case = what && strcmp(what->text, "case") == 0;
	if (*ret_case)
		return read_case(play, wanted);
	for (size_t i = 0; what && i < array_length(acts); i++) {
		if (strcmp(acts[i], what->text) != 0)
			continue;
		wanted->kind = (enum event_kind)i;
		return wanted->kind == EVENT_NOTICE ? read_notice(play, wanted)
						    : read_act(play, wanted);
	}
	complain(play, what ? what : &wanted->line->words[0],
	    "case, notice, action, release, would, asked or nothing", "cannot expect");
	return false;
}

static void
expect_nothing(struct play *play, const struct line *line)
{
	for (size_t i = 0; i < play->event_count; i++) {
		const struct event *event = &play->events[i];
		if (event->found || event->kind == EVENT_WOULD)
			continue;
		auto_str what = {0};
		str_addf(&what, "expected nothing, but there was: %s %s %s",
		    event->kind == EVENT_NOTICE ? "notice" : "action", event->word,
		    event->account);
		miss(play, line, str_text(&what));
		return;
	}
}

void
expect(struct play *play, const struct line *line)
{
	struct wanted wanted = {.line = line, .next = 1};
	if (line->count == 2 && next_is(&wanted, "nothing")) {
		expect_nothing(play, line);
		return;
	}
	bool negated = next_is(&wanted, "no"), is_case;
	if (negated)
		wanted.next++;
	int64_t patience = negated ? 0 : PATIENCE;
	if (!read_wanted(play, &wanted, &is_case) || !read_rest(play, &wanted, &patience))
		return;
	if (!negated) {
		if (!wait_for(play, &wanted, is_case, patience))
			miss(play, line, "this did not happen");
		return;
	}
	/* With `within`, it must not happen as long as that either. */
	world_pass(play, patience);
	if (is_case ? find_case(play, &wanted) : find_event(play, &wanted) != NULL)
		miss(play, line, "this did happen");
}
