/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/starters.h"

#include <string.h>

#include "base/attributes.h"
#include "base/str.h"

static const struct {
	enum starter starter;
	const char *names;
} known[] = {
#define STARTS(starter_, names_) {STARTER_##starter_, names_},
#include "sensors/starters.def"
#undef STARTS
};

static __u64
key_of(const char *program, size_t length)
{
	struct starter_key name = starter_key_start();
	for (size_t i = 0; i < length && i < LONGEST_STARTER_PROGRAM; i++)
		starter_key_step(&name, (unsigned char)program[i]);
	return name.key;
}

__u64
starter_key_of(const char *program)
{
	return key_of(program, strlen(program));
}

unsigned
starter_entries(const char *setting, struct starter_entry entries[static MOST_STARTER_PROGRAMS])
{
	unsigned count = 0;
	for (size_t i = 0; i < array_length(known); i++) {
		const char *at = known[i].names;
		size_t length;
		for (const char *name;
		     (name = text_next_word(&at, &length)) && count < MOST_STARTER_PROGRAMS;)
			entries[count++] =
			    (struct starter_entry){key_of(name, length), known[i].starter};
	}
	struct starter_program program;
	for (int status; (status = starter_next_program(&setting, &program)) &&
			 count < MOST_STARTER_PROGRAMS;)
		if (status > 0)
			entries[count++] = (struct starter_entry){
			    starter_key_of(program.name), program.starter};
	return count;
}

enum starter
starter_of_program(const struct starter_entry *entries, unsigned count, const char *program)
{
	__u64 key = starter_key_of(program);
	while (count > 0)
		if (entries[--count].key == key)
			return entries[count].starter;
	return STARTER_UNKNOWN;
}
