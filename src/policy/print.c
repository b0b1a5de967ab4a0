/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one layout: a fact a line, so that a diff shows what changed and nothing
 * else. Parts are put into their order; comments stay with what they were
 * written for.
 */
#include "policy/print.h"

#include <string.h>

#include "policy/print_words.h"

enum { WIDTH = 96, INDENT = 4, PART_HEAD = 8, WAIVER_HEAD = 7 };

/* Characters of the last line of the text. */
static size_t
line_width(const struct str *text)
{
	size_t width = 0;
	for (size_t at = text->length; at > 0 && text->data[at - 1] != '\n'; at--)
		width += ((unsigned char)text->data[at - 1] & 0xc0) != 0x80;
	return width;
}

static size_t
widest(const char *words)
{
	size_t width = 0;
	for (; *words; words++)
		width += ((unsigned char)*words & 0xc0) != 0x80;
	return width;
}

/* Words that may be broken at their newlines, if the line gets too long. */
static void
add_words(struct str *out, size_t indent, const char *words)
{
	bool broken = line_width(out) + widest(words) > WIDTH;
	for (; *words; words++) {
		if (*words != '\n') {
			str_add_char(out, *words);
			continue;
		}
		str_add_char(out, broken ? '\n' : ' ');
		str_add_fill(out, ' ', broken ? indent : 0);
	}
}

/* Each text on its own line, however long. */
static void
add_text(struct str *out, size_t indent, const struct text_node *text)
{
	for (const struct text_node *piece = text; piece; piece = piece->next) {
		if (piece != text) {
			str_add_char(out, '\n');
			str_add_fill(out, ' ', indent);
		}
		print_piece(piece, out);
	}
}

static void
add_above(struct str *out, size_t indent, const struct remarks *remarks, bool keep_blanks)
{
	const struct comment *comment = remarks->above;
	for (size_t i = 0; i < remarks->above_count; i++, comment = comment->next) {
		str_add_fill(out, ' ', indent);
		str_addf(out, "%s\n%s", comment->text,
		    keep_blanks && comment->blank_after ? "\n" : "");
	}
}

static void
end_line(struct str *out, const struct remarks *remarks)
{
	if (remarks->beside)
		str_addf(out, " %s", remarks->beside->text);
	str_add_char(out, '\n');
}

static bool
has_remarks(const struct remarks *remarks)
{
	return remarks->above_count || remarks->beside;
}

static void
add_broken_set(struct str *out, size_t indent, const struct value_node *set)
{
	str_add_char(out, '{');
	end_line(out, &set->remarks);
	for (const struct value_node *member = set->members; member; member = member->next) {
		add_above(out, indent + INDENT, &member->remarks, false);
		str_add_fill(out, ' ', indent + INDENT);
		print_value(member, out);
		end_line(out, &member->remarks);
	}
	str_add_fill(out, ' ', indent);
	str_add_char(out, '}');
}

/* A value at the end of its line; a set takes a line a member if it must. */
static void
add_value(struct str *out, size_t indent, const struct value_node *value)
{
	bool broken = value->kind == VALUE_SET && value->remarks.beside;
	for (const struct value_node *member = value->members; member; member = member->next)
		broken |= has_remarks(&member->remarks);
	auto_str words = {0};
	print_value(value, &words);
	broken |= value->kind == VALUE_SET && value->members &&
		  line_width(out) + widest(str_text(&words)) > WIDTH;
	if (broken)
		add_broken_set(out, indent, value);
	else
		str_add(out, str_text(&words));
}

/* The first word of a line in a block, and blanks up to what follows. */
static void
add_head(struct str *out, const char *word, size_t width)
{
	str_add_fill(out, ' ', INDENT);
	str_add(out, word);
	size_t length = strlen(word);
	str_add_fill(out, ' ', 1 + (length < width ? width - length : 0));
}

static void
print_imposed(const struct part *part, struct str *words)
{
	if (!part->in_emergency && !part->by_operator)
		str_add(words, "always");
	if (part->in_emergency)
		str_add(words, "when emergency");
	if (part->by_operator)
		str_add(words, part->in_emergency ? " or by operator" : "by operator");
}

/* What follows the first word of a part that is not a text. */
static void
print_part_words(const struct part *part, struct str *words)
{
	switch (part->kind) {
	case PART_SAYS:
	case PART_REMEDY:
	case PART_COUNT:
		break;
	case PART_COVERED:
		str_add(words, "by ");
		print_list(part->words, words);
		break;
	case PART_PROVIDES:
	case PART_OFFERS:
	case PART_MODE:
		print_list(part->words, words);
		break;
	case PART_WHEN:
		print_condition(part->condition, words);
		break;
	case PART_IMPOSED:
		print_imposed(part, words);
		break;
	case PART_IF_AGAIN:
		str_addf(words, "again within %s then ", part->within.text);
		print_ladder(&part->ladder, words);
		break;
	case PART_IF_EMERGENCY:
		str_add(words, "emergency then ");
		print_ladder(&part->ladder, words);
		break;
	case PART_IF_UNKNOWN:
		str_add(words, "unknown then ");
		print_ladder(&part->ladder, words);
		break;
	case PART_THEN:
		print_ladder(&part->ladder, words);
		break;
	case PART_SHORTEN_WAITS:
		str_addf(words, "waits to %s", part->percent->text);
		break;
	case PART_SHORTEN_DELAYS:
		str_addf(words, "delays to %s", part->percent->text);
		break;
	case PART_ENDS:
		print_ends(part->ends, words);
		break;
	}
}

static void
print_part(const struct part *part, struct str *out)
{
	char head[16] = "";
	const char *name = part_name(part->kind);
	bool phrase = part->kind == PART_COVERED || part->kind == PART_IF_AGAIN ||
		      part->kind == PART_IF_EMERGENCY || part->kind == PART_IF_UNKNOWN;
	memcpy(head, name, strcspn(name, " "));
	add_above(out, INDENT, &part->remarks, false);
	add_head(out, head, phrase ? 0 : PART_HEAD);
	auto_str words = {0};
	print_part_words(part, &words);
	if (part->text)
		add_text(out, INDENT + PART_HEAD + 1, part->text);
	else
		add_words(out, INDENT + PART_HEAD + 1, str_text(&words));
	end_line(out, &part->remarks);
}

static void
print_parts(const struct statement *statement, struct str *out)
{
	for (int kind = 0; kind < PART_COUNT; kind++)
		for (const struct part *part = statement->parts; part; part = part->next)
			if (part->kind == (enum part_kind)kind)
				print_part(part, out);
}

static void
print_limits(const struct statement *statement, struct str *out)
{
	for (const struct limit_node *limit = statement->limits; limit; limit = limit->next) {
		struct remarks before = limit->value->remarks;
		before.beside = NULL;
		add_above(out, INDENT, &before, false);
		add_above(out, INDENT, &limit->remarks, false);
		add_head(out, limit->name.text, 0);
		add_value(out, INDENT, limit->value);
		end_line(out, &limit->remarks);
	}
}

static void
print_waiver(const struct waiver *waiver, struct str *out)
{
	static const char *const words[] = {[WAIVER_SUBJECT] = "subject",
	    [WAIVER_TO] = "to",
	    [WAIVER_UNTIL] = "until",
	    [WAIVER_BY] = "by",
	    [WAIVER_BECAUSE] = "because"};
	if (waiver->value)
		add_above(out, INDENT, &waiver->value->remarks, false);
	add_above(out, INDENT, &waiver->remarks, false);
	add_head(out, words[waiver->kind], WAIVER_HEAD);
	if (waiver->text)
		add_text(out, INDENT + WAIVER_HEAD + 1, waiver->text);
	else if (waiver->value)
		add_value(out, INDENT, waiver->value);
	else
		str_add(out, "revoked");
	end_line(out, &waiver->remarks);
}

static void
print_waivers(const struct statement *statement, struct str *out)
{
	for (int kind = 0; kind < WAIVER_COUNT; kind++)
		for (const struct waiver *waiver = statement->waivers; waiver;
		     waiver = waiver->next)
			if (waiver->kind == (enum waiver_kind)kind)
				print_waiver(waiver, out);
}

static void
print_clause_head(const struct statement *statement, const char *word, struct str *out)
{
	str_addf(out, "%s %s ", word, statement->name.text);
	print_text(statement->title, out);
	if (statement->subject.text)
		str_addf(out, " for each %s", statement->subject.text);
}

static void
print_plan_head(const struct statement *statement, const char *word, struct str *out)
{
	str_addf(out, "%s %s", word, statement->name.text);
	if (statement->like.text)
		str_addf(out, " like %s", statement->like.text);
}

static void
print_terms(const struct statement *statement, struct str *out)
{
	str_add(out, "terms ");
	print_text(statement->title, out);
	str_add(out, " revision ");
	print_text(statement->revision, out);
	if (statement->grace.text)
		str_addf(out, " grace %s", statement->grace.text);
}

static void
print_define(const struct statement *statement, const char *word, struct str *out)
{
	str_addf(out, "%s %s = ", word, statement->name.text);
	add_value(out, 0, statement->value);
}

/* The first line of a statement, without what opens its block. */
static void
print_head(const struct statement *statement, struct str *out)
{
	switch (statement->kind) {
	case STATEMENT_TERMS:
		print_terms(statement, out);
		break;
	case STATEMENT_INCLUDE:
		str_add(out, "include ");
		print_text(statement->title, out);
		break;
	case STATEMENT_DEFINE:
		print_define(statement, "define", out);
		break;
	case STATEMENT_AMEND_DEFINE:
		print_define(statement, "amend define", out);
		break;
	case STATEMENT_PLAN:
		print_plan_head(statement, "plan", out);
		break;
	case STATEMENT_ROLE:
		print_plan_head(statement, "role", out);
		break;
	case STATEMENT_AMEND_PLAN:
		print_plan_head(statement, "amend plan", out);
		break;
	case STATEMENT_AMEND_ROLE:
		print_plan_head(statement, "amend role", out);
		break;
	case STATEMENT_CLAUSE:
		print_clause_head(statement, "clause", out);
		break;
	case STATEMENT_PROMISE:
		print_clause_head(statement, "promise", out);
		break;
	case STATEMENT_EMERGENCY:
		print_clause_head(statement, "emergency", out);
		break;
	case STATEMENT_SCRUTINY:
		print_clause_head(statement, "scrutiny", out);
		break;
	case STATEMENT_AMEND_CLAUSE:
		str_addf(out, "amend %s", statement->name.text);
		break;
	case STATEMENT_DROP:
		str_addf(out, "drop %s because ", statement->name.text);
		add_text(out, INDENT, statement->because);
		break;
	case STATEMENT_EXCEPTION:
		str_add(out, "exception ");
		print_list(statement->ids, out);
		str_addf(out, " for %s ", statement->subject.text);
		print_value(statement->value, out);
		break;
	}
}

static bool
has_block(enum statement_kind kind)
{
	return kind != STATEMENT_TERMS && kind != STATEMENT_INCLUDE &&
	       kind != STATEMENT_DEFINE && kind != STATEMENT_AMEND_DEFINE &&
	       kind != STATEMENT_DROP;
}

static void
print_statement(const struct statement *statement, struct str *out)
{
	if (statement->value && !has_block(statement->kind)) {
		struct remarks before = statement->value->remarks;
		add_above(out, 0, &before, true);
	}
	add_above(out, 0, &statement->remarks, true);
	print_head(statement, out);
	if (!has_block(statement->kind)) {
		end_line(out, &statement->remarks);
		return;
	}
	str_add(out, " {");
	end_line(out, &statement->remarks);
	print_parts(statement, out);
	print_limits(statement, out);
	print_waivers(statement, out);
	add_above(out, INDENT, &statement->closing, false);
	str_add_char(out, '}');
	end_line(out, &statement->closing);
}

/* Short statements of one kind stand together, unless a comment introduces the next. */
static bool
stand_together(const struct statement *one, const struct statement *next)
{
	bool introduced =
	    next->remarks.above_count || (next->value && next->value->remarks.above_count);
	return one->kind == next->kind && !has_block(one->kind) && !introduced;
}

void
print_tree(const struct tree *tree, struct str *out)
{
	const struct statement *before = NULL;
	for (const struct statement *statement = tree->statements; statement;
	     statement = statement->next) {
		if (before && !stand_together(before, statement))
			str_add_char(out, '\n');
		print_statement(statement, out);
		before = statement;
	}
	if (before && tree->tail)
		str_add_char(out, '\n');
	for (const struct comment *comment = tree->tail; comment; comment = comment->next)
		str_addf(out, "%s\n%s", comment->text,
		    comment->blank_after && comment->next ? "\n" : "");
}
