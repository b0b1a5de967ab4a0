/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gathers what all files say: each thing once, each amendment onto what it
 * amends. Order never decides, so amendments are applied after everything was
 * defined, and whoever says a thing twice is told, wherever he says it.
 */
#include "policy/check.h"

#include <string.h>

static bool
already(struct checker *checker, const struct statement *statement,
    const struct statement *before, const char *what)
{
	const char *name = statement->name.text;
	const char *hint = arena_printf(checker->scratch, "use 'amend %s%s%s%s' to change it",
	    strcmp(what, "clause") == 0 ? "" : what, strcmp(what, "clause") == 0 ? "" : " ",
	    name, strcmp(what, "define") == 0 ? " = ..." : " { ... }");
	return check_error(checker, &statement->name.at, hint, "%s %s is already defined %s",
	    strcmp(what, "define") == 0 ? "value" : what, name,
	    check_where(checker, &before->name.at, &statement->name.at));
}

/* Everything that has a name is counted, so that no check takes forever over a hostile set. */
static bool
has_room(struct checker *checker, const struct map *map, const struct statement *statement)
{
	enum { MOST_NAMED = 1000 };
	return map_count(map) < MOST_NAMED ||
	       check_error(checker, &statement->at, NULL, "there are more than %d of these",
		   MOST_NAMED);
}

static void
add_clause(struct checker *checker, const struct statement *statement,
    const struct terms *terms, const struct spot *terms_at)
{
	const struct clause_draft *before =
	    map_find_text(checker->clauses, statement->name.text);
	if (before) {
		already(checker, statement, before->statement, "clause");
		return;
	}
	if (!has_room(checker, checker->clauses, statement))
		return;
	struct clause_draft *draft = arena_alloc(checker->scratch, sizeof(*draft));
	*draft = (struct clause_draft){.statement = statement, .terms = terms};
	if (terms)
		draft->terms_at = *terms_at;
	for (const struct part *part = statement->parts; part; part = part->next)
		draft->parts[part->kind] = part;
	map_put_text(checker->clauses, statement->name.text, draft);
}

static void
add_definition(struct checker *checker, const struct statement *statement)
{
	const struct definition *before =
	    map_find_text(checker->definitions, statement->name.text);
	if (before) {
		already(checker, statement, before->statement, "define");
		return;
	}
	if (!has_room(checker, checker->definitions, statement))
		return;
	struct definition *definition = arena_alloc(checker->scratch, sizeof(*definition));
	*definition = (struct definition){.statement = statement, .value = statement->value};
	map_put_text(checker->definitions, statement->name.text, definition);
}

static void
add_plan(struct checker *checker, struct plan_family *family, const struct statement *statement)
{
	const struct plan_draft *before = map_find_text(family->drafts, statement->name.text);
	family->broken |= statement->broken;
	if (before) {
		already(checker, statement, before->statement, family->word);
		return;
	}
	if (!has_room(checker, family->drafts, statement))
		return;
	struct plan_draft *draft = arena_alloc(checker->scratch, sizeof(*draft));
	*draft = (struct plan_draft){.statement = statement};
	map_put_text(family->drafts, statement->name.text, draft);
}

static const struct terms *
new_terms(struct checker *checker, const struct statement *statement)
{
	struct terms *terms = arena_alloc(checker->arena, sizeof(*terms));
	*terms = (struct terms){.name = arena_copy_text(checker->arena,
				    statement->title ? statement->title->joined : ""),
	    .revision = arena_copy_text(
		checker->arena, statement->revision ? statement->revision->joined : ""),
	    .grace = statement->grace.ms,
	    .file = arena_copy_text(checker->arena, statement->at.source->name)};
	return terms;
}

static void
define_statements(struct checker *checker, const struct tree *tree)
{
	const struct terms *terms = NULL;
	struct spot terms_at = {0};
	for (const struct statement *statement = tree->statements; statement;
	     statement = statement->next) {
		switch (statement->kind) {
		case STATEMENT_TERMS:
			terms = new_terms(checker, statement);
			terms_at = statement->at;
			break;
		case STATEMENT_DEFINE:
			if (statement->name.text)
				add_definition(checker, statement);
			break;
		case STATEMENT_PLAN:
			add_plan(checker, &checker->plans, statement);
			break;
		case STATEMENT_ROLE:
			add_plan(checker, &checker->roles, statement);
			break;
		case STATEMENT_CLAUSE:
		case STATEMENT_PROMISE:
		case STATEMENT_EMERGENCY:
		case STATEMENT_SCRUTINY:
			add_clause(checker, statement, terms, &terms_at);
			break;
		case STATEMENT_INCLUDE:
		case STATEMENT_AMEND_CLAUSE:
		case STATEMENT_AMEND_DEFINE:
		case STATEMENT_AMEND_PLAN:
		case STATEMENT_AMEND_ROLE:
		case STATEMENT_DROP:
		case STATEMENT_EXCEPTION:
			break;
		}
	}
}

/* What a later statement names, or NULL after complaining. */
static void *
find_named(struct checker *checker, struct map *map, const char *what, const struct word *name)
{
	void *found = map_find_text(map, name->text);
	if (!found)
		check_error(checker, &name->at,
		    check_suggestion(checker, name->text, check_names(checker, map, "")),
		    "there is no %s %s", what, name->text);
	return found;
}

static void
amend_clause(struct checker *checker, const struct statement *statement)
{
	struct clause_draft *draft =
	    find_named(checker, checker->clauses, "clause", &statement->name);
	if (!draft)
		return;
	for (const struct part *part = statement->parts; part; part = part->next) {
		if (draft->amended[part->kind])
			check_error(checker, &part->at, "a part is amended once at most",
			    "'%s' of %s was already amended %s", part_name(part->kind),
			    statement->name.text,
			    check_where(checker, &draft->parts[part->kind]->at, &part->at));
		else
			draft->parts[part->kind] = part;
		draft->amended[part->kind] = true;
	}
}

static void
amend_definition(struct checker *checker, const struct statement *statement)
{
	struct definition *definition =
	    find_named(checker, checker->definitions, "definition", &statement->name);
	if (!definition)
		return;
	if (definition->amended)
		check_error(checker, &statement->name.at,
		    "a definition is amended once at most", "'%s' was already amended %s",
		    statement->name.text,
		    check_where(checker, &definition->amended->at, &statement->name.at));
	definition->amended = statement;
	definition->value = statement->value;
}

static void
amend_plan(
    struct checker *checker, struct plan_family *family, const struct statement *statement)
{
	struct plan_draft *draft =
	    find_named(checker, family->drafts, family->word, &statement->name);
	if (!draft)
		return;
	if (!draft->amended)
		draft->amended = map_new();
	for (const struct limit_node *limit = statement->limits; limit; limit = limit->next) {
		const struct limit_node *before =
		    map_find_text(draft->amended, limit->name.text);
		if (before)
			check_error(checker, &limit->name.at, "a limit is amended once at most",
			    "'%s' of %s %s was already amended %s", limit->name.text,
			    family->word, statement->name.text,
			    check_where(checker, &before->name.at, &limit->name.at));
		else
			map_put_text(
			    draft->amended, limit->name.text, (void *)(uintptr_t)limit);
	}
}

static void
drop_clause(struct checker *checker, const struct statement *statement)
{
	struct clause_draft *draft =
	    find_named(checker, checker->clauses, "clause", &statement->name);
	if (draft && draft->dropped)
		check_error(checker, &statement->name.at, NULL,
		    "clause %s was already dropped %s", statement->name.text,
		    check_where(checker, &draft->dropped->at, &statement->name.at));
	else if (draft)
		draft->dropped = statement;
}

static void
change_statements(struct checker *checker, const struct tree *tree)
{
	for (const struct statement *statement = tree->statements; statement;
	     statement = statement->next) {
		if (!statement->name.text)
			continue;
		switch (statement->kind) {
		case STATEMENT_AMEND_CLAUSE:
			amend_clause(checker, statement);
			break;
		case STATEMENT_AMEND_DEFINE:
			amend_definition(checker, statement);
			break;
		case STATEMENT_AMEND_PLAN:
			amend_plan(checker, &checker->plans, statement);
			break;
		case STATEMENT_AMEND_ROLE:
			amend_plan(checker, &checker->roles, statement);
			break;
		case STATEMENT_DROP:
			drop_clause(checker, statement);
			break;
		case STATEMENT_TERMS:
		case STATEMENT_INCLUDE:
		case STATEMENT_DEFINE:
		case STATEMENT_PLAN:
		case STATEMENT_ROLE:
		case STATEMENT_CLAUSE:
		case STATEMENT_PROMISE:
		case STATEMENT_EMERGENCY:
		case STATEMENT_SCRUTINY:
		case STATEMENT_EXCEPTION:
			break;
		}
	}
}

void
check_collect(struct checker *checker)
{
	for (size_t i = 0; i < checker->tree_count; i++)
		define_statements(checker, checker->trees[i]);
	for (size_t i = 0; i < checker->tree_count; i++)
		change_statements(checker, checker->trees[i]);
}
