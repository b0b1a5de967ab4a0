/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Facts as JSON, in the few shapes that every answer uses. Texts go through
 * escape_text() here, so a name that a customer chose cannot leave the engine
 * in any other form.
 */
#ifndef PROCS_ANSWER_JSON_H
#define PROCS_ANSWER_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "model/tables.h"

/* All give a new reference, never NULL (out of memory ends the process). */
json_t *json_shown(const char *text);	  /* NULL: null */
json_t *json_percent(int64_t hundredths); /* 1234 -> 12.34 */
json_t *json_moment(int64_t wall); /* "2027-01-31T14:03:07Z"; 0: null; INT64_MAX: "revoked" */
json_t *json_quantity(enum unit unit, int64_t value); /* for people: "14 %" */

/* Sets a member of an object, taking over the value. */
void json_set(json_t *object, const char *name, json_t *value);
void json_set_integer(json_t *object, const char *name, int64_t value);
void json_set_flag(json_t *object, const char *name, bool value);
void json_set_shown(json_t *object, const char *name, const char *text);

/* Appends to an array, taking over the value. */
void json_push(json_t *array, json_t *value);

json_t *json_new_object(void);
json_t *json_new_array(void);

#endif
