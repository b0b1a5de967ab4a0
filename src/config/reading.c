/* SPDX-License-Identifier: Apache-2.0 */
#include "config/reading.h"

#include <errno.h>
#include <string.h>

#include "config/values.h"

enum { MOST_MEMBERS = 4096 };

struct reading
reading_begin(const struct source *source, struct arena *arena, struct diag *diag)
{
	return (struct reading){
	    .words = words_read(source, false, arena, diag), .arena = arena, .diag = diag};
}

void
reading_complain(
    struct reading *reading, const struct word *word, const char *hint, const char *wanted)
{
	diag_add(reading->diag, SEVERITY_ERROR, &word->place, hint, "%s, this is %s%s%s",
	    wanted, word->kind == WORD_END ? "the end" : "'",
	    word->kind == WORD_END ? "" : word->text, word->kind == WORD_END ? "" : "'");
}

void
reading_complain_name(struct reading *reading, const struct word *word,
    const char *const *names, const char *wanted)
{
	const char *meant = did_you_mean(word->text, names);
	reading_complain(reading, word,
	    meant ? arena_printf(reading->arena, "did you mean '%s'?", meant) : NULL, wanted);
}

const char *
reading_value(struct reading *reading, const char *wanted, struct word *ret_word)
{
	*ret_word = reading->words.next;
	if (!words_has_value(&reading->words)) {
		reading_complain(reading, ret_word, NULL, wanted);
		return NULL;
	}
	words_take(&reading->words);
	return ret_word->text;
}

void
reading_number(struct reading *reading, int (*parse)(const char *text, int64_t *ret_value),
    const char *wanted, int64_t *value)
{
	struct word word;
	const char *text = reading_value(reading, wanted, &word);
	if (text && parse(text, value))
		reading_complain(reading, &word, NULL, wanted);
}

void
reading_text(struct reading *reading, const char **text, const char *wanted)
{
	struct word word;
	const char *value = reading_value(reading, wanted, &word);
	if (value)
		*text = value;
}

bool
reading_open(struct reading *reading, const char *wanted)
{
	struct word word = reading->words.next;
	if (word.kind != WORD_OPEN) {
		reading_complain(reading, &word, NULL, wanted);
		return false;
	}
	words_take(&reading->words);
	return true;
}

bool
reading_more(struct reading *reading, size_t count)
{
	struct word word = reading->words.next;
	if (word.kind == WORD_CLOSE) {
		words_take(&reading->words);
		return false;
	}
	if (words_has_value(&reading->words) && count < MOST_MEMBERS)
		return true;
	reading_complain(reading, &word, NULL, "the list wants '}'");
	return false;
}

void *
reading_grow(struct reading *reading, void *items, size_t count, size_t size)
{
	bool full = count == 0 || (count >= 4 && (count & (count - 1)) == 0);
	if (!full)
		return items;
	void *room = arena_alloc(reading->arena, (count < 4 ? 4 : 2 * count) * size);
	if (count)
		memcpy(room, items, count * size);
	return room;
}

static int
find_item(const char *const *names, const struct word *word)
{
	for (int item = 0; word->kind == WORD_PLAIN && names[item]; item++)
		if (text_equal(names[item], word->text))
			return item;
	return -1;
}

/* At a word that begins no item: says so and goes on to one that does, or to the block's end.
 */
static void
skip_to_item(struct reading *reading, const char *const *names, const char *wanted)
{
	struct word word = reading->words.next;
	reading_complain_name(reading, &word, names, wanted);
	words_take(&reading->words);
	while (words_has_value(&reading->words) && find_item(names, &reading->words.next) < 0)
		words_take(&reading->words);
	if (reading->words.next.kind == WORD_OPEN)
		while (reading->words.next.kind != WORD_END &&
		       words_take(&reading->words).kind != WORD_CLOSE)
			;
}

int
reading_item(struct reading *reading, const char *const *names, size_t *lines,
    const char *wanted, const char *end)
{
	struct word word = reading->words.next;
	while (word.kind != WORD_CLOSE && word.kind != WORD_END) {
		int item = find_item(names, &word);
		if (item < 0) {
			skip_to_item(reading, names, wanted);
			word = reading->words.next;
			continue;
		}
		size_t line, column;
		place_line_column(&word.place, &line, &column);
		if (lines[item])
			diag_add(reading->diag, SEVERITY_ERROR, &word.place, NULL,
			    "'%s' is said twice, first in line %zu", word.text, lines[item]);
		lines[item] = line;
		words_take(&reading->words);
		return item;
	}
	words_take(&reading->words);
	if (word.kind != WORD_CLOSE)
		reading_complain(reading, &word, NULL, end);
	return -1;
}

static int
parse_above_zero(const char *text, uint32_t *ret_number)
{
	int64_t value;
	if (value_count(text, &value) || value < 1 || value >= UINT32_MAX)
		return -EINVAL;
	*ret_number = (uint32_t)value;
	return 0;
}

int
reading_range(const char *text, uint32_t *ret_first, uint32_t *ret_count)
{
	char number[16] = "";
	size_t split = strcspn(text, "+-");
	uint32_t first, second;
	if (!text[split] || split >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, split);
	if (parse_above_zero(number, &first) || parse_above_zero(text + split + 1, &second) ||
	    (text[split] == '-' && second < first))
		return -EINVAL;
	uint32_t count = text[split] == '+' ? second : second - first + 1;
	if ((uint64_t)first + count > UINT32_MAX)
		return -ERANGE;
	*ret_first = first;
	*ret_count = count;
	return 0;
}
