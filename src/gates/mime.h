/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of a message, found in its bytes as they are: where each begins and ends, what it
 * calls itself. Nothing is decoded but names, nothing is copied but what is told, and whatever
 * the author of the message wrote, the walk ends: so deep, so many parts, so long a header.
 */
#ifndef GATES_MIME_H
#define GATES_MIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	MIME_DEEPEST = 16,	 /* a part within so many others is told as a whole */
	MIME_MOST_PARTS = 1000,	 /* further ones are not told */
	MIME_LONGEST_NAME = 255, /* bytes; what is longer is cut */
};

/* A part that has no parts, or is not looked into. Valid during the call. */
struct mime_part {
	uint32_t number;   /* in the order of the message, from 1 */
	uint32_t depth;	   /* 0: the message itself */
	const char *start; /* its headers, in the bytes that were given */
	size_t length;	   /* with its headers */
	size_t body;	   /* where its body begins, from start */
	char type[64];	   /* "text/plain": lower case, letters of a token alone */
	char encoding[32]; /* likewise; "" if it names none */
	char name[MIME_LONGEST_NAME + 1]; /* of its file; the author's own bytes; "" if none */
	char within[64];		  /* type of the part that it is one of; "" if of none */
	bool attached;			  /* it says so, or has a name */
	bool set_aside;			  /* it says so: Content-Disposition: attachment */
	bool inlined;			  /* it says that it is shown with the text */
	bool referred;			  /* it has a Content-ID, by which others show it */
	bool signed_over;		  /* a signature is about it, or about one that it is in */
};

typedef void mime_visit(void *context, const struct mime_part *part);

/*
 * Visits the parts of a message. false: it had more, deeper or longer ones than are looked
 * into, so that something was told as a whole or not at all.
 */
bool mime_walk(const char *message, size_t length, mime_visit *visit, void *context);

#endif
