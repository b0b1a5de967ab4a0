/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No page is shown, so no tree is built: tags are passed over, a few break
 * lines, a few hide what is inside. Whatever comes, one pass over the bytes.
 */
#include "main/reply/words.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "base/attributes.h"

enum { LONGEST_TAG = 16, LONGEST_ENTITY = 10, LARGEST_POINT = 0x10ffff };

enum effect { EFFECT_NONE, EFFECT_LINE, EFFECT_PARAGRAPH, EFFECT_HIDES, EFFECT_QUOTES };

static const struct {
	const char *name;
	enum effect effect;
} tags[] = {
    {"br", EFFECT_LINE},
    {"div", EFFECT_LINE},
    {"tr", EFFECT_LINE},
    {"li", EFFECT_LINE},
    {"p", EFFECT_PARAGRAPH},
    {"h1", EFFECT_PARAGRAPH},
    {"h2", EFFECT_PARAGRAPH},
    {"h3", EFFECT_PARAGRAPH},
    {"table", EFFECT_PARAGRAPH},
    {"ul", EFFECT_PARAGRAPH},
    {"ol", EFFECT_PARAGRAPH},
    {"hr", EFFECT_PARAGRAPH},
    {"head", EFFECT_HIDES},
    {"style", EFFECT_HIDES},
    {"script", EFFECT_HIDES},
    {"title", EFFECT_HIDES},
    {"blockquote", EFFECT_QUOTES},
};

struct page {
	const char *at;
	const char *end;
	struct str *out;
	size_t quotes;	    /* how deep in what is quoted */
	const char *hidden; /* the tag whose end shows again what follows; NULL: none */
};

struct tag {
	char name[LONGEST_TAG];
	bool closes;
};

static bool
shows(const struct page *page)
{
	return !page->quotes && !page->hidden;
}

static void
skip_comment(struct page *page)
{
	size_t left = (size_t)(page->end - page->at);
	const char *end = memmem(page->at, left, "-->", 3);
	page->at = end ? end + 3 : page->end;
}

/* Behind its '<': the tag's name; then over all of it, a '>' within quotes included. */
static struct tag
take_tag(struct page *page)
{
	struct tag tag = {0};
	char quote = '\0';
	if (page->at < page->end && *page->at == '/') {
		tag.closes = true;
		page->at++;
	}
	for (size_t i = 0; page->at < page->end && isalnum((unsigned char)*page->at);
	     i++, page->at++)
		if (i < sizeof(tag.name) - 1)
			tag.name[i] = (char)tolower((unsigned char)*page->at);
	for (; page->at < page->end && (quote || *page->at != '>'); page->at++)
		if (quote ? *page->at == quote : *page->at == '"' || *page->at == '\'')
			quote = quote ? '\0' : *page->at;
	page->at += page->at < page->end;
	return tag;
}

static enum effect
effect_of(const struct tag *tag, const char **ret_name)
{
	for (size_t i = 0; i < array_length(tags); i++)
		if (strcmp(tags[i].name, tag->name) == 0) {
			*ret_name = tags[i].name;
			return tags[i].effect;
		}
	return EFFECT_NONE;
}

static void
enter_or_leave_quote(struct page *page, bool leaves)
{
	if (!leaves && !page->quotes++)
		str_add(page->out, "\n>\n");
	else if (leaves && page->quotes)
		page->quotes--;
}

static void
apply_tag(struct page *page, const struct tag *tag)
{
	const char *name = NULL;
	enum effect effect = effect_of(tag, &name);
	if (page->hidden) {
		if (tag->closes && name == page->hidden)
			page->hidden = NULL;
		return;
	}
	switch (effect) {
	case EFFECT_LINE:
		str_add(page->out, shows(page) ? "\n" : "");
		break;
	case EFFECT_PARAGRAPH:
		str_add(page->out, shows(page) ? "\n\n" : "");
		break;
	case EFFECT_HIDES:
		page->hidden = tag->closes ? NULL : name;
		break;
	case EFFECT_QUOTES:
		enter_or_leave_quote(page, tag->closes);
		break;
	case EFFECT_NONE:
		break;
	}
}

static void
add_point(struct str *out, uint32_t point)
{
	if (point < 0x80) {
		str_add_char(out, (char)point);
	} else if (point < 0x800) {
		str_add_char(out, (char)(0xc0 | point >> 6));
		str_add_char(out, (char)(0x80 | (point & 0x3f)));
	} else if (point < 0x10000) {
		str_add_char(out, (char)(0xe0 | point >> 12));
		str_add_char(out, (char)(0x80 | (point >> 6 & 0x3f)));
		str_add_char(out, (char)(0x80 | (point & 0x3f)));
	} else {
		str_add_char(out, (char)(0xf0 | point >> 18));
		str_add_char(out, (char)(0x80 | (point >> 12 & 0x3f)));
		str_add_char(out, (char)(0x80 | (point >> 6 & 0x3f)));
		str_add_char(out, (char)(0x80 | (point & 0x3f)));
	}
}

/* "#8217", "#x2019"; 0: it is none. Surrogates become bytes that the folding replaces. */
static uint32_t
number_of(const char *name)
{
	bool hexadecimal = name[1] == 'x' || name[1] == 'X';
	uint32_t point = 0;
	for (const char *digit = name + 1 + hexadecimal; *digit; digit++) {
		int byte = tolower((unsigned char)*digit);
		if (!(hexadecimal ? isxdigit(byte) : isdigit(byte)) || point > LARGEST_POINT)
			return 0;
		uint32_t value = (uint32_t)(isdigit(byte) ? byte - '0' : byte - 'a' + 10);
		point = point * (hexadecimal ? 16 : 10) + value;
	}
	return point <= LARGEST_POINT ? point : 0;
}

static uint32_t
point_of(const char *name)
{
	static const struct {
		const char *name;
		uint32_t point;
	} named[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''},
	    {"nbsp", ' '}, {"auml", 0xe4}, {"ouml", 0xf6}, {"uuml", 0xfc}, {"szlig", 0xdf},
	    {"eacute", 0xe9}, {"egrave", 0xe8}, {"rsquo", 0x2019}, {"hellip", 0x2026}};
	if (*name == '#')
		return number_of(name);
	for (size_t i = 0; i < array_length(named); i++)
		if (strcmp(named[i].name, name) == 0)
			return named[i].point;
	return 0;
}

/* Behind its '&'. What is no entity that we know stands as it was written. */
static void
take_entity(struct page *page)
{
	char name[LONGEST_ENTITY + 1] = {0};
	size_t left = (size_t)(page->end - page->at), length = 0;
	while (length < left && length < LONGEST_ENTITY && page->at[length] != ';' &&
	       (isalnum((unsigned char)page->at[length]) || page->at[length] == '#'))
		length++;
	memcpy(name, page->at, length);
	bool ends = length && length < left && page->at[length] == ';';
	uint32_t point = ends ? point_of(name) : 0;
	if (point)
		add_point(page->out, point);
	else
		str_add_char(page->out, '&');
	page->at += point ? length + 1 : 0;
}

static bool
begins_tag(const struct page *page)
{
	return page->at < page->end &&
	       (isalpha((unsigned char)*page->at) || strchr("/!?", *page->at)) && *page->at;
}

/* Line ends are blanks in HTML; only tags break lines. */
static void
take_text(struct page *page, char byte)
{
	if (!shows(page))
		return;
	if (byte == '&')
		take_entity(page);
	else
		str_add_char(page->out, byte == '\n' || byte == '\r' ? ' ' : byte);
}

void
words_of_html(const char *html, size_t length, struct str *out)
{
	struct page page = {.at = html, .end = html + length, .out = out};
	while (page.at < page.end) {
		char byte = *page.at++;
		/* In a script "a<b" begins no tag. */
		if (byte != '<' || !begins_tag(&page) || (page.hidden && *page.at != '/')) {
			take_text(&page, byte);
			continue;
		}
		if (page.end - page.at >= 3 && memcmp(page.at, "!--", 3) == 0) {
			skip_comment(&page);
			continue;
		}
		struct tag tag = take_tag(&page);
		apply_tag(&page, &tag);
	}
}
