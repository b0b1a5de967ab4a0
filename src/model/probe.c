/* SPDX-License-Identifier: Apache-2.0 */
#include "model/probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "base/wire.h"

enum { LONGEST_TEXT = 2048, LONGEST_NUMBER = 5, LARGEST_PORT = 65535 };

static const struct {
	const char *name;
	uint16_t port;
	const char *first, *answer, *last;
} kinds[PROBE_COUNT] = {
#define PROBE(symbol, name, port, first, answer, last) {name, port, first, answer, last},
#include "model/probes.def"
#undef PROBE
};

const char *
probe_first(enum probe_kind kind)
{
	return kinds[kind].first;
}

const char *
probe_last(enum probe_kind kind)
{
	return kinds[kind].last;
}

/* Moves behind the name, and the slashes if there are some; -EINVAL. */
static int
read_kind(const char **at, enum probe_kind *ret_kind)
{
	for (enum probe_kind kind = 0; kind < PROBE_COUNT; kind++) {
		const char *rest = *at + strlen(kinds[kind].name);
		bool has_address =
		    text_starts_with(*at, kinds[kind].name) && text_starts_with(rest, "://");
		if (!has_address && !text_equal(*at, kinds[kind].name))
			continue;
		*at = has_address ? rest + strlen("://") : "127.0.0.1";
		*ret_kind = kind;
		return 0;
	}
	return -EINVAL;
}

/* Moves behind an address as people write it before a port; -EINVAL. */
static int
read_address(const char **at, char address[INET6_ADDRSTRLEN], bool *ret_six)
{
	*ret_six = **at == '[';
	const char *begin = *at + *ret_six;
	size_t length = strcspn(begin, *ret_six ? "]" : ":");
	if (length >= INET6_ADDRSTRLEN || (*ret_six && begin[length] != ']'))
		return -EINVAL;
	memcpy(address, begin, length);
	address[length] = '\0';
	*at = begin + length + *ret_six;
	return 0;
}

static int
read_port(const char *text, uint16_t *port)
{
	char *end;
	if (!*text)
		return 0;
	if (*text != ':' || !strchr("123456789", text[1]) || strlen(text + 1) > LONGEST_NUMBER)
		return -EINVAL;
	unsigned long number = strtoul(text + 1, &end, 10);
	if (*end || !number || number > LARGEST_PORT)
		return -EINVAL;
	*port = (uint16_t)number;
	return 0;
}

static int
set_address(struct probe *probe, const char *address, bool six, uint16_t port)
{
	struct sockaddr_in *four_address = (struct sockaddr_in *)&probe->address;
	struct sockaddr_in6 *six_address = (struct sockaddr_in6 *)&probe->address;
	if (six) {
		six_address->sin6_family = AF_INET6;
		six_address->sin6_port = htons(port);
		probe->length = sizeof(*six_address);
		return inet_pton(AF_INET6, address, &six_address->sin6_addr) == 1 ? 0 : -EINVAL;
	}
	four_address->sin_family = AF_INET;
	four_address->sin_port = htons(port);
	probe->length = sizeof(*four_address);
	return inet_pton(AF_INET, address, &four_address->sin_addr) == 1 ? 0 : -EINVAL;
}

int
probe_next(const char **at, struct probe *ret_probe)
{
	size_t length;
	char address[INET6_ADDRSTRLEN];
	bool six = false;
	const char *word = text_next_word(at, &length);
	if (!word)
		return 0;
	if (length > LONGEST_PROBE)
		return -EINVAL;
	*ret_probe = (struct probe){0};
	memcpy(ret_probe->text, word, length);
	const char *rest = ret_probe->text;
	int status = read_kind(&rest, &ret_probe->kind);
	uint16_t port = status ? 0 : kinds[ret_probe->kind].port;
	status = status ? status : read_address(&rest, address, &six);
	status = status ? status : read_port(rest, &port);
	status = status ? status : set_address(ret_probe, address, six, port);
	return status ? status : 1;
}

enum probe_answer
probe_judge(enum probe_kind kind, const char *bytes, size_t length)
{
	size_t wanted;
	bool waits = false;
	const char *at = kinds[kind].answer;
	for (const char *word; (word = text_next_word(&at, &wanted));) {
		size_t common = length < wanted ? length : wanted;
		if (memcmp(bytes, word, common) != 0)
			continue;
		if (common == wanted)
			return PROBE_SERVES;
		waits = true;
	}
	return waits ? PROBE_WAITS : PROBE_FAILS;
}

void
probed_encode(const struct probed *probed, struct str *out)
{
	wire_put_u32(out, probed->known);
	wire_put_u32(out, probed->failing);
	wire_put_text(out, probed->by);
	wire_put_text(out, probed->why);
}

int
probed_decode(const void *bytes, size_t length, struct arena *arena, struct probed *ret_probed)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct probed probed = {.known = wire_get_u32(&reader)};
	probed.failing = wire_get_u32(&reader);
	probed.by = wire_get_text(&reader, arena, LONGEST_TEXT);
	probed.why = wire_get_text(&reader, arena, LONGEST_TEXT);
	int status = wire_end(&reader);
	if (!status)
		*ret_probed = probed;
	return status;
}
