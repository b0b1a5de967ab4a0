/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is guarded: the lists of hayward.conf, and whether a path is in one.
 * Of several that contain a path the longest decides, so that `!/etc/sites` is
 * free within `/etc`.
 */
#ifndef MODEL_GUARDED_H
#define MODEL_GUARDED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/str.h"

enum { MOST_GUARDED = 64, LONGEST_GUARDED = 255 };

struct guarded_place {
	size_t length;
	bool free; /* it was behind a '!' */
	char path[LONGEST_GUARDED + 1];
};

struct guarded {
	size_t count;
	struct guarded_place places[MOST_GUARDED];
};

/* Whether the text is such a list; with_free: whether it may have paths behind a '!'. */
bool guarded_are_fine(const char *text, bool with_free);

/* Reads a list; words that are none are passed over. */
void guarded_parse(const char *text, struct guarded *ret_guarded);

/* Whether the clean absolute path is one of them, or lies below one. */
bool guarded_has(const struct guarded *guarded, const char *path);

/*
 * Puts a name into the clean absolute form, by its text alone: links are not
 * followed. folder is where a name that is not absolute leads from; "" leads
 * nowhere and gives "". `/proc/self/root` and the like lead to the root.
 */
void path_clean(struct str *out, const char *folder, const char *name);

#endif
