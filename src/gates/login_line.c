/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/login_line.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct {
	const char *name;
	size_t count; /* of words behind it */
} lines[] = {
    [LOGIN_HELLO] = {"hello", 4},
    [LOGIN_CLIENT] = {"client", 1},
    [LOGIN_SELECT] = {"select", 1},
    [LOGIN_HOLD] = {"hold", 1},
    [LOGIN_LEAVE] = {"leave", 0},
    [LOGIN_ALIVE] = {"alive", 0},
    [LOGIN_DEAD] = {"dead", 0},
};

int
login_line_read(char *line, struct login_line *ret_line)
{
	char *rest = line, *first = strsep(&rest, "\t");
	size_t count = 0;
	*ret_line = (struct login_line){.word = LOGIN_LEAVE};
	for (char *word; (word = strsep(&rest, "\t"));) {
		if (count == MOST_LOGIN_WORDS)
			return -EBADMSG;
		ret_line->words[count++] = word;
	}
	for (size_t i = 0; i < array_length(lines); i++) {
		if (strcmp(first, lines[i].name) != 0)
			continue;
		ret_line->word = (enum login_word)i;
		return count == lines[i].count ? 0 : -EBADMSG;
	}
	return -EBADMSG;
}
