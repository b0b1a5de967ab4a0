/* SPDX-License-Identifier: Apache-2.0 */
/* A line of the access log of a pool of PHP-FPM, in the one format that tells what is wanted. */
#ifndef SENSORS_POOL_LINE_H
#define SENSORS_POOL_LINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

/*
 * As php-fpm.conf's access.format. The processor time comes as a percentage of the time that
 * the request took, and is counted by the process's clock ticks, ten milliseconds each: of many
 * requests the sum is right, of one it is not.
 */
#define POOL_LINE_FORMAT "%{micro}d %{total}C %{bytes}M %f"

struct pool_line {
	uint64_t cpu_ns;
	uint64_t memory; /* bytes that PHP held at most */
	const char *script; /* absolute; in the line, script_length bytes of it */
	size_t script_length;
};

/* 0 or -EINVAL. */
int pool_line_parse(const char *line, size_t length, struct pool_line *ret_line) must_use;

#endif
