/* SPDX-License-Identifier: Apache-2.0 */
#include "forms/words.h"

#include <string.h>

#include "base/siphash.h"

enum {
	LONGEST_TAG = 256
}; /* bytes; what is longer is text, or a "<" would hide all behind it */

void
words_begin(struct words *words, const uint8_t key[WORDS_KEY],
    const struct words_events *events, void *context)
{
	*words = (struct words){.events = events, .context = context};
	memcpy(words->key, key, WORDS_KEY);
}

/* By hand, for the letters of ASCII are what is meant, whatever the locale says. */
static inline bool
is_letter(char byte)
{
	return (unsigned char)((byte | 0x20) - 'a') < 26;
}

static inline bool
is_digit(char byte)
{
	return (unsigned char)(byte - '0') < 10;
}

static inline char
lower(char byte)
{
	return is_letter(byte) ? (char)(byte | 0x20) : byte;
}

/* ---- addresses ---- */

static bool
is_of_address(char byte)
{
	return is_letter(byte) || is_digit(byte) || byte == '@' || byte == '.' || byte == '_' ||
	       byte == '+' || byte == '-';
}

/* What a sentence puts around an address is no part of it. */
static bool
is_edge(char byte)
{
	return byte == '.' || byte == '-';
}

static void
end_address(struct words *words)
{
	const char *start = words->address;
	size_t length = words->address_length;
	if (!length)
		return;
	words->address_length = 0;
	if (length > WORDS_LONGEST_ADDRESS)
		return;
	for (; length && is_edge(*start); length--)
		start++;
	while (length && is_edge(start[length - 1]))
		length--;
	const char *at = memchr(start, '@', length);
	size_t domain = at ? length - (size_t)(at + 1 - start) : 0;
	if (!at || at == start || !domain || at[1] == '.' || memchr(at + 1, '@', domain) ||
	    !memchr(at + 1, '.', domain))
		return;
	words->events->address(words->context, siphash(words->key, start, length));
}

static void
add_to_address(struct words *words, char byte)
{
	if (!is_of_address(byte)) {
		end_address(words);
		return;
	}
	if (words->address_length < WORDS_LONGEST_ADDRESS)
		words->address[words->address_length] = lower(byte);
	if (words->address_length <= WORDS_LONGEST_ADDRESS)
		words->address_length++;
}

/* ---- runs ---- */

/* The words are hashes under the key already: nobody without it can choose what they come to.
 */
static uint32_t
run_of(uint64_t one, uint64_t two, uint64_t three)
{
	uint64_t sum = one * 0x9e3779b97f4a7c15u ^ (two << 23 | two >> 41);
	sum = (sum ^ (sum >> 29)) * 0xbf58476d1ce4e5b9u + three;
	sum = (sum ^ (sum >> 32)) * 0x94d049bb133111ebu;
	return (uint32_t)(sum >> 32);
}

static void
end_word(struct words *words)
{
	const char *bytes = words->word_length ? words->word : words->foreign;
	size_t length = words->word_length ? words->word_length : words->foreign_length;
	if (!length)
		return;
	words->word_length = words->foreign_length = 0;
	uint64_t word = siphash(words->key, bytes, length) | 1;
	if (words->before[0]) {
		words->events->run(
		    words->context, run_of(words->before[0], words->before[1], word));
		words->has_run = true;
	}
	words->before[0] = words->before[1];
	words->before[1] = word;
}

static void
add_to_word(struct words *words, char byte)
{
	if (is_letter(byte) || is_digit(byte)) {
		if (words->word_length < WORDS_LONGEST)
			words->word[words->word_length++] = lower(byte);
	} else if ((unsigned char)byte >= 0x80) {
		if (words->foreign_length < WORDS_LONGEST)
			words->foreign[words->foreign_length++] = byte;
	} else
		end_word(words);
}

/* ---- what HTML makes of a text ---- */

/* A tag begins with a letter, "/" or "!": what else follows a "<" makes it a sign. */
static bool
passes_tag(struct words *words, char byte)
{
	if (!words->in_tag) {
		words->in_tag = byte == '<';
		if (words->in_tag)
			end_word(words);
		return words->in_tag;
	}
	bool begins = words->in_tag == 1;
	if (byte == '>' || words->in_tag++ == LONGEST_TAG) {
		words->in_tag = 0;
		return byte == '>';
	}
	if (!begins || is_letter(byte) || byte == '/' || byte == '!')
		return true;
	words->in_tag = 0;
	return false;
}

static void
add_text(struct words *words, char byte)
{
	if (!passes_tag(words, byte))
		add_to_word(words, byte);
}

/* Whether what it stands for divides words; else it is a letter of one, which is left out. */
static bool
entity_divides(const struct words *words)
{
	static const char *const dividing[] = {"amp", "quot", "apos", "nbsp"};
	if (!words->entity_length || words->entity[0] == '#')
		return true;
	for (size_t i = 0; i < sizeof(dividing) / sizeof(*dividing); i++)
		if (strlen(dividing[i]) == words->entity_length &&
		    !memcmp(dividing[i], words->entity, words->entity_length))
			return true;
	return false;
}

static void
end_entity(struct words *words)
{
	bool is_angle = words->entity_length == 2 && words->entity[1] == 't';
	words->in_entity = false;
	if (is_angle && (words->entity[0] == 'l' || words->entity[0] == 'g'))
		add_text(words, words->entity[0] == 'l' ? '<' : '>');
	else if (entity_divides(words))
		add_text(words, ' ');
}

/* It was none: an "&", and text behind it. */
static void
drop_entity(struct words *words)
{
	words->in_entity = false;
	add_text(words, '&');
	for (size_t i = 0; i < words->entity_length; i++)
		add_text(words, words->entity[i]);
}

static bool
passes_entity(struct words *words, char byte)
{
	if (words->in_entity && byte == ';') {
		end_entity(words);
		return true;
	}
	bool goes_on = is_letter(byte) || is_digit(byte) || byte == '#';
	if (words->in_entity && goes_on && words->entity_length < WORDS_LONGEST_ENTITY) {
		words->entity[words->entity_length++] = byte;
		return true;
	}
	if (words->in_entity)
		drop_entity(words);
	if (byte != '&')
		return false;
	words->in_entity = true;
	words->entity_length = 0;
	return true;
}

/* ---- */

void
words_feed(struct words *words, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		bool is_plain = is_letter(bytes[i]) || is_digit(bytes[i]);
		add_to_address(words, bytes[i]);
		if (is_plain && !words->in_entity && !words->in_tag) {
			add_to_word(words, bytes[i]);
			continue;
		}
		if (!passes_entity(words, bytes[i]))
			add_text(words, bytes[i]);
	}
}

void
words_break(struct words *words)
{
	if (words->in_entity)
		drop_entity(words);
	end_word(words);
	end_address(words);
	if (words->before[1] && !words->has_run)
		words->events->run(
		    words->context, run_of(words->before[0], words->before[1], 0));
	words->has_run = false;
	words->in_tag = 0;
	words->before[0] = words->before[1] = 0;
}
