/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions. */
#include "policy/parsing.h"

static bool
parse_optional_hold(struct parser *parser, struct comparison_node *comparison)
{
	return !parser_accept_word(parser, "for") || parse_time(parser, &comparison->hold);
}

/* [ ( "over" | "within" ) time [ count "times" "within" time ] ] */
static bool
parse_window(struct parser *parser, struct comparison_node *comparison)
{
	bool over = parser_at_word(parser, "over");
	if (!over && !parser_at_word(parser, "within"))
		return true;
	comparison->window = over ? WINDOW_OVER : WINDOW_WITHIN;
	comparison->window_at = parser_take(parser).at;
	if (!parse_time(parser, &comparison->span))
		return false;
	if (!parser_at(parser, TOKEN_LITERAL))
		return true;
	return parse_value(parser, &comparison->times) && parser_expect_word(parser, "times") &&
	       parser_expect_word(parser, "within") && parse_time(parser, &comparison->stretch);
}

/* "is" [ "not" ] name | [ "not" ] "in" value | "matches" string */
static bool
parse_word_test(struct parser *parser, struct comparison_node *comparison)
{
	if (parser_accept_word(parser, "is")) {
		comparison->operator= COMPARE_IS;
		comparison->negated = parser_accept_word(parser, "not");
		if (!parser_at(parser, TOKEN_NAME))
			return parser_unexpected(parser, "a name", NULL);
		return parse_value(parser, &comparison->value);
	}
	if (parser_accept_word(parser, "matches")) {
		comparison->operator= COMPARE_MATCHES;
		if (!parser_at(parser, TOKEN_TEXT))
			return parser_unexpected(parser, "a text in \"\"", NULL);
		return parse_value(parser, &comparison->value);
	}
	comparison->operator= COMPARE_IN;
	comparison->negated = parser_accept_word(parser, "not");
	return parser_expect_word(parser, "in") && parse_value(parser, &comparison->value);
}

/* test = ( ">" | ">=" | "<" | "<=" ) value | word test */
static bool
parse_test(struct parser *parser, struct comparison_node *comparison)
{
	static const struct {
		enum token_kind token;
		enum comparison_operator operator;
	} marks[] = {{TOKEN_MORE, COMPARE_MORE}, {TOKEN_AT_LEAST, COMPARE_AT_LEAST},
	    {TOKEN_LESS, COMPARE_LESS}, {TOKEN_AT_MOST, COMPARE_AT_MOST}};
	comparison->operator_at = parser->token.at;
	for (size_t i = 0; i < array_length(marks); i++)
		if (parser_accept(parser, marks[i].token)) {
			comparison->operator= marks[i].operator;
			return parse_value(parser, &comparison->value);
		}
	return parse_word_test(parser, comparison);
}

static bool
begins_test(const struct parser *parser)
{
	return parser_at(parser, TOKEN_MORE) || parser_at(parser, TOKEN_AT_LEAST) ||
	       parser_at(parser, TOKEN_LESS) || parser_at(parser, TOKEN_AT_MOST) ||
	       parser_at_word(parser, "is") || parser_at_word(parser, "not") ||
	       parser_at_word(parser, "in") || parser_at_word(parser, "matches") ||
	       parser_at_word(parser, "per");
}

/* "in" percent "of" name */
static bool
parse_runs(struct parser *parser, struct comparison_node *comparison)
{
	return !parser_accept_word(parser, "in") ||
	       (parse_percent(parser, &comparison->percent) &&
		   parser_expect_word(parser, "of") &&
		   parse_word(parser, TOKEN_NAME, "what is counted", &comparison->runs));
}

/* dotted [ [ "per" name ] test [ runs ] [ window ] ] [ "for" time ] */
static bool
parse_comparison(struct parser *parser, struct comparison_node *comparison)
{
	if (!parse_word(parser, TOKEN_DOTTED, "a measure", &comparison->left))
		return false;
	comparison->operator= COMPARE_HOLDS;
	if (parser_at(parser, TOKEN_EQUALS))
		return parser_unexpected(parser, "'>', '>=', '<', '<=', 'is' or 'in'", NULL);
	if (!begins_test(parser))
		return parse_optional_hold(parser, comparison);
	if (parser_accept_word(parser, "per") &&
	    !parse_word(parser, TOKEN_NAME, "what to group by", &comparison->group))
		return false;
	return parse_test(parser, comparison) && parse_runs(parser, comparison) &&
	       parse_window(parser, comparison) && parse_optional_hold(parser, comparison);
}

/* "(" condition ")" */
static bool
parse_parentheses(struct parser *parser, struct condition_node **ret_condition)
{
	struct spot at = parser->token.at;
	if (!parser_expect(parser, TOKEN_LEFT, "'('"))
		return false;
	if (parser->depth == MOST_DEPTH) {
		parser_error(parser, &at, NULL, "parentheses are nested too deeply");
		return false;
	}
	parser->depth++;
	bool good = parse_condition(parser, ret_condition);
	parser->depth--;
	return good && parser_expect(parser, TOKEN_RIGHT, "')'");
}

/* "not" ( "(" condition ")" | dotted [ "for" time ] ) */
static bool
parse_not(struct parser *parser, struct condition_node *condition)
{
	parser_take(parser);
	if (parser_at(parser, TOKEN_LEFT)) {
		condition->kind = CONDITION_NOT;
		return parse_parentheses(parser, &condition->parts);
	}
	struct comparison_node *comparison = &condition->comparison;
	comparison->operator= COMPARE_HOLDS;
	comparison->negated = true;
	return parse_word(parser, TOKEN_DOTTED, "a yes/no measure or '('", &comparison->left) &&
	       parse_optional_hold(parser, comparison);
}

/* term = "(" condition ")" | not | comparison */
bool
parse_term(struct parser *parser, struct condition_node **ret_condition)
{
	if (parser_at(parser, TOKEN_LEFT))
		return parse_parentheses(parser, ret_condition);
	struct condition_node *condition = parser_new(parser, struct condition_node);
	condition->kind = CONDITION_COMPARISON;
	condition->at = parser->token.at;
	*ret_condition = condition;
	return parser_at_word(parser, "not") ? parse_not(parser, condition)
					     : parse_comparison(parser, &condition->comparison);
}

/* Parentheses inside a group of their own kind mean nothing and vanish. */
static struct condition_node **
append(struct condition_node **next, enum condition_kind group, struct condition_node *part)
{
	*next = part->kind == group ? part->parts : part;
	while (*next)
		next = &(*next)->next;
	return next;
}

/* condition = term [ "and" term { "and" term } | "or" term { "or" term } ] */
bool
parse_condition(struct parser *parser, struct condition_node **ret_condition)
{
	struct condition_node *first;
	if (!parse_term(parser, &first))
		return false;
	bool is_and = parser_at_word(parser, "and");
	*ret_condition = first;
	if (!is_and && !parser_at_word(parser, "or"))
		return true;
	struct condition_node *group = parser_new(parser, struct condition_node);
	group->kind = is_and ? CONDITION_AND : CONDITION_OR;
	group->at = first->at;
	struct condition_node **next = append(&group->parts, group->kind, first), *part;
	while (parser_accept_word(parser, is_and ? "and" : "or")) {
		if (!parse_term(parser, &part))
			return false;
		next = append(next, group->kind, part);
	}
	*ret_condition = group;
	if (!parser_at_word(parser, is_and ? "or" : "and"))
		return true;
	parser_error(parser, &parser->token.at, "put parentheses around what belongs together",
	    "'%s' after '%s' can be read two ways", is_and ? "or" : "and",
	    is_and ? "and" : "or");
	return false;
}
