/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The values of a request's parameters, read as they come, whatever the pieces: from a query,
 * or from a body of a form (application/x-www-form-urlencoded, multipart/form-data), of JSON,
 * or of plain text. What a script would make of them is approached from above: a name counts as
 * a value, too; of files that are sent along their names do, and what is text.
 *
 * No heap and no clock; whatever a stranger sends, it is read once, byte by byte, and what is
 * wrong with it is passed over. It is also part of Apache's module.
 */
#ifndef FORMS_PARAMETERS_H
#define FORMS_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>

enum {
	PARAMETERS_LONGEST_BOUNDARY = 70,
	PARAMETERS_LONGEST_HEADER = 512,
	PARAMETERS_AT_ONCE = 256, /* bytes that are given together */
};

struct parameters_events {
	void (*bytes)(void *context, const char *bytes, size_t length);
	void (*end)(void *context); /* of a value */
};

enum parameters_kind {
	PARAMETERS_URLENCODED,
	PARAMETERS_MULTIPART,
	PARAMETERS_JSON,
	PARAMETERS_PLAIN,
};

struct parameters {
	const struct parameters_events *events;
	void *context;
	enum parameters_kind kind;
	char out[PARAMETERS_AT_ONCE]; /* of the value, to be given */
	size_t out_length;
	/* urlencoded: digits of "%41" that are still to come, and what they say so far; whether
	 * the value has begun. JSON: of "\u0041". */
	int digits;
	unsigned number;
	bool in_value;
	bool escaped;
	/* multipart */
	char delimiter[4 + PARAMETERS_LONGEST_BOUNDARY]; /* "\r\n--BOUNDARY" */
	size_t delimiter_length;
	size_t matched; /* bytes of it */
	enum {
		PART_NONE,	/* before the first one, or behind the last */
		PART_DELIMITED, /* on the line of the delimiter */
		PART_HEAD,
		PART_TEXT,
		PART_FILE, /* and no text */
	} part;
	char header[PARAMETERS_LONGEST_HEADER];
	size_t header_length; /* more than fits: it is cut */
	bool is_file;
};

/* events are borrowed. */
void parameters_begin_query(
    struct parameters *parameters, const struct parameters_events *events, void *context);

/* content_type: the header's value, NULL if there is none. false: a body of that type has no
 * parameters, and there is nothing to feed. */
bool parameters_begin_body(struct parameters *parameters, const char *content_type,
    const struct parameters_events *events, void *context);

void parameters_feed(struct parameters *parameters, const char *bytes, size_t length);

/* Nothing more comes. */
void parameters_end(struct parameters *parameters);

#endif
