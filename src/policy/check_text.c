/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Placeholders: prose takes its numbers from the rule. What cannot be filled
 * in, or could be filled in two ways, is a mistake, or customers would read
 * another limit than the machine keeps.
 */
#include "policy/check.h"

#include <string.h>

enum { MOST_NAMES = 64 };

/* Everything that a text may name, ending with NULL. */
struct vocabulary {
	const char *names[MOST_NAMES];
	size_t count;
};

static void
add_name(struct vocabulary *vocabulary, const char *name)
{
	for (size_t i = 0; i < vocabulary->count; i++)
		if (strcmp(vocabulary->names[i], name) == 0)
			return;
	if (vocabulary->count + 1 < array_length(vocabulary->names))
		vocabulary->names[vocabulary->count++] = name;
}

static bool
knows(const struct vocabulary *vocabulary, const char *name)
{
	for (size_t i = 0; i < vocabulary->count; i++)
		if (strcmp(vocabulary->names[i], name) == 0)
			return true;
	return false;
}

/* What a condition compares with: each limit and each window once, as written. */
struct numbers {
	struct vocabulary measures;
	const char *values[MOST_NAMES]; /* of the measures: what each is compared with */
	struct vocabulary several;	/* measures that are compared with several values */
	struct vocabulary limits;
	struct vocabulary windows;
};

static const char *
value_text(struct checker *checker, const struct value_node *value)
{
	return value->of.text
		   ? arena_printf(checker->scratch, "%s of %s", value->text, value->of.text)
		   : value->text;
}

static void
gather(struct checker *checker, const struct condition_node *node, struct numbers *numbers)
{
	const struct comparison_node *comparison = &node->comparison;
	for (const struct condition_node *part = node->parts; part; part = part->next)
		gather(checker, part, numbers);
	if (node->kind != CONDITION_COMPARISON)
		return;
	const char *window =
	    comparison->window != WINDOW_NONE ? comparison->span.text : comparison->hold.text;
	if (window)
		add_name(&numbers->windows, window);
	if (!comparison->value)
		return;
	const char *value = value_text(checker, comparison->value);
	if (comparison->operator!= COMPARE_IS && comparison->operator!= COMPARE_IN)
		add_name(&numbers->limits, value);
	for (size_t i = 0; i < numbers->measures.count; i++)
		if (strcmp(numbers->measures.names[i], comparison->left.text) == 0 &&
		    strcmp(numbers->values[i], value) != 0)
			add_name(&numbers->several, comparison->left.text);
	size_t before = numbers->measures.count;
	add_name(&numbers->measures, comparison->left.text);
	if (numbers->measures.count > before)
		numbers->values[before] = value;
}

/* A text whose placeholders are looked at. */
struct reading {
	const struct text_node *piece;
	const struct numbers *numbers;
	const struct vocabulary *known;
	const char *where; /* "in 'says'" */
};

static void
unknown(struct checker *checker, const struct reading *reading, const struct spot *at,
    const char *name)
{
	const char *hint = diag_errors(checker->diag) < 100 && reading->known->count
			       ? did_you_mean(name, reading->known->names)
			       : NULL;
	check_error(checker, at,
	    hint ? arena_printf(checker->scratch, "did you mean '%s'?", hint)
		 : "a brace that stands for itself is written {{",
	    "'{%s}' is not known %s", name, reading->where);
}

/* {limit} and {window} stand for the one there is. */
static void
check_single(struct checker *checker, const struct reading *reading, const struct spot *at,
    const char *name)
{
	bool limit = strcmp(name, "limit") == 0;
	const struct vocabulary *values =
	    limit ? &reading->numbers->limits : &reading->numbers->windows;
	const struct vocabulary *measures = &reading->numbers->measures;
	if (values->count == 1)
		return;
	const char *hint = NULL;
	if (limit && measures->count > 1)
		hint = arena_printf(checker->scratch, "write {%s} or {%s}", measures->names[0],
		    measures->names[1]);
	check_error(checker, at, hint,
	    values->count ? "'{%s}' could be one of several here"
			  : "'{%s}': this clause has none",
	    name);
}

static void
check_placeholder(
    struct checker *checker, const struct reading *reading, size_t offset, size_t length)
{
	const struct text_node *piece = reading->piece;
	struct spot at = {piece->at.source, piece->at.offset + 1 + offset, length};
	const char *name = arena_copy(checker->scratch, piece->raw + offset + 1, length - 2);
	bool single = strcmp(name, "limit") == 0 || strcmp(name, "window") == 0;
	if (!knows(reading->known, name))
		unknown(checker, reading, &at, name);
	else if (single && reading->numbers)
		check_single(checker, reading, &at, name);
	else if (reading->numbers && knows(&reading->numbers->several, name))
		check_error(checker, &at, "make two clauses of it, or say it without a number",
		    "'{%s}' could be one of several here", name);
}

static void
check_piece(struct checker *checker, const struct reading *reading)
{
	const char *raw = reading->piece->raw;
	for (size_t i = 0; raw[i]; i++) {
		if (raw[i] != '{')
			continue;
		if (raw[i + 1] == '{') {
			i++;
			continue;
		}
		size_t length = strcspn(raw + i, "}") + 1;
		struct spot at = {
		    reading->piece->at.source, reading->piece->at.offset + 1 + i, 1};
		if (!raw[i + length - 1]) {
			check_error(checker, &at,
			    "a brace that stands for itself is written {{",
			    "this '{' is never closed");
			return;
		}
		check_placeholder(checker, reading, i, length);
		i += length - 1;
	}
}

static void
check_text(struct checker *checker, const struct text_node *text, const struct numbers *numbers,
    const struct vocabulary *known, const char *where)
{
	struct reading reading = {.numbers = numbers, .known = known, .where = where};
	for (reading.piece = text; reading.piece; reading.piece = reading.piece->next)
		check_piece(checker, &reading);
}

/* What `says` and `remedy` may name. */
static void
check_prose(struct checker *checker, const struct clause_draft *draft)
{
	struct numbers numbers = {0};
	if (draft->parts[PART_WHEN])
		gather(checker, draft->parts[PART_WHEN]->condition, &numbers);
	struct vocabulary known = {.names = {"limit", "window"}, .count = 2};
	const struct ladder *then = &draft->clause->ladders[LADDER_THEN];
	if (then->count > 1 || (draft->terms && draft->terms->grace))
		add_name(&known, "grace");
	for (size_t i = 0; i < numbers.measures.count; i++)
		add_name(&known, numbers.measures.names[i]);
	const struct part *says = draft->parts[PART_SAYS], *remedy = draft->parts[PART_REMEDY];
	if (says)
		check_text(checker, says->text, &numbers, &known, "in 'says'");
	if (remedy)
		check_text(checker, remedy->text, &numbers, &known, "in 'remedy'");
}

static struct vocabulary
answer_vocabulary(enum subject_kind subject)
{
	static const char *const always[] = {
	    "clause", "title", "case", "limit", "count", "window", "retry"};
	static const char *const mail[] = {
	    "sender", "recipient", "helo", "client", "virus", "part", "list"};
	static const char *const session[] = {"mailbox", "client", "other-client"};
	struct vocabulary known = {0};
	for (size_t i = 0; i < array_length(always); i++)
		add_name(&known, always[i]);
	for (size_t i = 0; subject == KIND_MAIL && i < array_length(mail); i++)
		add_name(&known, mail[i]);
	bool in_session = subject == KIND_MAILBOX || subject == KIND_CLIENT;
	for (size_t i = 0; in_session && i < array_length(session); i++)
		add_name(&known, session[i]);
	return known;
}

static void
check_answer_texts(struct checker *checker, const struct part *part)
{
	enum subject_kind subject = checker->draft->clause->subject;
	struct vocabulary known = answer_vocabulary(subject);
	const char *where = arena_printf(
	    checker->scratch, "when %s is answered", check_a(checker, kind_name(subject)));
	const struct step_node *step = part ? part->ladder.steps : NULL;
	for (; step; step = step->next)
		for (const struct verb_node *verb = step->verbs; verb; verb = verb->next)
			check_text(checker, verb->text, NULL, &known, where);
}

void
check_texts(struct checker *checker)
{
	const struct clause_draft *draft = checker->draft;
	check_prose(checker, draft);
	check_answer_texts(checker, draft->parts[PART_THEN]);
	check_answer_texts(checker, draft->parts[PART_IF_AGAIN]);
	check_answer_texts(checker, draft->parts[PART_IF_EMERGENCY]);
	check_answer_texts(checker, draft->parts[PART_IF_UNKNOWN]);
}
