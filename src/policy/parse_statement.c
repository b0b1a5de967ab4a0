/* SPDX-License-Identifier: Apache-2.0 */
/* Statements, and the file. */
#include "policy/parser.h"

#include <string.h>

#include "policy/parsing.h"

/* terms = "terms" string "revision" string [ "grace" time ] */
static bool
parse_terms(struct parser *parser, struct statement *statement)
{
	statement->kind = STATEMENT_TERMS;
	return parse_string(parser, &statement->title) &&
	       parser_expect_word(parser, "revision") &&
	       parse_string(parser, &statement->revision) &&
	       (!parser_accept_word(parser, "grace") || parse_time(parser, &statement->grace));
}

/* include = "include" string */
static bool
parse_include(struct parser *parser, struct statement *statement)
{
	statement->kind = STATEMENT_INCLUDE;
	return parse_string(parser, &statement->title);
}

/* A value whose set may stand on several lines, with a comment to each member. */
static bool
parse_commented_value(struct parser *parser, struct value_node **ret_value)
{
	parser->keep_member_comments = true;
	bool good = parse_value(parser, ret_value);
	parser->keep_member_comments = false;
	return good;
}

/* define = "define" name "=" value */
static bool
parse_define(struct parser *parser, struct statement *statement)
{
	statement->kind = STATEMENT_DEFINE;
	return parse_word(parser, TOKEN_NAME, "a name", &statement->name) &&
	       parser_expect(parser, TOKEN_EQUALS, "'='") &&
	       parse_commented_value(parser, &statement->value);
}

static bool
begins_limit(const struct parser *parser)
{
	return parser_at(parser, TOKEN_NAME);
}

static bool
parse_limit(struct parser *parser, struct statement *statement)
{
	struct limit_node *limit = parser_new(parser, struct limit_node);
	if (!parse_word(parser, TOKEN_NAME, "a limit", &limit->name) ||
	    !parse_commented_value(parser, &limit->value))
		return false;
	parser_claim_comments(parser, &limit->remarks);
	struct limit_node **last = &statement->limits;
	size_t count = 0;
	for (; *last; last = &(*last)->next)
		count++;
	if (count < MOST_LIMITS)
		*last = limit;
	else
		parser_error(parser, &limit->name.at, NULL, "there are more than %d limits",
		    MOST_LIMITS);
	return count < MOST_LIMITS;
}

static bool
parse_limits(struct parser *parser, struct statement *statement)
{
	return parse_block(parser, statement, parse_limit, begins_limit, "a limit or '}'");
}

/* ( "plan" | "role" ) name [ "like" name ] "{" { name value } "}" */
static bool
parse_plan_or_role(struct parser *parser, struct statement *statement)
{
	return parse_word(parser, TOKEN_NAME, "a name", &statement->name) &&
	       (!parser_accept_word(parser, "like") ||
		   parse_word(parser, TOKEN_NAME, "a name", &statement->like)) &&
	       parse_limits(parser, statement);
}

static bool
parse_plan(struct parser *parser, struct statement *statement)
{
	statement->kind = STATEMENT_PLAN;
	return parse_plan_or_role(parser, statement);
}

static bool
parse_role(struct parser *parser, struct statement *statement)
{
	statement->kind = STATEMENT_ROLE;
	return parse_plan_or_role(parser, statement);
}

/* id string */
static bool
parse_head(struct parser *parser, struct statement *statement)
{
	return parse_word(parser, TOKEN_ID, "an id such as A10", &statement->name) &&
	       parse_string(parser, &statement->title);
}

static bool
parse_subject(struct parser *parser, struct statement *statement)
{
	return parser_expect_word(parser, "each") &&
	       parse_word(parser, TOKEN_NAME, "a kind of subject", &statement->subject);
}

/* clause = "clause" id string [ "for" "each" name ] "{" { part } "}" */
static bool
parse_clause(struct parser *parser, struct statement *statement)
{
	statement->kind = STATEMENT_CLAUSE;
	return parse_head(parser, statement) &&
	       (!parser_accept_word(parser, "for") || parse_subject(parser, statement)) &&
	       parse_clause_block(parser, statement);
}

/* promise = "promise" id string "for" "each" name "{" { part } "}" */
static bool
parse_promise(struct parser *parser, struct statement *statement)
{
	statement->kind = STATEMENT_PROMISE;
	return parse_head(parser, statement) && parser_expect_word(parser, "for") &&
	       parse_subject(parser, statement) && parse_clause_block(parser, statement);
}

/* emergency = "emergency" id string "{" { part } "}" */
static bool
parse_emergency(struct parser *parser, struct statement *statement)
{
	statement->kind = STATEMENT_EMERGENCY;
	return parse_head(parser, statement) && parse_clause_block(parser, statement);
}

/* scrutiny = "scrutiny" id string "{" { part } "}" */
static bool
parse_scrutiny(struct parser *parser, struct statement *statement)
{
	statement->kind = STATEMENT_SCRUTINY;
	return parse_head(parser, statement) && parse_clause_block(parser, statement);
}

/* amend = "amend" ( id "{" { part } "}" | define | ( "plan" | "role" ) name "{" limits "}" ) */
static bool
parse_amend(struct parser *parser, struct statement *statement)
{
	if (parser_accept_word(parser, "define")) {
		bool good = parse_define(parser, statement);
		statement->kind = STATEMENT_AMEND_DEFINE;
		return good;
	}
	statement->kind =
	    parser_at_word(parser, "plan") ? STATEMENT_AMEND_PLAN : STATEMENT_AMEND_ROLE;
	if (parser_accept_word(parser, "plan") || parser_accept_word(parser, "role"))
		return parse_word(parser, TOKEN_NAME, "a name", &statement->name) &&
		       parse_limits(parser, statement);
	statement->kind = STATEMENT_AMEND_CLAUSE;
	return parse_word(parser, TOKEN_ID, "the id of a clause, 'define', 'plan' or 'role'",
		   &statement->name) &&
	       parse_clause_block(parser, statement);
}

/* drop = "drop" id "because" text */
static bool
parse_drop(struct parser *parser, struct statement *statement)
{
	statement->kind = STATEMENT_DROP;
	return parse_word(parser, TOKEN_ID, "the id of a clause", &statement->name) &&
	       parser_expect_word(parser, "because") && parse_text(parser, &statement->because);
}

static const struct {
	const char *word;
	enum waiver_kind kind;
} waivers[] = {{"subject", WAIVER_SUBJECT}, {"to", WAIVER_TO}, {"until", WAIVER_UNTIL},
    {"by", WAIVER_BY}, {"because", WAIVER_BECAUSE}};

static bool
begins_waiver(const struct parser *parser)
{
	for (size_t i = 0; i < array_length(waivers); i++)
		if (parser_at_word(parser, waivers[i].word))
			return true;
	return false;
}

/* date | "revoked" */
static bool
parse_until(struct parser *parser, struct waiver *waiver)
{
	if (parser_accept_word(parser, "revoked"))
		return true;
	if (!parser_at(parser, TOKEN_LITERAL) || parser->token.unit != UNIT_DATE)
		return parser_unexpected(
		    parser, "a date or 'revoked'", "for example 2027-01-31");
	return parse_value(parser, &waiver->value);
}

static bool
parse_waiver_words(struct parser *parser, struct waiver *waiver)
{
	switch (waiver->kind) {
	case WAIVER_SUBJECT:
	case WAIVER_BY:
		return parse_string(parser, &waiver->text);
	case WAIVER_TO:
		return parse_commented_value(parser, &waiver->value);
	case WAIVER_UNTIL:
		return parse_until(parser, waiver);
	case WAIVER_BECAUSE:
	case WAIVER_COUNT:
		return parse_text(parser, &waiver->text);
	}
	return false;
}

/* waiver = "subject" string | "to" value | "until" until | "by" string | "because" text */
static bool
parse_waiver(struct parser *parser, struct statement *statement)
{
	struct waiver *waiver = parser_new(parser, struct waiver), **last = &statement->waivers;
	for (size_t i = 0; i < array_length(waivers); i++)
		if (parser_at_word(parser, waivers[i].word))
			waiver->kind = waivers[i].kind;
	waiver->at = parser_take(parser).at;
	if (!parse_waiver_words(parser, waiver))
		return false;
	parser_claim_comments(parser, &waiver->remarks);
	for (; *last; last = &(*last)->next)
		if ((*last)->kind == waiver->kind) {
			parser_error(parser, &waiver->at, "each stands once",
			    "'%s' was already said", waivers[waiver->kind].word);
			return true;
		}
	*last = waiver;
	return true;
}

/* `plan` and `role` are words of the grammar, `account` and `client` are not. */
static bool
parse_whom(struct parser *parser, struct statement *statement)
{
	enum token_kind kind = parser_at_word(parser, "plan") || parser_at_word(parser, "role")
				   ? TOKEN_WORD
				   : TOKEN_NAME;
	return parse_word(parser, kind, "'account', 'plan', 'role' or 'client'",
		   &statement->subject) &&
	       parse_value(parser, &statement->value);
}

/* exception = "exception" id { "," id } "for" name value "{" { waiver } "}" */
static bool
parse_exception(struct parser *parser, struct statement *statement)
{
	statement->kind = STATEMENT_EXCEPTION;
	return parse_words(parser, TOKEN_ID, "the id of a clause", &statement->ids) &&
	       parser_expect_word(parser, "for") && parse_whom(parser, statement) &&
	       parse_block(parser, statement, parse_waiver, begins_waiver,
		   "'subject', 'to', 'until', 'by', 'because' or '}'");
}

static const struct {
	const char *word;
	parse_entry *parse;
	bool block; /* its comments were claimed with its braces */
} productions[] = {{"terms", parse_terms, false}, {"include", parse_include, false},
    {"define", parse_define, false}, {"plan", parse_plan, true}, {"role", parse_role, true},
    {"clause", parse_clause, true}, {"promise", parse_promise, true},
    {"emergency", parse_emergency, true}, {"scrutiny", parse_scrutiny, true},
    {"amend", parse_amend, true}, {"drop", parse_drop, false},
    {"exception", parse_exception, true}};

bool
begins_statement(const struct parser *parser)
{
	for (size_t i = 0; i < array_length(productions); i++)
		if (parser_at_word(parser, productions[i].word))
			return true;
	return false;
}

static bool
parse_statement(struct parser *parser, struct statement *statement)
{
	statement->at = parser->token.at;
	for (size_t i = 0; i < array_length(productions); i++) {
		if (!parser_accept_word(parser, productions[i].word))
			continue;
		bool good = productions[i].parse(parser, statement);
		if (!productions[i].block || statement->kind == STATEMENT_AMEND_DEFINE)
			parser_claim_comments(parser, &statement->remarks);
		return good;
	}
	return parser_unexpected(parser, "a statement", parser_suggestion(parser));
}

static void
skip_statement(struct parser *parser)
{
	while (!parser_at(parser, TOKEN_END) && !begins_statement(parser))
		parser_take(parser);
}

/* file = { statement } */
static void
parse_statements(struct parser *parser, struct tree *tree)
{
	struct statement **next = &tree->statements;
	while (!parser_at(parser, TOKEN_END) && diag_errors(parser->diag) < MOST_MISTAKES) {
		struct statement *statement = parser_new(parser, struct statement);
		size_t before = diag_errors(parser->diag);
		bool good = parse_statement(parser, statement);
		statement->broken = !good || diag_errors(parser->diag) > before;
		if (statement->name.text || statement->title || statement->ids) {
			*next = statement;
			next = &statement->next;
		}
		if (!good)
			skip_statement(parser);
	}
}

struct tree *
parse_file(const struct source *source, struct arena *arena, struct diag *diag)
{
	struct parser parser = {.arena = arena, .diag = diag};
	lexer_init(&parser.lexer, source, arena, diag);
	parser.comment = &parser.lexer.first_comment;
	parser_take(&parser);
	struct tree *tree = parser_new(&parser, struct tree);
	tree->source = source;
	parse_statements(&parser, tree);
	tree->tail = *parser.comment;
	return tree;
}
