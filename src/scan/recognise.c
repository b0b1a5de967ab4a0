/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SECURITY: this reads what customers wrote, in a process that may read every
 * file. It looks at no more than FIRST_BYTES bytes, goes over them once, keeps
 * two positions and allocates nothing; whatever they are, the answer is one
 * of a few numbers. tests/fuzz/inventory drives it.
 */
#include "scan/recognise.h"

#include <ctype.h>
#include <string.h>

#include "base/attributes.h"
#include "model/inventory.h"

enum { LONGEST_WORD = 15 }; /* no word in the lists is longer */

static const struct {
	bool served;
	const char *endings;
	const char *interpreters;
} languages[] = {
#define LANGUAGE(symbol, name, served_, endings_, interpreters_)                               \
	{served_, endings_, interpreters_},
#include "model/languages.def"
#undef LANGUAGE
};

/* A run of bytes within a name or a line. */
struct run {
	const char *at;
	size_t length;
};

static bool
is_listed(const char *list, struct run word)
{
	char padded[LONGEST_WORD + 3];
	if (word.length == 0 || word.length > LONGEST_WORD)
		return false;
	padded[0] = ' ';
	for (size_t i = 0; i < word.length; i++) {
		if (word.at[i] == ' ' || word.at[i] == '\0')
			return false;
		padded[i + 1] = (char)tolower((unsigned char)word.at[i]);
	}
	padded[word.length + 1] = ' ';
	padded[word.length + 2] = '\0';
	return strstr(list, padded) != NULL;
}

static int
language_of_ending(struct run ending, bool served_only)
{
	for (int language = 0; language < LANGUAGE_COUNT; language++)
		if ((!served_only || languages[language].served) &&
		    is_listed(languages[language].endings, ending))
			return language;
	return -1;
}

/* Apache's mod_mime heeds every ending of a name: "a.php.jpg" is run. */
static int
language_by_name(const char *name, bool served_only)
{
	const char *dot = strchr(name, '.');
	while (dot) {
		const char *next = strchr(dot + 1, '.');
		struct run ending = {
		    dot + 1, next ? (size_t)(next - dot) - 1 : strlen(dot + 1)};
		int language = language_of_ending(ending, served_only || next);
		if (language >= 0)
			return language;
		dot = next;
	}
	return -1;
}

static bool
ends_word(char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n' || byte == '\0';
}

static struct run
next_word(struct run *line)
{
	while (line->length && (*line->at == ' ' || *line->at == '\t')) {
		line->at++;
		line->length--;
	}
	struct run word = {line->at, 0};
	while (word.length < line->length && !ends_word(word.at[word.length]))
		word.length++;
	line->at += word.length;
	line->length -= word.length;
	return word;
}

/* "/usr/bin/python3.11" is "python". */
static struct run
program_of(struct run word)
{
	for (size_t i = word.length; i-- > 0;)
		if (word.at[i] == '/') {
			word.at += i + 1;
			word.length -= i + 1;
			break;
		}
	while (word.length && (isdigit((unsigned char)word.at[word.length - 1]) ||
				  word.at[word.length - 1] == '.'))
		word.length--;
	return word;
}

/* Behind `env` stand options and variables before the program. */
static struct run
interpreter_of(struct run line)
{
	struct run word = next_word(&line);
	struct run program = program_of(word);
	if (!is_listed(" env ", program))
		return program;
	do
		word = next_word(&line);
	while (word.length && (*word.at == '-' || memchr(word.at, '=', word.length)));
	return program_of(word);
}

static int
language_by_line(struct run line)
{
	struct run program = interpreter_of(line);
	for (int language = 0; language < LANGUAGE_COUNT; language++)
		if (is_listed(languages[language].interpreters, program))
			return language;
	return LANGUAGE_OTHER;
}

int
recognise(const char *name, const void *bytes, size_t length, bool *ret_by_line)
{
	const char *text = bytes;
	if (length > FIRST_BYTES)
		length = FIRST_BYTES;
	*ret_by_line = false;
	int by_name = language_by_name(name, true);
	if (by_name >= 0)
		return by_name;
	by_name = language_by_name(name, false);
	if (length < 2 || text[0] != '#' || text[1] != '!')
		return by_name;
	int by_line = language_by_line((struct run){text + 2, length - 2});
	if (by_line == LANGUAGE_OTHER && by_name >= 0)
		return by_name;
	*ret_by_line = true;
	return by_line;
}
