/* SPDX-License-Identifier: Apache-2.0 */
/* Texts, times and values. */
#include "policy/parsing.h"

bool
parse_time(struct parser *parser, struct time_node *ret_time)
{
	struct token token = parser->token;
	if (token.kind != TOKEN_LITERAL || token.unit != UNIT_TIME) {
		const char *hint = NULL;
		if (token.kind == TOKEN_LITERAL && token.unit == UNIT_COUNT)
			hint = arena_printf(parser->arena, "write %ss, %sm, %sh or %sd",
			    token.text, token.text, token.text, token.text);
		return parser_unexpected(parser, "a time", hint);
	}
	parser_take(parser);
	*ret_time = (struct time_node){.at = token.at, .text = token.text, .ms = token.number};
	return true;
}

static void
add_unescaped(struct str *out, const char *raw)
{
	for (; *raw; raw++) {
		if (*raw == '\\' && raw[1])
			raw++;
		str_add_char(out, *raw);
	}
}

static void
join(struct parser *parser, struct text_node *first)
{
	auto_str joined = {0};
	for (const struct text_node *piece = first; piece; piece = piece->next) {
		if (piece != first)
			str_add_char(&joined, ' ');
		add_unescaped(&joined, piece->raw);
	}
	if (joined.length > MOST_TEXT_BYTES)
		parser_error(
		    parser, &first->at, "write at most 2_000 bytes", "this text is too long");
	first->joined = arena_copy_text(parser->arena, str_text(&joined));
}

/* text = string { string } */
bool
parse_text(struct parser *parser, struct text_node **ret_text)
{
	struct text_node *first = NULL, **next = &first;
	if (!parser_at(parser, TOKEN_TEXT))
		return parser_unexpected(parser, "a text in \"\"", NULL);
	while (parser_at(parser, TOKEN_TEXT)) {
		struct token token = parser_take(parser);
		*next = parser_new(parser, struct text_node);
		**next = (struct text_node){.at = token.at, .raw = token.text};
		next = &(*next)->next;
	}
	join(parser, first);
	*ret_text = first;
	return true;
}

bool
parse_string(struct parser *parser, struct text_node **ret_text)
{
	if (!parser_at(parser, TOKEN_TEXT))
		return parser_unexpected(parser, "a text in \"\"", NULL);
	struct token token = parser_take(parser);
	*ret_text = parser_new(parser, struct text_node);
	**ret_text = (struct text_node){.at = token.at, .raw = token.text};
	join(parser, *ret_text);
	return true;
}

static bool
starts_single(const struct parser *parser)
{
	return parser_at(parser, TOKEN_LITERAL) || parser_at(parser, TOKEN_TEXT) ||
	       parser_at(parser, TOKEN_NAME);
}

static struct value_node *
take_single(struct parser *parser)
{
	struct token token = parser_take(parser);
	struct value_node *value = parser_new(parser, struct value_node);
	*value = (struct value_node){.at = token.at,
	    .text = token.text,
	    .unit = token.unit,
	    .number = token.number,
	    .kind = token.kind == TOKEN_LITERAL ? VALUE_LITERAL
		    : token.kind == TOKEN_TEXT	? VALUE_TEXT
		    : token.kind == TOKEN_NAME	? VALUE_NAME
						: VALUE_DOTTED};
	if (value->kind == VALUE_TEXT) {
		auto_str plain = {0};
		add_unescaped(&plain, value->text);
		value->plain = arena_copy_text(parser->arena, str_text(&plain));
	}
	return value;
}

bool
parse_percent(struct parser *parser, struct value_node **ret_value)
{
	if (!parser_at(parser, TOKEN_LITERAL) || parser->token.unit != UNIT_PERCENT)
		return parser_unexpected(parser, "a percentage", "for example 50%");
	*ret_value = take_single(parser);
	return true;
}

/* "{" { literal | string | name } "}" */
static bool
parse_set(struct parser *parser, struct value_node **ret_value)
{
	struct value_node *set = parser_new(parser, struct value_node);
	*set =
	    (struct value_node){.kind = VALUE_SET, .at = parser_take(parser).at, .text = "{"};
	if (parser->keep_member_comments)
		parser_claim_comments(parser, &set->remarks);
	struct value_node **next = &set->members;
	size_t count = 0;
	while (starts_single(parser)) {
		*next = take_single(parser);
		if (parser->keep_member_comments)
			parser_claim_comments(parser, &(*next)->remarks);
		next = &(*next)->next;
		if (++count == MOST_SET_MEMBERS + 1)
			parser_error(parser, &set->at, NULL, "a set has at most 4_096 members");
	}
	*ret_value = set;
	if (parser_at(parser, TOKEN_END)) {
		parser_error(parser, &set->at, "no matching '}' before the end of the file",
		    "this '{' is never closed");
		return false;
	}
	return parser_expect(parser, TOKEN_CLOSE, "a value or '}'");
}

/* value = ( literal | dotted ) [ "of" dotted ] | string | name | set */
bool
parse_value(struct parser *parser, struct value_node **ret_value)
{
	if (parser_at(parser, TOKEN_OPEN))
		return parse_set(parser, ret_value);
	if (!starts_single(parser) && !parser_at(parser, TOKEN_DOTTED))
		return parser_unexpected(parser, "a value", NULL);
	struct value_node *value = take_single(parser);
	*ret_value = value;
	if (value->kind == VALUE_TEXT || value->kind == VALUE_NAME)
		return true;
	return !parser_accept_word(parser, "of") ||
	       parse_word(parser, TOKEN_DOTTED, "a limit such as plan.quota", &value->of);
}
