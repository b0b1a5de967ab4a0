/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/tcp and tcp6: Linux, Documentation/networking/proc_net_tcp.rst. */
#include "reach.h"

#include <stdio.h>
#include <string.h>

enum { ESTABLISHED = 1, V6 = 16 };

/* An address as the table has it: words of this machine's byte order, in hexadecimal. */
static void
write_address(const void *address, unsigned length, char out[2 * V6 + 1])
{
	const unsigned char *bytes = address;
	uint32_t word;
	for (unsigned at = 0; at < length; at += sizeof(word)) {
		memcpy(&word, bytes + at, sizeof(word));
		snprintf(out + 2 * at, 9, "%08X", word);
	}
}

/* The other end, as the table has it. */
struct end {
	char address[2 * V6 + 1];
	unsigned port;
	unsigned own_port; /* 0: at whichever */
};

/*
 * REACH_UNKNOWN: the line is of another connection. That something is on its way says nothing,
 * for somebody may be fetching a large mail; that it had to be sent again does.
 */
static enum reach
read_line(const char *line, const struct end *end)
{
	char address[2 * V6 + 1];
	unsigned own_port, port, state, unsent, again;
	if (sscanf(line, " %*u: %*[0-9A-F]:%x %32[0-9A-F]:%x %x %x:%*x %*x:%*x %x", &own_port,
		address, &port, &state, &unsent, &again) != 6 ||
	    port != end->port || (end->own_port && own_port != end->own_port) ||
	    strcmp(address, end->address) != 0)
		return REACH_UNKNOWN;
	if (state != ESTABLISHED)
		return REACH_GONE;
	return !unsent ? REACH_THERE : again ? REACH_IN_VAIN : REACH_WAITING;
}

static enum reach
look_in(const char *table, const struct end *end)
{
	char line[512];
	enum reach found = REACH_UNKNOWN;
	FILE *file = fopen(table, "re");
	while (file && found == REACH_UNKNOWN && fgets(line, sizeof(line), file))
		found = read_line(line, end);
	if (file)
		fclose(file);
	return found;
}

/* An IPv4 address is in the table of IPv6, too, if whoever listened there speaks both. */
enum reach
reach_of(const void *address, unsigned length, uint16_t port, uint16_t own_port)
{
	unsigned char mapped[V6] = {[10] = 0xff, [11] = 0xff};
	struct end end = {.port = port, .own_port = own_port};
	enum reach found = REACH_UNKNOWN;
	if (length != V6) {
		write_address(address, length, end.address);
		found = look_in("/proc/self/net/tcp", &end);
		memcpy(&mapped[12], address, 4);
		address = mapped;
	}
	if (found != REACH_UNKNOWN)
		return found;
	write_address(address, V6, end.address);
	return look_in("/proc/self/net/tcp6", &end);
}
