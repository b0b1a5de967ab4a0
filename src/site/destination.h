/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A destination that a customer may call by an opening in the port rules, as one text:
 * "ROLE ADDRESS PORT/tcp". Whoever asks for it writes it in pieces; from there on the
 * text is in one form only.
 */
#ifndef SITE_DESTINATION_H
#define SITE_DESTINATION_H

#include "base/arena.h"
#include "site/book.h"

/* role "": shell. 0, or -EINVAL and why in words. */
int site_destination_parse(const char *role, const char *address, const char *port,
    struct str *ret_text, struct str *ret_why) must_use;

/* The opening of such a text, without its end. -EINVAL: it is none. */
int site_destination_read(
    const char *text, struct arena *arena, struct book_opening *ret_opening) must_use;

#endif
