/* SPDX-License-Identifier: Apache-2.0 */
/* Exceptions: from which clauses, for whom, how long, and who answers for it. */
#include "policy/check.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static bool
check_ids(
    struct checker *checker, const struct statement *statement, struct exception *exception)
{
	size_t count = 0;
	for (const struct word *id = statement->ids; id; id = id->next)
		count++;
	const char **ids = arena_alloc(checker->arena, count * sizeof(*ids));
	for (const struct word *id = statement->ids; id; id = id->next) {
		size_t position = 0;
		const struct clause_draft *draft;
		while ((draft = map_next(checker->clauses, &position)))
			if (clause_id_covers(id->text, draft->statement->name.text))
				break;
		if (!draft)
			return check_error(checker, &id->at,
			    check_suggestion(
				checker, id->text, check_names(checker, checker->clauses, "")),
			    "there is no clause %s", id->text);
		ids[exception->clause_count++] = arena_copy_text(checker->arena, id->text);
	}
	exception->clauses = ids;
	return true;
}

static bool
check_member(struct checker *checker, const struct plan_family *family,
    const struct value_node *name, const char *text)
{
	if (map_find_text(family->drafts, text))
		return true;
	return check_error(checker, &name->at,
	    check_suggestion(checker, text, check_names(checker, family->drafts, "")),
	    "there is no %s %s", family->word, text);
}

/* `account alice`, `account "web_1"`, `client 192.0.2.0/24` */
static bool
check_whom(
    struct checker *checker, const struct statement *statement, struct exception *exception)
{
	static const char *const words[] = {[EXCEPTION_ACCOUNT] = "account",
	    [EXCEPTION_PLAN] = "plan",
	    [EXCEPTION_ROLE] = "role",
	    [EXCEPTION_CLIENT] = "client"};
	const struct value_node *value = statement->value;
	size_t whom = 0;
	while (whom < array_length(words) && strcmp(words[whom], statement->subject.text) != 0)
		whom++;
	if (whom == array_length(words))
		return check_error(checker, &statement->subject.at,
		    "account, plan, role or client", "there are no exceptions for %s",
		    check_a(checker, statement->subject.text));
	exception->whom = (enum exception_whom)whom;
	bool address = value->kind == VALUE_LITERAL && value->unit == UNIT_ADDRESS;
	bool name = value->kind == VALUE_NAME || value->kind == VALUE_TEXT;
	if (exception->whom == EXCEPTION_CLIENT ? !address : !name)
		return check_error(checker, &value->at, "write one exception for each",
		    exception->whom == EXCEPTION_CLIENT ? "a client is an address or a network"
							: "expected a name");
	const char *text = value->kind == VALUE_TEXT ? value->plain : value->text;
	exception->name = arena_copy_text(checker->arena, text);
	if (exception->whom == EXCEPTION_PLAN)
		return check_member(checker, &checker->plans, value, text);
	return exception->whom != EXCEPTION_ROLE ||
	       check_member(checker, &checker->roles, value, text);
}

static bool
check_to(struct checker *checker, const struct waiver *waiver, struct exception *exception)
{
	struct operand *to = arena_alloc(checker->arena, sizeof(*to));
	if (!check_value(checker, waiver->value, to))
		return false;
	exception->to = to;
	return to->unit == UNIT_ADDRESS || to->unit == UNIT_PORT ||
	       check_error(checker, &waiver->value->at,
		   "for example 198.51.100.0/24 or { 6667/tcp }",
		   "'to' needs addresses or ports");
}

static bool
check_waiver(struct checker *checker, const struct waiver *waiver, struct exception *exception)
{
	const char *text =
	    waiver->text ? arena_copy_text(checker->arena, waiver->text->joined) : NULL;
	switch (waiver->kind) {
	case WAIVER_SUBJECT:
		exception->subject = text;
		return true;
	case WAIVER_TO:
		return check_to(checker, waiver, exception);
	case WAIVER_UNTIL: /* a date lasts to its end */
		exception->until = waiver->value ? waiver->value->number + DAYS(1) : INT64_MAX;
		return true;
	case WAIVER_BY:
		exception->by = text;
		return true;
	case WAIVER_BECAUSE:
		exception->because = text;
		return true;
	case WAIVER_COUNT:
		break;
	}
	return false;
}

static bool
check_said(struct checker *checker, const struct statement *statement,
    const struct exception *exception)
{
	const char *missing = !exception->until	    ? "until"
			      : !exception->by	    ? "by"
			      : !exception->because ? "because"
						    : NULL;
	const char *hint = !exception->until ? "add 'until 2027-01-31', or 'until revoked'"
			   : !exception->by  ? "add who granted it, for example by \"dora\""
					     : "add why, for example because \"ticket 4711\"";
	return !missing || statement->broken ||
	       check_error(
		   checker, &statement->at, hint, "this exception does not say '%s'", missing);
}

static bool
check_exception(
    struct checker *checker, const struct statement *statement, struct exception *exception)
{
	bool good = true;
	if (!statement->value || !statement->ids)
		return false;
	good &= check_ids(checker, statement, exception);
	good &= check_whom(checker, statement, exception);
	for (const struct waiver *waiver = statement->waivers; waiver; waiver = waiver->next)
		good &= check_waiver(checker, waiver, exception);
	return check_said(checker, statement, exception) && good;
}

void
check_exceptions(struct checker *checker)
{
	enum { MOST_EXCEPTIONS = 4096 };
	struct exception *found = NULL;
	size_t count = 0, capacity = 0;
	for (size_t i = 0; i < checker->tree_count; i++)
		for (const struct statement *statement = checker->trees[i]->statements;
		     statement; statement = statement->next) {
			if (statement->kind != STATEMENT_EXCEPTION)
				continue;
			if (count == MOST_EXCEPTIONS) {
				check_error(checker, &statement->at, NULL,
				    "there are more than %d exceptions", MOST_EXCEPTIONS);
				free(found);
				return;
			}
			memory_grow(&found, count, &capacity, sizeof(*found));
			found[count] = (struct exception){0};
			count += check_exception(checker, statement, &found[count]);
		}
	struct exception *kept = arena_alloc(checker->arena, count * sizeof(*kept));
	if (count)
		memcpy(kept, found, count * sizeof(*kept));
	checker->policy->exceptions = kept;
	checker->policy->exception_count = count;
	free(found);
}
