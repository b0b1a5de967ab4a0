/* SPDX-License-Identifier: Apache-2.0 */
#include "model/message.h"

enum { PROCESS_ANY = PROCESS_COUNT };

static const struct {
	const char *name;
	int from;
	int to;
	uint32_t most;
	bool descriptor;
} messages[] = {
#define MESSAGE(symbol, from_, to_, most_, descriptor_)                                        \
	{#symbol, PROCESS_##from_, PROCESS_##to_, most_, descriptor_},
#include "model/messages.def"
#undef MESSAGE
};

const char *
message_name(enum message message)
{
	return messages[message].name;
}

static bool
matches(int listed, enum process process)
{
	return listed == (int)process || (listed == PROCESS_ANY && process != PROCESS_PARENT);
}

bool
message_allowed(enum message message, enum process from, enum process to)
{
	return matches(messages[message].from, from) && matches(messages[message].to, to);
}

uint32_t
message_most(enum message message)
{
	return messages[message].most;
}

bool
message_has_descriptor(enum message message)
{
	return messages[message].descriptor;
}

bool
processes_talk(enum process one, enum process other)
{
	for (enum message message = 0; message < MESSAGE_COUNT; message++)
		if (message_allowed(message, one, other) ||
		    message_allowed(message, other, one))
			return true;
	return false;
}
