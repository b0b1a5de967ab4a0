/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored mail: what the engine wants to know of it (STORED_WANTED), and what the steward heard
 * of some accounts (STORED). All that breaks a clause is told each time, so what is not told of
 * an account that is told whole is not there any more.
 */
#ifndef MODEL_STORED_H
#define MODEL_STORED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/wire.h"
#include "model/subject.h"

enum { LONGEST_STORED_TEXT = 320, MOST_STORED_MAILS = 4000, STORED_LABEL = 512 };

/* Mails are told that have more bytes than that and are older; ms. */
struct stored_wanted {
	bool wanted; /* any clause is about stored mail */
	int64_t size;
	int64_t age;
};

/* Where a mail is: as doveadm calls it, and the sign by which it is known again. */
struct stored_place {
	char user[256];
	char box[33]; /* its folder's GUID, 32 hexadecimal digits */
	uint32_t uid;
	char sign[17]; /* 16 hexadecimal digits */
};

struct stored_mail {
	struct stored_place place;
	int64_t size;	     /* bytes */
	int64_t saved;	     /* wall ms: when it came into its folder */
	uint32_t folder;     /* as the listed values of message.folder are numbered */
	int64_t attachments; /* -1: not looked for */
	const char *in;	     /* what its owner calls the folder */
	const char *subject; /* its author's words */
};

/* What came by a catch-all and is still stored. */
struct stored_catch_all {
	const char *domain;
	int64_t bytes;
};

struct stored_account {
	uint32_t account;
	uint32_t generation;
	bool whole;    /* nothing was left out */
	int64_t bytes; /* of all its mail */
	uint32_t mail_count;
	struct stored_mail *mails;
	uint32_t catch_all_count;
	struct stored_catch_all *catch_alls;
};

struct stored {
	bool works;	 /* whether it can be told at all */
	const char *why; /* why not; a line, or "" */
	int64_t wall;	 /* ms, when it was so */
	int64_t boot;	 /* likewise */
	uint32_t count;
	struct stored_account *accounts;
};

void stored_wanted_encode(const struct stored_wanted *wanted, struct str *out);
int stored_wanted_decode(
    const void *bytes, size_t length, struct stored_wanted *ret_wanted) must_use;

void stored_encode(const struct stored *stored, struct str *out);

/* In the arena. 0 or -EBADMSG. */
int stored_decode(
    const void *bytes, size_t length, struct arena *arena, struct stored *ret_stored) must_use;

/* Who it is about. A mail that lies elsewhere is another one. */
struct subject stored_subject(
    uint32_t account, uint32_t generation, const struct stored_place *place);


/*
 * What a mail is called in casefiles: "info@alice.example in Sent: Photos (3 MB, 2026-11-01)
 * [PLACE]"; and the place in such a label, 0 or -EINVAL. Subject and folder are strangers'
 * bytes, so it is read from its ends alone.
 */
void stored_label(const struct stored_mail *mail, struct str *out);
int stored_place_read(const char *label, struct stored_place *ret_place) must_use;

/* How much of the label is for people: without the place. */
size_t stored_label_words(const char *label);

#endif
