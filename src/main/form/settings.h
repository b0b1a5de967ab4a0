/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a form's owner wrote into its file: one item a line, words as in hayward.conf,
 * settings.def has them all. The first line, which names this program, is a comment.
 */
#ifndef MAIN_FORM_SETTINGS_H
#define MAIN_FORM_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "config/words.h"

/* Fields that mean something; all others are lines of the mail. */
#define FORM_TO	      "to"
#define FORM_REPLY_TO "reply-to"
#define FORM_MESSAGE  "message"

enum {
	FORM_MOST_RECIPIENTS = 100,
	FORM_MOST_ADDRESSES = 20, /* of one recipient */
	FORM_MOST_FIELDS = 64,
	FORM_LONGEST_NAME = 64,	 /* bytes of an alias or the name of a field */
	FORM_LONGEST_LINE = 200, /* bytes of a subject or a label */
};

struct form_recipient {
	const char *alias; /* all that a visitor gets to see */
	const char *addresses[FORM_MOST_ADDRESSES];
	size_t count;
};

struct form_field {
	const char *name;
	const char *label; /* on our own page */
};

/* So many within so many ms. */
struct form_rate {
	int64_t most;
	int64_t period;
};

struct form_settings {
	struct form_recipient *recipients; /* one at least */
	size_t recipient_count;
	const char *from;
	const char *subject;
	const char *title;
	const char *button;
	const char *thanks; /* a text, or a path of the same site: form_thanks_is_path() */
	struct form_field fields[FORM_MOST_FIELDS];
	size_t field_count;
	const char *needed[FORM_MOST_FIELDS];
	size_t needed_count;
	const char *honeypot; /* name of the field that people do not see; NULL: none */
	struct form_rate per_visitor;
	struct form_rate per_form;
};

/* Texts live in the arena; settings are good for use only if diag has no error. */
struct form_settings form_settings_read(
    const struct source *source, struct arena *arena, struct diag *diag) must_use;

/* NULL: there is nobody of that alias. */
const struct form_recipient *form_recipient_find(
    const struct form_settings *settings, const char *alias);

/* The label of a field on our page, or its name. */
const char *form_label(const struct form_settings *settings, const char *name);

bool form_thanks_is_path(const struct form_settings *settings);

/* N/TIME: 5/h, 20/1d, 3/10m; from a minute to a day, at most 1000. 0 or -EINVAL. */
int form_rate_read(const char *text, struct form_rate *ret_rate) must_use;

#endif
