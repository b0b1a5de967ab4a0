/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON both ways by one description: a function that names the members of a
 * struct writes them into an object, or reads them out of one, so that the two
 * cannot drift apart. Texts and lists that are read live in the arena.
 */
#ifndef SITE_JSON_H
#define SITE_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* One object on its way. When something is wrong, wrong says what, and the rest means nothing.
 */
struct json {
	json_t *object;
	bool writing;
	struct arena *arena; /* reading */
	struct str *wrong;   /* empty as long as all is well */
};

/* One element of a list, or a member that is an object. */
typedef void json_members(struct json *json, void *item);

/* A member; a text that is absent is "", a number 0. */
void json_text(struct json *json, const char *name, const char **text);
void json_number(struct json *json, const char *name, int64_t *number);

/* A member written as one of some words; names gives the word of an index, below count. */
void json_word(struct json *json, const char *name, int *index, int count,
    const char *(*names)(int index));

void json_members_of(struct json *json, const char *name, json_members *members, void *item);

/* Items of that size, of which *items (a pointer) holds *count. */
void json_list(struct json *json, const char *name, json_members *members, size_t size,
    void *items_pointer, size_t *count);
void json_texts(struct json *json, const char *name, const char ***texts, size_t *count);

/* All of an object as bytes; and back: 0 or -EINVAL. A list that lies in the object itself has
 * an element a line. */
void json_encode(json_members *members, const void *item, struct str *out);
int json_decode(const void *bytes, size_t length, struct arena *arena, json_members *members,
    void *item, struct str *ret_wrong) must_use;

#endif
