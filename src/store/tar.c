/* SPDX-License-Identifier: Apache-2.0 */
#include "store/tar.h"

#include <stdio.h>
#include <string.h>

#include "base/log.h"

enum { BLOCK = 512 };

/* The header of ustar, see pax(1); numbers are octal texts. */
struct tar_header {
	char name[100];
	char mode[8];
	char owner[8];
	char group[8];
	char size[12];
	char modified[12];
	char checksum[8];
	char type;
	char link[100];
	char magic[6];
	char version[2];
	char owner_name[32];
	char group_name[32];
	char device_major[8];
	char device_minor[8];
	char prefix[155];
	char padding[12];
};

_Static_assert(sizeof(struct tar_header) == BLOCK, "a header is one block");

static void
put_octal(char *field, size_t size, uint64_t value)
{
	char digits[32];
	snprintf(digits, sizeof(digits), "%0*llo", (int)size - 1, (unsigned long long)value);
	memcpy(field, digits, size);
}

/* The checksum is over the header with blanks in its own place. */
static void
set_checksum(struct tar_header *header)
{
	unsigned sum = 0;
	memset(header->checksum, ' ', sizeof(header->checksum));
	for (size_t i = 0; i < sizeof(*header); i++)
		sum += ((const unsigned char *)header)[i];
	put_octal(header->checksum, sizeof(header->checksum) - 1, sum);
}

static void
pad(struct str *out, size_t count)
{
	static const char zeroes[BLOCK];
	str_add_bytes(out, zeroes, count);
}

void
tar_add(struct str *out, const char *name, const void *bytes, size_t length, int64_t modified)
{
	struct tar_header header = {.type = '0', .magic = "ustar", .version = {'0', '0'}};
	if (strlen(name) > LONGEST_TAR_NAME)
		panic("'%s' is too long for an archive", name);
	memcpy(header.name, name, strlen(name));
	put_octal(header.mode, sizeof(header.mode), 0400);
	put_octal(header.owner, sizeof(header.owner), 0);
	put_octal(header.group, sizeof(header.group), 0);
	put_octal(header.size, sizeof(header.size), length);
	put_octal(header.modified, sizeof(header.modified),
	    modified > 0 ? (uint64_t)modified / 1000 : 0);
	set_checksum(&header);
	str_add_bytes(out, &header, sizeof(header));
	if (length)
		str_add_bytes(out, bytes, length);
	pad(out, (BLOCK - length % BLOCK) % BLOCK);
}

void
tar_end(struct str *out)
{
	pad(out, BLOCK);
	pad(out, BLOCK);
}
