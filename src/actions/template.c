/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A template is a flat list of pieces; a part's opening piece knows where it
 * ends, so rendering is one walk with jumps.
 */
#include "actions/template.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/escape.h"
#include "base/memory.h"

enum { DEEPEST = 16, MOST_PIECES = 4096 };

enum piece_kind {
	PIECE_WORDS,  /* text as it is */
	PIECE_FIELD,  /* {field} */
	PIECE_IF,     /* {?field} */
	PIECE_UNLESS, /* {!field} */
	PIECE_EACH,   /* {#evidence} */
	PIECE_END,    /* {/field} */
};

struct piece {
	enum piece_kind kind;
	const char *text; /* the words, or the field's name */
	size_t end;	  /* IF, UNLESS, EACH: index of the END */
	size_t offset;	  /* of the mark, for messages */
};

struct template
{
	struct arena *arena;
	size_t count;
	size_t capacity;
	struct piece *pieces;
};

struct parser {
	struct template *template;
	struct diag *diag;
	const char *file;
	const char *text;
	size_t depth;
	size_t open[DEEPEST]; /* pieces that wait for their end */
	bool failed;
};

static const char *const fields[] = {
#define FIELD(name, what) name,
#include "actions/template_fields.def"
#undef FIELD
    NULL,
};

static void
complain(struct parser *parser, size_t offset, size_t length, const char *hint,
    const char *what, const char *name)
{
	struct place place = {parser->file, parser->text, offset, length ? length : 1};
	diag_add(parser->diag, SEVERITY_ERROR, &place, hint, "%s '%s'", what, name);
	parser->failed = true;
}

static void
add_piece(struct parser *parser, enum piece_kind kind, const char *text, size_t offset)
{
	struct template *template = parser->template;
	memory_grow(
	    &template->pieces, template->count, &template->capacity, sizeof(*template->pieces));
	template->pieces[template->count++] = (struct piece){kind, text, 0, offset};
}

static bool
is_field(const char *name)
{
	for (size_t i = 0; fields[i]; i++)
		if (strcmp(fields[i], name) == 0)
			return true;
	return false;
}

static bool
is_evidence_field(const char *name)
{
	static const char *const names[] = {"subject", "when", "value", "of_limit"};
	for (size_t i = 0; i < array_length(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static bool
inside_evidence(const struct parser *parser)
{
	for (size_t i = 0; i < parser->depth; i++)
		if (parser->template->pieces[parser->open[i]].kind == PIECE_EACH)
			return true;
	return false;
}

static bool
is_only_in_evidence(const char *name)
{
	return strcmp(name, "when") == 0 || strcmp(name, "of_limit") == 0;
}

static void
check_field(struct parser *parser, const char *name, size_t offset)
{
	size_t length = strlen(name);
	if (!is_field(name)) {
		auto_str hint = {0};
		const char *meant = did_you_mean(name, fields);
		if (meant)
			str_addf(&hint, "did you mean '%s'?", meant);
		complain(parser, offset, length, meant ? str_text(&hint) : NULL, "unknown fact",
		    name);
	} else if (is_only_in_evidence(name) && !inside_evidence(parser)) {
		complain(parser, offset, length,
		    "it stands between {#evidence} and {/evidence}",
		    "only a line of evidence has", name);
	}
}

static void
open_part(struct parser *parser, enum piece_kind kind, const char *name, size_t offset)
{
	if (parser->depth == DEEPEST) {
		complain(parser, offset, strlen(name), NULL,
		    "parts stand too deep in each other at", name);
		return;
	}
	bool whole = strcmp(name, "evidence") == 0;
	if (kind != PIECE_EACH && !whole)
		check_field(parser, name, offset);
	if (kind == PIECE_EACH && (!whole || inside_evidence(parser)))
		complain(parser, offset, strlen(name),
		    "only {#evidence} repeats, and not in itself", "cannot repeat", name);
	parser->open[parser->depth++] = parser->template->count;
	add_piece(parser, kind, name, offset);
}

static void
close_part(struct parser *parser, const char *name, size_t offset)
{
	struct template *template = parser->template;
	if (!parser->depth) {
		complain(
		    parser, offset, strlen(name), NULL, "nothing is open that ends at", name);
		return;
	}
	struct piece *begin = &template->pieces[parser->open[parser->depth - 1]];
	if (strcmp(begin->text, name) != 0) {
		auto_str hint = {0};
		str_addf(&hint, "'%s' is open here", begin->text);
		complain(parser, offset, strlen(name), str_text(&hint),
		    "this does not end what is "
		    "open:",
		    name);
		return;
	}
	begin->end = template->count;
	parser->depth--;
	add_piece(parser, PIECE_END, name, offset);
}

/* One mark at offset, which holds '{'; gives the offset behind it. */
static size_t
parse_mark(struct parser *parser, size_t offset)
{
	const char *mark = parser->text + offset + 1;
	size_t sign = strchr("?!#/", *mark) ? 1 : 0;
	size_t length = strcspn(mark + sign, "{}\n");
	char *name = arena_copy(parser->template->arena, mark + sign, length);
	size_t at = offset + 1 + sign;
	if (mark[sign + length] != '}') {
		complain(parser, offset, 1, "write {{ if a brace is meant",
		    "no '}' ends the mark", name);
		return at + length;
	}
	switch (*mark) {
	case '?':
		open_part(parser, PIECE_IF, name, at);
		break;
	case '!':
		open_part(parser, PIECE_UNLESS, name, at);
		break;
	case '#':
		open_part(parser, PIECE_EACH, name, at);
		break;
	case '/':
		close_part(parser, name, at);
		break;
	default:
		check_field(parser, name, at);
		add_piece(parser, PIECE_FIELD, name, at);
		break;
	}
	return at + length + 1;
}

static bool
is_mark(const char *text)
{
	return text[0] == '{' && text[1] &&
	       (isalpha((unsigned char)text[1]) || strchr("?!#/", text[1]));
}

/* Length of a line that holds only marks of parts, its newline included; 0: it holds more. */
static size_t
line_of_marks(const char *line)
{
	size_t at = 0;
	while (line[at] == '{' && line[at + 1] && strchr("?!#/", line[at + 1])) {
		at += strcspn(line + at, "}\n");
		at += line[at] == '}';
	}
	return at && line[at] == '\n' ? at + 1 : 0;
}

static void
add_words(struct parser *parser, const struct str *words, size_t offset)
{
	if (words->length)
		add_piece(parser, PIECE_WORDS,
		    arena_copy(parser->template->arena, words->data, words->length), offset);
}

/* What the operator wrote goes out as it is: it must be text. */
static void
check_text(struct parser *parser)
{
	size_t length = strlen(parser->text);
	for (size_t at = 0; at < length;) {
		uint32_t point = 0;
		size_t size = utf8_next(parser->text + at, length - at, &point);
		if (!size || (point < 0x20 && point != '\n' && point != '\t')) {
			complain(parser, at, 1, "save the file as UTF-8",
			    "this is not text:", size ? "control character" : "no UTF-8");
			return;
		}
		at += size;
	}
}

static void
parse(struct parser *parser)
{
	auto_str words = {0};
	size_t quiet = 0; /* up to here newlines belong to a line of marks */
	for (size_t at = 0; parser->text[at];) {
		const char *here = parser->text + at;
		if (at == 0 || here[-1] == '\n')
			quiet = at + line_of_marks(here);
		if (here[0] == '{' && here[1] == '{') {
			str_add_char(&words, '{');
			at += 2;
		} else if (is_mark(here)) {
			add_words(parser, &words, at);
			str_clear(&words);
			at = parse_mark(parser, at);
		} else {
			if (*here != '\n' || at >= quiet)
				str_add_char(&words, *here);
			at++;
		}
	}
	add_words(parser, &words, 0);
}

struct template *
template_parse(const char *file, const char *text, struct diag *diag)
{
	struct template *template = memory_new(1, sizeof(*template));
	template->arena = arena_new();
	struct parser parser = {.template = template, .diag = diag};
	parser.file = arena_copy_text(template->arena, file);
	parser.text = arena_copy_text(template->arena, text);
	check_text(&parser);
	parse(&parser);
	for (size_t i = 0; i < parser.depth; i++) {
		const struct piece *piece = &template->pieces[parser.open[i]];
		complain(&parser, piece->offset, strlen(piece->text), NULL,
		    "this part does not end:", piece->text);
	}
	if (!parser.failed)
		return template;
	template_free(template);
	return NULL;
}

void
template_free(struct template *template)
{
	if (!template)
		return;
	arena_free(template->arena);
	free(template->pieces);
	free(template);
}

static const char *
evidence_value(const struct notice_evidence *evidence, const char *name)
{
	if (strcmp(name, "subject") == 0)
		return evidence->subject;
	if (strcmp(name, "when") == 0)
		return evidence->when;
	return strcmp(name, "value") == 0 ? evidence->value : evidence->of_limit;
}

/* The fact, or NULL if it does not apply; an empty one says nothing either. */
static const char *
find_value(
    const struct notice *notice, const struct notice_evidence *evidence, const char *name)
{
	const char *value = evidence && is_evidence_field(name) ? evidence_value(evidence, name)
								: notice_field(notice, name);
	return value && *value ? value : NULL;
}

/* Whether a part that depends on it is shown. */
static bool
is_there(const struct notice *notice, const struct notice_evidence *evidence, const char *name)
{
	if (strcmp(name, "evidence") == 0)
		return notice->evidence_count > 0;
	return find_value(notice, evidence, name) != NULL;
}

/* Pieces from first up to (not with) end. */
static void
render(const struct template *template, const struct notice *notice,
    const struct notice_evidence *evidence, enum template_form form, size_t first, size_t end,
    struct str *out)
{
	for (size_t i = first; i < end; i++) {
		const struct piece *piece = &template->pieces[i];
		const char *value = NULL;
		switch (piece->kind) {
		case PIECE_WORDS:
			str_add(out, piece->text);
			break;
		case PIECE_FIELD:
			value = find_value(notice, evidence, piece->text);
			if (value && form == TEMPLATE_HTML)
				escape_html(out, value);
			else if (value)
				escape_text(out, value);
			break;
		case PIECE_IF:
			if (!is_there(notice, evidence, piece->text))
				i = piece->end;
			break;
		case PIECE_UNLESS:
			if (is_there(notice, evidence, piece->text))
				i = piece->end;
			break;
		case PIECE_EACH:
			for (uint32_t line = 0; line < notice->evidence_count; line++)
				render(template, notice, &notice->evidence[line], form, i + 1,
				    piece->end, out);
			i = piece->end;
			break;
		case PIECE_END:
			break;
		}
	}
}

void
template_render(const struct template *template, const struct notice *notice,
    enum template_form form, struct str *out)
{
	render(template, notice, NULL, form, 0, template->count, out);
}
