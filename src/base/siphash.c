/* SPDX-License-Identifier: Apache-2.0 */
#include "base/siphash.h"

#include <string.h>

static uint64_t
load64(const unsigned char *bytes)
{
	uint64_t value;
	memcpy(&value, bytes, sizeof(value));
	return value;
}

static uint64_t
rotate(uint64_t value, int bits)
{
	return value << bits | value >> (64 - bits);
}

static void
sip_rounds(uint64_t v[4], int rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[0] = rotate(v[0], 32);
		v[2] += v[3];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] += v[3];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] += v[1];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[2] = rotate(v[2], 32);
	}
}

uint64_t
siphash(const uint8_t key[16], const void *bytes, size_t length)
{
	uint64_t k0 = load64(key), k1 = load64(key + 8);
	uint64_t v[4] = {
	    k0 ^ 0x736f6d6570736575u,
	    k1 ^ 0x646f72616e646f6du,
	    k0 ^ 0x6c7967656e657261u,
	    k1 ^ 0x7465646279746573u,
	};
	const unsigned char *at = bytes;
	size_t left = length;
	for (; left >= 8; left -= 8, at += 8) {
		uint64_t word = load64(at);
		v[3] ^= word;
		sip_rounds(v, 2);
		v[0] ^= word;
	}
	uint64_t last = (uint64_t)length << 56;
	for (size_t i = 0; i < left; i++)
		last |= (uint64_t)at[i] << (8 * i);
	v[3] ^= last;
	sip_rounds(v, 2);
	v[0] ^= last;
	v[2] ^= 0xff;
	sip_rounds(v, 4);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
