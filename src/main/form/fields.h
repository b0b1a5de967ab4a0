/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields that a visitor filled in, from the body of his request: urlencoded or
 * multipart/form-data. All of it is a stranger's; it is bounded, and has no NUL.
 */
#ifndef MAIN_FORM_FIELDS_H
#define MAIN_FORM_FIELDS_H

#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"

enum {
	FORM_LARGEST_REQUEST = 256 * 1024, /* bytes, as it is sent */
	FORM_LARGEST_TEXT = 64 * 1024,	   /* of all names and values together */
	FORM_MOST_VALUES = 64,
};

struct form_value {
	const char *name; /* 1 to FORM_LONGEST_NAME bytes */
	const char *text; /* bytes without NUL, whatever else they are */
};

struct form_fields {
	struct form_value values[FORM_MOST_VALUES];
	size_t count;
	size_t bytes;
	struct arena *arena; /* in which they live */
};

/*
 * Reads a body of that Content-Type. 0; else ret_why, a constant sentence for the visitor, and
 * -EINVAL: it is none; -EFBIG: it is too much; -EOPNOTSUPP: another type, or there is a file.
 */
int form_fields_read(const char *type, const struct str *body, struct arena *arena,
    struct form_fields *ret_fields, const char **ret_why) must_use;

/* The value of that name, "" if there is none. */
const char *form_field(const struct form_fields *fields, const char *name);

/* How many have that name. */
size_t form_field_count(const struct form_fields *fields, const char *name);

/* For the readers of the two types. Adds a field; statuses as above. */
int form_fields_add(struct form_fields *fields, const struct str *name, const struct str *text,
    const char **ret_why) must_use;
int form_multipart_read(const char *type, const struct str *body, struct form_fields *fields,
    const char **ret_why) must_use;

#endif
