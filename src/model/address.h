/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Internet addresses and networks of them, both families in one form: an IPv4
 * address is its IPv4-mapped IPv6 address (RFC 4291, 2.5.5.2), so that a
 * visitor is the same one whichever socket heard him.
 */
#ifndef MODEL_ADDRESS_H
#define MODEL_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

enum { ADDRESS_BYTES = 16, ADDRESS_TEXT = 46 /* with its NUL */ };

struct address {
	uint8_t bytes[ADDRESS_BYTES];
};

struct network {
	struct address first; /* its other bits are 0 */
	uint8_t bits;	      /* of 128 */
};

/* An IPv4 address from its four bytes, as in struct in_addr. */
struct address address_of_v4(const void *bytes);

/* IPv4 or IPv6, length bytes of text and nothing else. 0 or -EINVAL. */
int address_parse(const char *text, size_t length, struct address *ret_address) must_use;

/* As inet_ntop(3) writes it; IPv4 without the mapping. */
void address_print(const struct address *address, char out[ADDRESS_TEXT]);

/*
 * The address by which one visitor is known: of IPv6 its network of 64 bits, in
 * which a host has as many addresses as it likes.
 */
struct address address_of_visitor(const struct address *address);

/* As address_print(); a network of 64 bits as such: 2001:db8::/64. */
void address_print_visitor(const struct address *visitor, char out[ADDRESS_TEXT]);

bool address_is_v4(const struct address *address);

/* Whether a host can have it and others reach it there: not loopback, link or multicast. */
bool address_is_hosts(const struct address *address);

bool address_equal(const struct address *one, const struct address *other);

/* ADDRESS or ADDRESS/BITS; bits behind the network's are ignored. 0 or -EINVAL. */
int network_parse(const char *text, size_t length, struct network *ret_network) must_use;

bool network_has(const struct network *network, const struct address *address);

#endif
