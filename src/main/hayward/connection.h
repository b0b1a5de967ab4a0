/* SPDX-License-Identifier: Apache-2.0 */
/* A conversation with the running hayward over its socket; docs/control.md has the protocol. */
#ifndef MAIN_HAYWARD_CONNECTION_H
#define MAIN_HAYWARD_CONNECTION_H

#include <jansson.h>

#include "base/str.h"
#include "main/hayward/arguments.h"
#include "main/hayward/view.h"
#include "model/request.h"

struct connection;

/* 0; else -errno and ret_why in words. connection_free() it. */
int connection_open(
    const char *path, struct str *ret_why, struct connection **ret_connection) must_use;
void connection_free(struct connection *connection);

struct reply_read {
	enum answer_status status;
	const char *text; /* in whole's memory */
	const json_t *data;
	json_t *whole; /* json_decref() it */
};

/* Asks, taking over the question, and waits for the answer; -errno if it does not come. */
int connection_ask(
    struct connection *connection, json_t *question, struct reply_read *ret_reply) must_use;

/* A question without members: {"ask": name}. */
json_t *question_new(enum ask ask) must_use;

/*
 * Adds a text that was given (NULL: none was). One that is no UTF-8 cannot be asked:
 * ANSWER_USAGE, it is said, and the question is gone.
 */
int question_add_text(const struct arguments *arguments, json_t *question, const char *member,
    const char *text) must_use;

/* Makes text for people of an answer's data. */
typedef void answer_view(const json_t *data, const struct look *look, struct str *out);

/*
 * A whole command: asks (taking over the question), shows the answer by view
 * or, after --json, as it came; complaints go to standard error. Gives the
 * exit status. view NULL: the answer's words are all there is to show.
 */
int ask_and_show(const struct arguments *arguments, json_t *question, answer_view *view);

/* As above, but gives the data to the caller instead of showing it; json_decref() it. */
int ask_for_data(const struct arguments *arguments, json_t *question, json_t **ret_data);

/* Shows data by view or, after --json, as it is. */
void show_data(const struct arguments *arguments, const json_t *data, answer_view *view);

/* Prints data as indented JSON, as --json does. */
void print_json(const json_t *data);

#endif
