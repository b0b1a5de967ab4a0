/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/attack_words.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#include "model/tables.h"

static const char *const values[ATTACK_SIGNS] = {
    [ATTACK_BOMB] = "fork-bomb",
    [ATTACK_REMOTE] = "reverse-shell",
    [ATTACK_HIDDEN] = "exploit",
    [ATTACK_CALLS_OUT] = "exploit",
    [ATTACK_LISTENS] = "exploit",
    [ATTACK_MINES] = "mining",
    [ATTACK_RELAYED] = "reverse-shell",
    [ATTACK_SERVED] = "reverse-shell",
};

bool
attack_is_event(const void *bytes, size_t length)
{
	const struct attack_event *event = bytes;
	return length == sizeof(*event) && event->sign < ATTACK_SIGNS &&
	       memchr(event->program, '\0', sizeof(event->program)) &&
	       memchr(event->between, '\0', sizeof(event->between));
}

int64_t
attack_value(const struct attack_event *event)
{
	return measure_value_find(MEASURE_PROCESS_ATTACK, values[event->sign]);
}

static void
add_peer(struct str *out, const struct attack_event *event)
{
	char text[INET6_ADDRSTRLEN] = "?";
	bool sixth = event->family == AF_INET6;
	inet_ntop(event->family, event->address, text, sizeof(text));
	str_addf(out, sixth ? "[%s]:%u" : "%s:%u", text, ntohs(event->port));
}

void
attack_say(const struct attack_event *event, struct str *out)
{
	switch ((enum attack_sign)event->sign) {
	case ATTACK_BOMB:
		str_addf(out, "forked %u processes within 10 s, %u alive: %s", event->forks,
		    event->living, event->program);
		break;
	case ATTACK_REMOTE:
		str_addf(out, "gave %s over a connection of its own to ", event->program);
		add_peer(out, event);
		break;
	case ATTACK_HIDDEN:
		str_addf(out,
		    "gave %s, which has no file any more, over a connection of its own to ",
		    event->program);
		add_peer(out, event);
		break;
	case ATTACK_CALLS_OUT:
		str_addf(out, "%s, a program without a file, called ", event->program);
		add_peer(out, event);
		break;
	case ATTACK_LISTENS:
		str_addf(out, "%s, a program without a file, listens on port %u",
		    event->program, ntohs(event->port));
		break;
	case ATTACK_MINES:
		str_addf(out, "%s handed in shares to a mining pool at ", event->program);
		add_peer(out, event);
		break;
	case ATTACK_RELAYED:
		str_addf(out, "gave %s, by way of %s, over a connection of its own to ",
		    event->program, event->between);
		add_peer(out, event);
		break;
	case ATTACK_SERVED:
		str_addf(out, "gave %s over a connection with ", event->program);
		add_peer(out, event);
		break;
	case ATTACK_SIGNS:
		break;
	}
}
