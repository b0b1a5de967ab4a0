/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ladders: which verbs, on what, and how soon. Nobody loses the grace period
 * because somebody left a word out: what acts without delay says `at once`,
 * what acts later reaches the grace that its terms promise.
 */
#include "policy/check.h"

#include <stdlib.h>
#include <string.h>

/* One ladder on its way to a rule. */
struct climbing {
	const struct clause_draft *draft;
	enum ladder_kind kind;
	bool at_once;
	bool warned; /* a step before this one, or this one, tells the owner */
	struct ladder *out;
};

static const char *const *
verb_names(struct checker *checker)
{
	const char **names = arena_alloc(checker->scratch, (VERB_COUNT + 1) * sizeof(*names));
	for (int i = 0; i < VERB_COUNT; i++)
		names[i] = verb_info((enum verb)i)->name;
	return names;
}

static bool
acts_on(const struct verb_info *info, enum subject_kind subject)
{
	for (int kind = 0; kind < KIND_COUNT; kind++)
		if (info->kinds & 1u << kind && check_within(subject, (enum subject_kind)kind))
			return true;
	return false;
}

static bool
wrong_subject(struct checker *checker, const struct word *word, const struct verb_info *info,
    enum subject_kind subject)
{
	auto_str kinds = {0}, verbs = {0};
	uint32_t left = info->kinds;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		if (!(left & 1u << kind))
			continue;
		left &= ~(1u << kind);
		str_addf(&kinds, "%s%s",
		    !kinds.length ? ""
		    : left	  ? ", "
				  : " and ",
		    kind_name((enum subject_kind)kind));
	}
	for (int verb = 0; verb < VERB_COUNT; verb++) {
		const struct verb_info *other = verb_info((enum verb)verb);
		if (other->when == info->when &&
		    (other->acting || other->when == WHEN_ANSWER) && acts_on(other, subject))
			str_addf(&verbs, "%s%s",
			    verbs.length ? ", " : "verbs for it: ", other->name);
	}
	return check_error(checker, &word->at, verbs.length ? str_text(&verbs) : NULL,
	    "'%s' acts on %s, not on %s", word->text, str_text(&kinds),
	    check_a(checker, kind_name(subject)));
}

/* "throttle" R "to" V */
static bool
check_throttle(struct checker *checker, const struct verb_node *node, struct verb_use *use)
{
	bool throttle = use->verb == VERB_THROTTLE;
	if (!throttle && node->resource.text)
		return check_error(checker, &node->resource.at, NULL,
		    "'%s' has nothing to choose here", node->verb.text);
	if (!throttle)
		return true;
	if (!node->amount)
		return check_error(checker, &node->verb.at, "for example 'throttle cpu to 5%'",
		    "'throttle' does not say what, and to what");
	int resource = resource_find(node->resource.text);
	if (resource < 0 || resource == RESOURCE_NONE || resource == RESOURCE_DISK ||
	    resource == RESOURCE_CONNECTIONS)
		return check_error(checker, &node->resource.at,
		    "one of cpu, io, memory, mail, bandwidth", "'%s' cannot be throttled",
		    node->resource.text);
	use->resource = (enum resource)resource;
	return check_value(checker, node->amount, &use->amount) &&
	       check_unit(checker, node->amount, &use->amount, node->resource.text,
		   resource_unit(use->resource));
}

static bool
check_verb_text(struct checker *checker, const struct verb_node *node, struct verb_use *use)
{
	const struct verb_info *info = verb_info(use->verb);
	bool silent =
	    use->verb == VERB_MARK ||
	    (use->verb == VERB_REFUSE && checker->draft->clause->subject == KIND_CONNECTION);
	if (info->when == WHEN_STEP && node->text)
		return check_error(checker, &node->text->at,
		    "notices say what 'says' and 'remedy' say", "'%s' takes no text",
		    node->verb.text);
	if (info->when == WHEN_ANSWER && !silent && !node->text)
		return check_error(checker, &node->verb.at, "say why, and how to mend it",
		    "'%s' does not say why", node->verb.text);
	if (node->text)
		use->text = arena_copy_text(checker->arena, node->text->joined);
	return true;
}

static const char *
grace_of(struct checker *checker, const struct clause_draft *draft, int64_t *ret_grace)
{
	*ret_grace = draft->terms ? draft->terms->grace : 0;
	int64_t days = *ret_grace / DAYS(1), hours = *ret_grace % DAYS(1) / 3600000;
	if (!*ret_grace)
		return "3d";
	auto_str text = {0};
	if (days)
		str_addf(&text, "%lldd", (long long)days);
	if (hours || !days)
		str_addf(&text, "%lldh", (long long)hours);
	return arena_copy_text(checker->scratch, str_text(&text));
}

/* What a promise may do touches no customer. */
static bool
check_promised(struct checker *checker, const struct verb_node *node, enum verb verb)
{
	bool allowed =
	    verb == VERB_AUDIT || verb == VERB_ALARM || verb == VERB_MARK || verb == VERB_DEFER;
	return allowed || checker->draft->statement->kind != STATEMENT_PROMISE ||
	       check_error(checker, &node->verb.at, "a promise may audit, alarm, mark, defer",
		   "'%s' acts on a customer, but a promise binds us", node->verb.text);
}

static bool
check_first_step(struct checker *checker, const struct climbing *climbing,
    const struct verb_node *node, const struct verb_use *use)
{
	const struct verb_info *info = verb_info(use->verb);
	int64_t grace;
	if (climbing->at_once || !info->acting || use->ask)
		return true;
	const char *text = grace_of(checker, climbing->draft, &grace);
	return check_error(checker, &node->verb.at,
	    arena_printf(checker->scratch,
		"write 'at once %s' if that is meant, or 'warn; after %s %s'", info->name, text,
		info->name),
	    "'%s' in the first step gives the owner no time", info->name);
}

static bool
check_later_step(struct checker *checker, const struct climbing *climbing,
    const struct step_node *step, const struct verb_node *node, const struct verb_use *use)
{
	const struct verb_info *info = verb_info(use->verb);
	if (info->when == WHEN_ANSWER)
		return check_error(checker, &node->verb.at, "put it into the first step",
		    "'%s' is an answer to a question asked now, it cannot come after %s",
		    info->name, step->after.text);
	int64_t grace;
	const char *text = grace_of(checker, climbing->draft, &grace);
	if (info->acting && climbing->kind != LADDER_EMERGENCY && step->after.ms < grace) {
		const struct spot *terms = &climbing->draft->terms_at;
		const char *where =
		    terms->source == node->verb.at.source
			? arena_printf(checker->scratch, "line %zu", spot_line(terms))
			: arena_printf(checker->scratch, "%s, line %zu", terms->source->name,
			      spot_line(terms));
		return check_error(checker, &step->after.at,
		    arena_printf(checker->scratch,
			"give %s, or write 'at once' if no grace is meant", text),
		    "%s comes sooner than the grace of %s that these terms promise (%s)",
		    step->after.text, text, where);
	}
	if (info->destroys && !climbing->warned)
		return check_error(checker, &node->verb.at, "let 'warn' come before it",
		    "'%s' comes without a word to the owner", info->name);
	return true;
}

static bool
check_verb(struct checker *checker, const struct climbing *climbing,
    const struct step_node *step, const struct verb_node *node, struct verb_use *use)
{
	int verb = verb_find(node->verb.text);
	if (verb < 0)
		return check_error(checker, &node->verb.at,
		    check_suggestion(checker, node->verb.text, verb_names(checker)),
		    "unknown verb '%s'", node->verb.text);
	const struct verb_info *info = verb_info((enum verb)verb);
	*use = (struct verb_use){.verb = (enum verb)verb,
	    .ask = node->ask,
	    .at_once = climbing->at_once && !step->after.text};
	if (!acts_on(info, checker->draft->clause->subject))
		return wrong_subject(
		    checker, &node->verb, info, checker->draft->clause->subject);
	if (node->ask && info->when == WHEN_ANSWER)
		return check_error(
		    checker, &node->at, "leave 'ask' out", "an answer cannot wait for staff");
	if (climbing->kind == LADDER_UNKNOWN && info->when != WHEN_ANSWER)
		return check_error(checker, &node->verb.at, "mark, defer, refuse or reject",
		    "'if unknown' is for answers, '%s' is none", info->name);
	return check_promised(checker, node, use->verb) && check_throttle(checker, node, use) &&
	       check_verb_text(checker, node, use) &&
	       (step->after.text ? check_later_step(checker, climbing, step, node, use)
				 : check_first_step(checker, climbing, node, use));
}

static int
by_table(const void *left, const void *right)
{
	const struct verb_use *one = left, *other = right;
	if (one->verb != other->verb)
		return one->verb < other->verb ? -1 : 1;
	return (one->resource > other->resource) - (one->resource < other->resource);
}

static bool
check_twice(struct checker *checker, const struct step_node *node, const struct step *step)
{
	for (size_t i = 1; i < step->verb_count; i++)
		if (by_table(&step->verbs[i - 1], &step->verbs[i]) == 0)
			return check_error(checker, &node->verbs->at, "leave one out",
			    "'%s' stands twice in this step",
			    verb_info(step->verbs[i].verb)->name);
	return true;
}

static bool
check_step(struct checker *checker, struct climbing *climbing, const struct step_node *node)
{
	size_t count = 0;
	for (const struct verb_node *verb = node->verbs; verb; verb = verb->next) {
		climbing->warned |= strcmp(verb->verb.text, "warn") == 0;
		count++;
	}
	struct verb_use *uses = arena_alloc(checker->arena, count * sizeof(*uses));
	bool good = true;
	size_t index = 0;
	for (const struct verb_node *verb = node->verbs; verb; verb = verb->next)
		good &= check_verb(checker, climbing, node, verb, &uses[index++]);
	qsort(uses, count, sizeof(*uses), by_table);
	struct step *step = &climbing->out->steps[climbing->out->count++];
	*step = (struct step){.after = node->after.ms, .verb_count = count, .verbs = uses};
	return good && check_twice(checker, node, step);
}

static bool
check_delay(
    struct checker *checker, const struct climbing *climbing, const struct step_node *node)
{
	size_t count = climbing->out->count;
	if (!node->after.text)
		return true;
	if (count == MOST_STEPS)
		return check_error(checker, &node->after.at, NULL,
		    "a ladder has at most %d steps", MOST_STEPS);
	if (!check_time(checker, &node->after, DAYS(365)))
		return false;
	return climbing->out->steps[count - 1].after < node->after.ms ||
	       check_error(checker, &node->after.at, "all delays count from the same beginning",
		   "%s is no later than the step before", node->after.text);
}

bool
check_ladder(struct checker *checker, enum ladder_kind kind, const struct part *part)
{
	struct climbing climbing = {.draft = checker->draft,
	    .kind = kind,
	    .at_once = part->ladder.at_once,
	    .warned = part->ladder.at_once,
	    .out = &checker->draft->clause->ladders[kind]};
	bool good = true;
	for (const struct step_node *step = part->ladder.steps; step; step = step->next) {
		if (!check_delay(checker, &climbing, step))
			return false;
		good &= check_step(checker, &climbing, step);
	}
	return good;
}
