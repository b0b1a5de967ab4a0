/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a clause. */
#include "policy/parsing.h"

#include <string.h>

const char *
part_name(enum part_kind kind)
{
	static const char *const names[] = {
#define PART_NAME(symbol, name) [PART_##symbol] = name,
	    PARTS(PART_NAME)
#undef PART_NAME
	};
	return names[kind];
}

/* verb = [ "ask" ] name [ name "to" value ] [ text ] */
static bool
parse_verb(struct parser *parser, struct verb_node **ret_verb)
{
	struct verb_node *verb = parser_new(parser, struct verb_node);
	verb->at = parser->token.at;
	verb->ask = parser_accept_word(parser, "ask");
	if (!parse_word(parser, TOKEN_NAME, "a verb", &verb->verb))
		return false;
	if (parser_at(parser, TOKEN_NAME) &&
	    !(parse_word(parser, TOKEN_NAME, "a resource", &verb->resource) &&
		parser_expect_word(parser, "to") && parse_value(parser, &verb->amount)))
		return false;
	*ret_verb = verb;
	return !parser_at(parser, TOKEN_TEXT) || parse_text(parser, &verb->text);
}

/* verbs = verb { "," verb } */
static bool
parse_verbs(struct parser *parser, struct verb_node **ret_verbs)
{
	struct verb_node **next = ret_verbs;
	do {
		if (!parse_verb(parser, next))
			return false;
		next = &(*next)->next;
	} while (parser_accept(parser, TOKEN_COMMA));
	return true;
}

/* ladder = [ "at" "once" ] verbs { ";" "after" time verbs } */
bool
parse_ladder(struct parser *parser, struct ladder_node *ret_ladder)
{
	ret_ladder->at_once = parser_accept_word(parser, "at");
	if (ret_ladder->at_once && !parser_expect_word(parser, "once"))
		return false;
	struct step_node **next = &ret_ladder->steps;
	for (;;) {
		*next = parser_new(parser, struct step_node);
		if (next != &ret_ladder->steps && !(parser_expect_word(parser, "after") &&
						      parse_time(parser, &(*next)->after)))
			return false;
		if (!parse_verbs(parser, &(*next)->verbs))
			return false;
		if (!parser_accept(parser, TOKEN_SEMICOLON))
			return true;
		next = &(*next)->next;
	}
}

static bool
parse_says(struct parser *parser, struct part *part)
{
	part->kind = PART_SAYS;
	return parse_text(parser, &part->text);
}

static bool
parse_remedy(struct parser *parser, struct part *part)
{
	part->kind = PART_REMEDY;
	return parse_text(parser, &part->text);
}

static bool
parse_provides(struct parser *parser, struct part *part)
{
	part->kind = PART_PROVIDES;
	return parse_words(parser, TOKEN_NAME, "a service", &part->words);
}

static bool
parse_offers(struct parser *parser, struct part *part)
{
	part->kind = PART_OFFERS;
	return parse_words(parser, TOKEN_NAME, "a service", &part->words);
}

/* "covered" "by" id { "," id } */
static bool
parse_covered(struct parser *parser, struct part *part)
{
	part->kind = PART_COVERED;
	return parser_expect_word(parser, "by") &&
	       parse_words(parser, TOKEN_ID, "the id of a clause", &part->words);
}

static bool
parse_when(struct parser *parser, struct part *part)
{
	part->kind = PART_WHEN;
	return parse_condition(parser, &part->condition);
}

static bool
parse_then(struct parser *parser, struct part *part)
{
	part->kind = PART_THEN;
	return parse_ladder(parser, &part->ladder);
}

/* "imposed" ( "always" | cause { "or" cause } ); cause = "when" "emergency" | "by" "operator"
 */
static bool
parse_imposed(struct parser *parser, struct part *part)
{
	part->kind = PART_IMPOSED;
	if (parser_accept_word(parser, "always"))
		return true;
	do {
		if (parser_accept_word(parser, "when")) {
			if (!parser_expect_word(parser, "emergency"))
				return false;
			part->in_emergency = true;
		} else if (parser_accept_word(parser, "by")) {
			if (!parser_expect_word(parser, "operator"))
				return false;
			part->by_operator = true;
		} else {
			return parser_unexpected(
			    parser, "'when emergency', 'by operator' or 'always'", NULL);
		}
	} while (parser_accept_word(parser, "or"));
	return true;
}

/* What follows a branch that nobody understands is still its ladder, and no part of its own. */
static bool
skip_branch(struct parser *parser)
{
	struct ladder_node ignored;
	while (!parser_at(parser, TOKEN_END) && !parser_at(parser, TOKEN_CLOSE) &&
	       !begins_part(parser))
		parser_take(parser);
	if (parser_accept_word(parser, "then"))
		(void)!parse_ladder(parser, &ignored);
	return false;
}

/* "if" ( "again" "within" time | "emergency" | "unknown" ) "then" ladder */
static bool
parse_if(struct parser *parser, struct part *part)
{
	if (parser_accept_word(parser, "again")) {
		part->kind = PART_IF_AGAIN;
		if (!parser_expect_word(parser, "within") || !parse_time(parser, &part->within))
			return false;
	} else if (parser_accept_word(parser, "emergency")) {
		part->kind = PART_IF_EMERGENCY;
	} else if (parser_accept_word(parser, "unknown")) {
		part->kind = PART_IF_UNKNOWN;
	} else {
		parser_unexpected(parser, "'again', 'emergency' or 'unknown'",
		    "conditions stand behind 'when'");
		return skip_branch(parser);
	}
	return parser_expect_word(parser, "then") && parse_ladder(parser, &part->ladder);
}

/* "shorten" ( "waits" | "delays" ) "to" percent */
static bool
parse_shorten(struct parser *parser, struct part *part)
{
	part->kind = parser_at_word(parser, "waits") ? PART_SHORTEN_WAITS : PART_SHORTEN_DELAYS;
	if (!parser_accept_word(parser, "waits") && !parser_accept_word(parser, "delays"))
		return parser_unexpected(parser, "'waits' or 'delays'", NULL);
	return parser_expect_word(parser, "to") && parse_percent(parser, &part->percent);
}

/* "when" ( "kept" [ "for" time ] | term ) | "by" ( "owner" | "operator" ) */
static bool
parse_end(struct parser *parser, struct end_node *end)
{
	end->at = parser->token.at;
	if (parser_accept_word(parser, "by")) {
		end->kind = parser_at_word(parser, "owner") ? END_OWNER : END_OPERATOR;
		return parser_accept_word(parser, "owner") ||
		       parser_accept_word(parser, "operator") ||
		       parser_unexpected(parser, "'owner' or 'operator'", NULL);
	}
	if (!parser_accept_word(parser, "when"))
		return parser_unexpected(parser, "'when' or 'by'", NULL);
	if (!parser_accept_word(parser, "kept")) {
		end->kind = END_WHEN;
		return parse_term(parser, &end->when);
	}
	end->kind = END_KEPT;
	return !parser_accept_word(parser, "for") || parse_time(parser, &end->kept_for);
}

/* "ends" end { "or" end } */
static bool
parse_ends(struct parser *parser, struct part *part)
{
	part->kind = PART_ENDS;
	struct end_node **next = &part->ends;
	do {
		*next = parser_new(parser, struct end_node);
		if (!parse_end(parser, *next))
			return false;
		next = &(*next)->next;
	} while (parser_accept_word(parser, "or"));
	return true;
}

static bool
parse_mode(struct parser *parser, struct part *part)
{
	part->kind = PART_MODE;
	part->words = parser_new(parser, struct word);
	return parse_word(parser, TOKEN_NAME, "'observe', 'warn' or 'enforce'", part->words);
}

static const struct {
	const char *word;
	bool (*parse)(struct parser *parser, struct part *part);
} productions[] = {{"says", parse_says}, {"provides", parse_provides},
    {"covered", parse_covered}, {"when", parse_when}, {"imposed", parse_imposed},
    {"then", parse_then}, {"if", parse_if}, {"shorten", parse_shorten}, {"ends", parse_ends},
    {"offers", parse_offers}, {"remedy", parse_remedy}, {"mode", parse_mode}};

bool
begins_part(const struct parser *parser)
{
	for (size_t i = 0; i < array_length(productions); i++)
		if (parser_at_word(parser, productions[i].word))
			return true;
	return false;
}

static bool
parse_words_of_part(struct parser *parser, struct part *part)
{
	for (size_t i = 0; i < array_length(productions); i++)
		if (parser_accept_word(parser, productions[i].word))
			return productions[i].parse(parser, part);
	return false;
}

static bool
part_is_there(const struct statement *statement, const struct part *wanted)
{
	for (const struct part *part = statement->parts; part; part = part->next)
		if (part->kind == wanted->kind)
			return true;
	return false;
}

/* A part that was said twice is told and left out, so the statement is as good as whole. */
static bool
parse_part(struct parser *parser, struct statement *statement)
{
	struct part *part = parser_new(parser, struct part);
	part->at = parser->token.at;
	if (!parse_words_of_part(parser, part))
		return false;
	parser_claim_comments(parser, &part->remarks);
	if (part_is_there(statement, part)) {
		parser_error(parser, &part->at, "each part stands once",
		    "'%s' was already said", part_name(part->kind));
		return true;
	}
	struct part **last = &statement->parts;
	while (*last)
		last = &(*last)->next;
	*last = part;
	return true;
}

bool
parse_clause_block(struct parser *parser, struct statement *statement)
{
	return parse_block(
	    parser, statement, parse_part, begins_part, "a part of the clause or '}'");
}
