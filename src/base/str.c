/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void
str_done(struct str *str)
{
	free(str->data);
	*str = (struct str){0};
}

void
str_clear(struct str *str)
{
	str_cut(str, 0);
}

void
str_drop(struct str *str, size_t length)
{
	if (length >= str->length) {
		str_clear(str);
		return;
	}
	if (length)
		memmove(str->data, str->data + length, str->length - length + 1);
	str->length -= length;
}

const char *
str_text(const struct str *str)
{
	return str->data ? str->data : "";
}

char *
str_take(struct str *str)
{
	char *text = str->data ? str->data : memory_copy_text("");
	*str = (struct str){0};
	return text;
}

static void
reserve(struct str *str, size_t more)
{
	if (more > SIZE_MAX / 4 - str->length)
		abort();
	size_t needed = str->length + more + 1;
	if (needed <= str->capacity)
		return;
	size_t capacity = str->capacity ? str->capacity : 64;
	while (capacity < needed)
		capacity *= 2;
	char *data = realloc(str->data, capacity);
	if (!data)
		abort();
	str->data = data;
	str->capacity = capacity;
}

void
str_add_bytes(struct str *str, const void *bytes, size_t length)
{
	reserve(str, length);
	if (length)
		memcpy(str->data + str->length, bytes, length);
	str->length += length;
	str->data[str->length] = '\0';
}

void
str_add_char(struct str *str, char character)
{
	str_add_bytes(str, &character, 1);
}

void
str_add(struct str *str, const char *text)
{
	str_add_bytes(str, text, strlen(text));
}

void
str_addf(struct str *str, const char *format, ...)
{
	va_list arguments, again;
	va_start(arguments, format);
	va_copy(again, arguments);
	int length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	if (length > 0) {
		reserve(str, (size_t)length);
		vsnprintf(str->data + str->length, (size_t)length + 1, format, again);
		str->length += (size_t)length;
	}
	va_end(again);
}

void
str_add_fill(struct str *str, char character, size_t count)
{
	reserve(str, count);
	memset(str->data + str->length, character, count);
	str->length += count;
	str->data[str->length] = '\0';
}

void
str_cut(struct str *str, size_t length)
{
	if (length > str->length || !str->data)
		return;
	str->length = length;
	str->data[length] = '\0';
}

bool
text_starts_with(const char *text, const char *affix)
{
	return strncmp(text, affix, strlen(affix)) == 0;
}

bool
text_ends_with(const char *text, const char *affix)
{
	size_t length = strlen(text), ending = strlen(affix);
	return length >= ending && strcmp(text + length - ending, affix) == 0;
}

bool
text_equal(const char *one, const char *other)
{
	return one == other || (one && other && strcmp(one, other) == 0);
}

const char *
text_next_word(const char **at, size_t *ret_length)
{
	static const char blanks[] = " \t";
	const char *word = *at + strspn(*at, blanks);
	size_t length = strcspn(word, blanks);
	*at = word + length;
	*ret_length = length;
	return length ? word : NULL;
}

bool
text_has_word(const char *words, const char *word, size_t length)
{
	size_t size;
	for (const char *one; (one = text_next_word(&words, &size));)
		if (size == length && memcmp(one, word, length) == 0)
			return true;
	return false;
}

const char *
text_next_line(const char **at, size_t *ret_length)
{
	const char *line = *at;
	if (!*line)
		return NULL;
	*ret_length = strcspn(line, "\n");
	*at = line + *ret_length + (line[*ret_length] == '\n');
	return line;
}
