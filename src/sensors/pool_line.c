/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/pool_line.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>

enum {
	NS_PER_US = 1000,
	HUNDREDTHS = 100 * 100, /* of a percent, in a whole */
	LONGEST_NUMBER = 15,	/* digits */
};

struct rest {
	const char *at;
	const char *end;
};

static bool
take_number(struct rest *rest, uint64_t *ret_number)
{
	const char *begin = rest->at;
	*ret_number = 0;
	for (; rest->at < rest->end && isdigit((unsigned char)*rest->at); rest->at++) {
		if (rest->at - begin == LONGEST_NUMBER)
			return false;
		*ret_number = *ret_number * 10 + (uint64_t)(*rest->at - '0');
	}
	return rest->at > begin;
}

static bool
take_char(struct rest *rest, char wanted)
{
	bool there = rest->at < rest->end && *rest->at == wanted;
	rest->at += there;
	return there;
}

/* "12.34": hundredths of a percent. */
static bool
take_percent(struct rest *rest, uint64_t *ret_hundredths)
{
	uint64_t whole, part;
	if (!take_number(rest, &whole) || !take_char(rest, '.'))
		return false;
	const char *begin = rest->at;
	if (!take_number(rest, &part) || rest->at - begin != 2)
		return false;
	*ret_hundredths = whole * 100 + part;
	return *ret_hundredths < (uint64_t)HUNDREDTHS * 1024; /* of so many threads */
}

int
pool_line_parse(const char *line, size_t length, struct pool_line *ret_line)
{
	struct rest rest = {line, line + length};
	uint64_t us, hundredths;
	if (!take_number(&rest, &us) || !take_char(&rest, ' ') ||
	    !take_percent(&rest, &hundredths) || !take_char(&rest, ' ') ||
	    !take_number(&rest, &ret_line->memory) || !take_char(&rest, ' ') ||
	    rest.at == rest.end || *rest.at != '/')
		return -EINVAL;
	ret_line->cpu_ns =
	    (uint64_t)((unsigned __int128)us * NS_PER_US * hundredths / HUNDREDTHS);
	ret_line->script = rest.at;
	ret_line->script_length = (size_t)(rest.end - rest.at);
	return 0;
}
