/* SPDX-License-Identifier: Apache-2.0 */
/* What all checks use: complaints, suggestions, places in words. */
#include "policy/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

/*
 * Looking for what was meant, and counting lines, cost more than all checks
 * together. Hostile files have thousands of mistakes, of which nobody reads on.
 */
enum { PATIENCE = 100 };

bool
check_error(
    struct checker *checker, const struct spot *at, const char *hint, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	auto_free char *message = NULL;
	if (vasprintf(&message, format, arguments) < 0)
		abort();
	va_end(arguments);
	struct place place = spot_place(at);
	diag_add(checker->diag, SEVERITY_ERROR, &place, hint, "%s", message);
	return false;
}

const char *
check_suggestion(struct checker *checker, const char *word, const char *const *candidates)
{
	if (diag_errors(checker->diag) > PATIENCE)
		return NULL;
	const char *meant = did_you_mean(word, candidates);
	return meant ? arena_printf(checker->scratch, "did you mean '%s'?", meant) : NULL;
}

const char *const *
check_names(struct checker *checker, const struct map *map, const char *prefix)
{
	enum { MOST_NAMES = 1000 };
	static const char *const none[] = {NULL};
	if (diag_errors(checker->diag) > PATIENCE)
		return none;
	const char **names = arena_alloc(checker->scratch, (MOST_NAMES + 1) * sizeof(*names));
	size_t position = 0, length, count = 0;
	const void *key;
	while (count < MOST_NAMES && map_next_key(map, &position, &key, &length))
		names[count++] = arena_printf(
		    checker->scratch, "%s%.*s", prefix, (int)length, (const char *)key);
	return names;
}

const char *
check_where(struct checker *checker, const struct spot *spot, const struct spot *from)
{
	if (diag_errors(checker->diag) > PATIENCE)
		return "elsewhere";
	if (spot->source == from->source)
		return arena_printf(checker->scratch, "in line %zu", spot_line(spot));
	return arena_printf(
	    checker->scratch, "in %s, line %zu", spot->source->name, spot_line(spot));
}

const char *
check_a(struct checker *checker, const char *noun)
{
	return arena_printf(
	    checker->scratch, "%s %s", strchr("aeiou", noun[0]) ? "an" : "a", noun);
}

/* A mail comes from a client, and belongs to the account whose attested sender it names. */
bool
check_within(enum subject_kind kind, enum subject_kind outer)
{
	return kind_within(kind, outer) || (kind == KIND_MAIL && outer == KIND_ACCOUNT);
}

bool
check_time(struct checker *checker, const struct time_node *time, int64_t most)
{
	if (time->ms < SECONDS(1))
		return check_error(
		    checker, &time->at, NULL, "%s is shorter than 1s", time->text);
	if (time->ms > most)
		return check_error(checker, &time->at,
		    arena_printf(
			checker->scratch, "at most %lldd", (long long)(most / DAYS(1))),
		    "%s is too long", time->text);
	return true;
}

static void
family_done(struct plan_family *family)
{
	size_t position = 0;
	const struct plan_draft *draft;
	while ((draft = map_next(family->drafts, &position)))
		map_free(draft->amended);
	map_free(family->drafts);
	map_free(family->types);
}

void
checker_done(struct checker *checker)
{
	family_done(&checker->plans);
	family_done(&checker->roles);
	map_free(checker->definitions);
	map_free(checker->clauses);
}
