/* SPDX-License-Identifier: Apache-2.0 */
#include "model/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

enum { MAPPED_BITS = 96 };

static const uint8_t mapped[MAPPED_BITS / 8] = {[10] = 0xff, [11] = 0xff};

struct address
address_of_v4(const void *bytes)
{
	struct address address;
	memcpy(address.bytes, mapped, sizeof(mapped));
	memcpy(address.bytes + sizeof(mapped), bytes, ADDRESS_BYTES - sizeof(mapped));
	return address;
}

int
address_parse(const char *text, size_t length, struct address *ret_address)
{
	char copy[ADDRESS_TEXT];
	struct in_addr v4;
	struct in6_addr v6;
	if (length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (strlen(copy) != length)
		return -EINVAL;
	if (inet_pton(AF_INET, copy, &v4) == 1)
		*ret_address = address_of_v4(&v4);
	else if (inet_pton(AF_INET6, copy, &v6) == 1)
		memcpy(ret_address->bytes, &v6, sizeof(ret_address->bytes));
	else
		return -EINVAL;
	return 0;
}

bool
address_is_v4(const struct address *address)
{
	return !memcmp(address->bytes, mapped, sizeof(mapped));
}

void
address_print(const struct address *address, char out[ADDRESS_TEXT])
{
	const void *bytes = address->bytes;
	if (address_is_v4(address))
		inet_ntop(AF_INET, address->bytes + sizeof(mapped), out, ADDRESS_TEXT);
	else
		inet_ntop(AF_INET6, bytes, out, ADDRESS_TEXT);
}

struct address
address_of_visitor(const struct address *address)
{
	struct address visitor = *address;
	if (!address_is_v4(address))
		memset(visitor.bytes + ADDRESS_BYTES / 2, 0, ADDRESS_BYTES / 2);
	return visitor;
}

/* The lower half is empty, so what inet_ntop() writes of it leaves room. */
void
address_print_visitor(const struct address *visitor, char out[ADDRESS_TEXT])
{
	address_print(visitor, out);
	if (!address_is_v4(visitor))
		memcpy(out + strlen(out), "/64", sizeof("/64"));
}

static bool
lies_in(const struct address *address, const char *const *networks)
{
	struct network network;
	for (; *networks; networks++)
		if (!network_parse(*networks, strlen(*networks), &network) &&
		    network_has(&network, address))
			return true;
	return false;
}

bool
address_is_hosts(const struct address *address)
{
	static const char *const others[] = {"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16",
	    "224.0.0.0/3", "::/127", "fe80::/10", "ff00::/8", NULL};
	return !lies_in(address, others);
}

bool
address_equal(const struct address *one, const struct address *other)
{
	return !memcmp(one->bytes, other->bytes, sizeof(one->bytes));
}

/* At most three digits and nothing else; -1 if it is not. */
static int
read_bits(const char *text, size_t length)
{
	int bits = 0;
	if (length < 1 || length > 3)
		return -1;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -1;
		bits = 10 * bits + (text[i] - '0');
	}
	return bits;
}

static void
clear_behind(struct address *address, unsigned bits)
{
	for (unsigned i = 0; i < ADDRESS_BYTES; i++) {
		unsigned kept = bits > 8 * i ? bits - 8 * i : 0;
		if (kept < 8)
			address->bytes[i] &= (uint8_t)(0xff00u >> kept);
	}
}

int
network_parse(const char *text, size_t length, struct network *ret_network)
{
	const char *slash = memchr(text, '/', length);
	size_t before = slash ? (size_t)(slash - text) : length;
	struct network network;
	int status = address_parse(text, before, &network.first);
	if (status)
		return status;
	/* "::ffff:192.0.2.0/120" counts its bits as it is written. */
	bool short_form = !memchr(text, ':', before);
	int most = short_form ? 8 * ADDRESS_BYTES - MAPPED_BITS : 8 * ADDRESS_BYTES;
	int bits = slash ? read_bits(slash + 1, length - before - 1) : most;
	if (bits < 0 || bits > most)
		return -EINVAL;
	network.bits = (uint8_t)(short_form ? bits + MAPPED_BITS : bits);
	clear_behind(&network.first, network.bits);
	*ret_network = network;
	return 0;
}

bool
network_has(const struct network *network, const struct address *address)
{
	struct address there = *address;
	clear_behind(&there, network->bits);
	return address_equal(&there, &network->first);
}
