/* SPDX-License-Identifier: Apache-2.0 */
#include "model/starter.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/str.h"

static const struct {
	const char *name;
	const char *words;
} starters[] = {
    [STARTER_UNKNOWN] = {"", ""},
#define STARTER(symbol, name_, words_) [STARTER_##symbol] = {name_, words_},
#include "model/starters.def"
#undef STARTER
};

const char *
starter_name(enum starter starter)
{
	return starters[starter].name;
}

const char *
starter_words(enum starter starter)
{
	return starters[starter].words;
}

static int
find(const char *name, size_t length)
{
	for (int starter = STARTER_UNKNOWN; starter < STARTER_COUNT; starter++)
		if (strlen(starters[starter].name) == length &&
		    memcmp(starters[starter].name, name, length) == 0)
			return starter;
	return -1;
}

int
starter_find(const char *name)
{
	return find(name, strlen(name));
}

int
starter_next_program(const char **at, struct starter_program *ret_program)
{
	size_t length;
	const char *word = text_next_word(at, &length);
	if (!word)
		return 0;
	const char *equals = memchr(word, '=', length);
	size_t size = equals ? (size_t)(equals - word) : 0;
	if (!size || size > LONGEST_STARTER_PROGRAM || memchr(word, '/', size))
		return -EINVAL;
	int starter = find(equals + 1, length - size - 1);
	if (starter <= STARTER_UNKNOWN)
		return -EINVAL;
	struct starter_program program = {.starter = (enum starter)starter};
	memcpy(program.name, word, size);
	*ret_program = program;
	return 1;
}
