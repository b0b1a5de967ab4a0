/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Answers: somebody waits for them, so everything they depend on must be at
 * hand where they are given. What they say goes to strangers in a protocol of
 * one line, so it is plain ASCII.
 */
#include "policy/check.h"

#include <string.h>

#include "base/escape.h"

/* The gate at which a subject of that kind is answered; GATE_NOWHERE: at none. */
static enum gate
gate_of(enum subject_kind subject)
{
	switch (subject) {
	case KIND_MAIL:
		return GATE_MAIL;
	case KIND_CLIENT:
	case KIND_MAILBOX:
		return GATE_SESSION;
	case KIND_CONNECTION:
		return GATE_KERNEL;
	case KIND_HOST:
	case KIND_ACCOUNT:
	case KIND_SCRIPT:
	case KIND_PROCESS:
	case KIND_HANDLER:
	case KIND_FILE:
	case KIND_DATABASE:
	case KIND_ADDRESS:
	case KIND_MESSAGE:
	case KIND_COUNT:
		return GATE_NOWHERE;
	}
	return GATE_NOWHERE;
}

static const char *
gate_name(enum gate gate)
{
	switch (gate) {
	case GATE_NOWHERE:
		return "no";
	case GATE_ANYWHERE:
		return "every";
	case GATE_KERNEL:
		return "the kernel";
	case GATE_MAIL:
		return "the mail";
	case GATE_SESSION:
		return "the session";
	}
	return "";
}

static void
check_measures(struct checker *checker, const struct condition_node *node, const char *verb)
{
	enum gate gate = gate_of(checker->draft->clause->subject);
	for (const struct condition_node *part = node->parts; part; part = part->next)
		check_measures(checker, part, verb);
	if (node->kind != CONDITION_COMPARISON)
		return;
	const struct word *left = &node->comparison.left;
	int measure = measure_find(left->text);
	if (measure < 0)
		return;
	enum gate known = measure_info((enum measure)measure)->gate;
	if (known == GATE_ANYWHERE || known == gate)
		return;
	check_error(checker, &left->at,
	    arena_printf(checker->scratch, "'%s' needs measures that %s gate has", verb,
		gate_name(gate)),
	    "'%s' is not known while the %s waits for its answer", left->text,
	    kind_name(checker->draft->clause->subject));
}

static void
check_ascii(struct checker *checker, const struct text_node *text)
{
	for (const struct text_node *piece = text; piece; piece = piece->next)
		for (size_t i = 0; piece->raw[i]; i++) {
			unsigned char byte = (unsigned char)piece->raw[i];
			if (byte >= 0x20 && byte <= 0x7e)
				continue;
			uint32_t point;
			size_t size = utf8_next(piece->raw + i, strlen(piece->raw + i), &point);
			struct spot at = {piece->at.source, piece->at.offset + 1 + i, size};
			check_error(checker, &at, "protocols carry plain ASCII only",
			    "this cannot be said in an answer");
			return;
		}
}

/* The first answer in a ladder, or NULL. */
static const char *
first_answer(struct checker *checker, const struct part *part)
{
	const struct step_node *step = part ? part->ladder.steps : NULL;
	const char *first = NULL;
	for (const struct verb_node *verb = step ? step->verbs : NULL; verb;
	     verb = verb->next) {
		int found = verb_find(verb->verb.text);
		if (found < 0 || verb_info((enum verb)found)->when != WHEN_ANSWER)
			continue;
		first = first ? first : verb->verb.text;
		check_ascii(checker, verb->text);
	}
	return first;
}

void
check_answers(struct checker *checker)
{
	static const enum part_kind ladders[] = {
	    PART_THEN, PART_IF_AGAIN, PART_IF_EMERGENCY, PART_IF_UNKNOWN};
	const struct clause_draft *draft = checker->draft;
	const char *verb = NULL;
	for (size_t i = 0; i < array_length(ladders); i++) {
		const char *answer = first_answer(checker, draft->parts[ladders[i]]);
		verb = verb ? verb : answer;
	}
	bool answered = gate_of(draft->clause->subject) != GATE_NOWHERE;
	if (verb && answered && draft->clause->when)
		check_measures(checker, draft->parts[PART_WHEN]->condition, verb);
	const struct part *unknown = draft->parts[PART_IF_UNKNOWN];
	if (unknown && !first_answer(checker, draft->parts[PART_THEN]))
		check_error(checker, &unknown->at,
		    "other clauses simply wait until more is known",
		    "'if unknown' belongs to clauses that answer");
}
