/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The post room: notices in, mail out, by SMTP to the relay or as files into a
 * folder. Each notice is kept in memory until it is delivered or refused for
 * good; the engine repeats what was neither after a restart, and the
 * Message-ID, made from the notice's id, stays the same.
 */
#ifndef ACTIONS_POST_H
#define ACTIONS_POST_H

#include "model/answer_tag.h"
#include "model/config.h"
#include "model/notice.h"

struct event_base;
struct post;

struct post_settings {
	const struct config *config; /* borrowed until post_set_config() or post_free() */
	struct event_base *base;     /* borrowed */
	const uint8_t *key; /* borrowed; of tags in answers, ANSWER_KEY_SIZE; NULL: none */
	/* Told what came of each notice: delivered, refused for good, or late for now. */
	void (*report)(void *context, const struct delivery *delivery);
	void *context;
	int64_t first_wait; /* ms before the second try; 0: a minute */
	int patience;	    /* s for each of the relay's answers; 0: as RFC 5321 says */
};

/* Reads the templates, as post_set_config(). */
struct post *post_new(const struct post_settings *settings) must_use;
void post_free(struct post *post);

/*
 * Takes new settings. What is wrong with the templates that they name is
 * logged with its place; a kind whose template cannot be used is sent in plain
 * built-in words, for an owner must hear in any case.
 */
void post_set_config(struct post *post, const struct config *config);

/* Takes another key (NULL: none); it counts from the next post_set_config() on. */
void post_set_key(struct post *post, const uint8_t *key);

/* What tags in answers are verified with. */
const struct answer_seal *post_seal(const struct post *post);

/* Takes a notice for delivery; one that was delivered before is only reported again. */
void post_send(struct post *post, const struct notice *notice);

/* Notices not yet delivered. */
size_t post_waiting(const struct post *post);

#endif
