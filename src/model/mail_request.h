/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a visitor's request had to do with a mail that a script sent while it answered it.
 * Nothing of what he wrote is in here: who and what there was is told by hashes.
 */
#ifndef MODEL_MAIL_REQUEST_H
#define MODEL_MAIL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "base/wire.h"
#include "model/wording.h"

enum { MAIL_REQUEST_MOST_STRANGERS = 16 };

struct mail_request {
	uint64_t id;	  /* of the request; 0: the mail came of none that is known */
	uint64_t visitor; /* where he asked from */
	uint64_t script;  /* which he asked, see mail_request_script() */
	bool is_known;	  /* the web server has asked him for a password */
	bool has_cookie;  /* the script may know him */
	bool has_text;	  /* most of what the mail says he wrote */
	bool is_forms;	  /* most of what it says he did not write, or the form always says */
	bool to_house;	  /* it went also, or only, to whom he did not name, or to the owner */
	bool has_added;	  /* some he added by headers of his own, within a value */
	struct wording wording; /* what of the mail he wrote */
	uint32_t stranger_count;
	/* mailed_hash() of who got it because he named them */
	uint64_t strangers[MAIL_REQUEST_MOST_STRANGERS];
};

/* A script by the name of its file: path with folders or without. */
uint64_t mail_request_script(const char *path);

void mail_request_encode(const struct mail_request *request, struct str *out);
struct mail_request mail_request_decode(struct wire_reader *reader);

#endif
