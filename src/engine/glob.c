/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One way back is remembered for `*` and one for `**`: the latest of each is
 * enough, since an earlier star could only eat more of the same. Time is at
 * most the product of the lengths.
 */
#include "engine/glob.h"

#include <stddef.h>

struct way_back {
	const char *glob; /* behind the star; NULL: none */
	const char *text; /* where it has eaten up to */
};

static bool
go_back(struct way_back *star, const char **glob, const char **text, bool crosses)
{
	if (!star->glob || !*star->text || (!crosses && *star->text == '/'))
		return false;
	*glob = star->glob;
	*text = ++star->text;
	return true;
}

bool
glob_matches(const char *glob, const char *text)
{
	struct way_back star = {0}, stars = {0};
	for (;;) {
		if (glob[0] == '*' && glob[1] == '*') {
			glob += 2;
			stars = (struct way_back){glob, text};
			star.glob = NULL;
		} else if (*glob == '*') {
			star = (struct way_back){++glob, text};
		} else if (*text && (*glob == *text || (*glob == '?' && *text != '/'))) {
			glob++;
			text++;
		} else if (!*text && !*glob) {
			return true;
		} else if (!go_back(&star, &glob, &text, false)) {
			star.glob = NULL;
			if (!go_back(&stars, &glob, &text, true))
				return false;
		}
	}
}
