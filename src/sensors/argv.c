/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/argv.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/attributes.h"

struct entry {
	const char *name;
	uint32_t start;
	const char *code;
	const char *value;
	const char *attached;
	const char *script;
	const char *long_code;
	const char *long_value;
	const char *applets;
	bool plus;
	bool loads;
	enum argv_operand operand;
	const char *one_dash;
	const char *module;
};

static const struct entry entries[] = {
#define INTERPRETER(name_, start_, code_, value_, attached_, script_, long_code_, long_value_, \
    applets_, plus_, loads_, operand_, one_dash_, module_)                                     \
	{name_, start_, code_, value_, attached_, script_, long_code_, long_value_, applets_,  \
	    plus_, loads_, OPERAND_##operand_, one_dash_, module_},
#include "sensors/interpreters.def"
#undef INTERPRETER
};

size_t
argv_interpreter_count(void)
{
	return array_length(entries);
}

static void
set_letters(struct interpreter *interpreter, const char *letters, enum argv_letter meaning)
{
	for (; *letters; letters++)
		interpreter->letters[(unsigned char)*letters & 127] = (unsigned char)meaning;
}

static uint32_t
hash_of(const char *word, size_t length)
{
	uint32_t hash = 0;
	for (size_t i = 0; i < length; i++)
		hash = argv_option_hash_step(hash, (unsigned char)word[i]);
	return hash;
}

/* Hashes at most `most` words, which stand between spaces. */
static void
set_words(uint32_t *hashes, size_t most, const char *words)
{
	for (size_t i = 0; i < most && *words; i++) {
		size_t length = strcspn(words, " ");
		hashes[i] = hash_of(words, length);
		words += length + strspn(words + length, " ");
	}
}

struct argv_interpreter
argv_interpreter_at(size_t index)
{
	const struct entry *entry = &entries[index];
	struct argv_interpreter made = {0};
	made.start_ms = entry->start;
	memcpy(made.name, entry->name, strnlen(entry->name, sizeof(made.name) - 1));
	set_letters(&made.interpreter, entry->code, LETTER_CODE);
	set_letters(&made.interpreter, entry->value, LETTER_VALUE);
	set_letters(&made.interpreter, entry->attached, LETTER_ATTACHED);
	set_letters(&made.interpreter, entry->script, LETTER_SCRIPT);
	set_letters(&made.interpreter, entry->module, LETTER_MODULE);
	set_words(made.interpreter.long_code, INTERPRETER_LONG_OPTIONS, entry->long_code);
	set_words(made.interpreter.long_value, INTERPRETER_LONG_OPTIONS, entry->long_value);
	set_words(made.interpreter.applets, INTERPRETER_APPLETS, entry->applets);
	made.interpreter.self = hash_of(entry->name, strlen(entry->name));
	made.interpreter.plus = entry->plus;
	made.interpreter.loads = entry->loads;
	made.interpreter.operand = entry->operand;
	set_words(&made.interpreter.one_dash, 1, entry->one_dash);
	made.interpreter.number = (uint32_t)index + 1;
	return made;
}

/* The entry for the name without its version, or NULL. */
static const struct entry *
entry_find(const char *program)
{
	size_t length = strcspn(program, "0123456789");
	for (size_t i = 0; i < array_length(entries); i++)
		if (strlen(entries[i].name) == length &&
		    !memcmp(entries[i].name, program, length))
			return &entries[i];
	return NULL;
}

static struct argv_found
found_of(const struct argv_scan *scan)
{
	struct argv_found found = {0};
	if (argv_has_script(scan)) {
		found.kind = argv_has_module(scan) ? ARGV_IS_MODULE : ARGV_IS_SCRIPT;
		found.letter = (char)scan->letter;
		found.start = scan->start;
		found.length = scan->length;
	} else if (scan->state == ARGV_FOUND_CODE) {
		found.kind = ARGV_IS_CODE;
		found.letter = (char)scan->letter;
	}
	return found;
}

static struct argv_scan
scan_from(const struct entry *entry, const unsigned char *text, size_t from, size_t end)
{
	const struct argv_interpreter known = argv_interpreter_at((size_t)(entry - entries));
	struct argv_scan scan = argv_scan_start(ARGV_PROGRAM);
	for (size_t at = from; at < end; at++)
		if (argv_step(&scan, &known.interpreter, (uint32_t)at, text[at]))
			break;
	return scan;
}

struct argv_found
argv_find(const char *program, const void *bytes, size_t length)
{
	const struct entry *entry = entry_find(program);
	const unsigned char *text = bytes;
	char loaded[ARGV_WINDOW] = "";
	if (!entry)
		return (struct argv_found){0};
	size_t end = length < ARGV_WINDOW - 1 ? length : ARGV_WINDOW - 1;
	struct argv_scan scan = scan_from(entry, text, 0, end);
	if (!entry->loads || !argv_has_script(&scan))
		return found_of(&scan);
	memcpy(loaded, text + scan.leaf, end - scan.leaf);
	entry = entry_find(loaded);
	if (entry && !entry->loads)
		scan = scan_from(entry, text, scan.start, end);
	return found_of(&scan);
}

void
argv_say_code(
    const char *program, char letter, const void *text, size_t length, struct str *out)
{
	if (letter == '-') {
		str_addf(out, "%s (code)", program);
		return;
	}
	str_add(out, program);
	if (letter != BROUGHT_BY_NONE)
		str_addf(out, " -%c", letter);
	if (!length)
		return;
	str_add_char(out, ' ');
	str_add_bytes(out, text, length);
}
