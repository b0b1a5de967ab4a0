/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a message as it comes in, header by header and chunk by chunk, put together in a
 * file that lies in memory and can be handed to who looks into it. What the mail server has
 * taken off (the line ends of headers) is put on again; its own `Received:` is not there.
 * MAIL_TEXT_BEGIN stands before it: scanners look for the parts of what they take for a mail,
 * and some first headers do not look like one.
 */
#ifndef GATES_MAIL_TEXT_H
#define GATES_MAIL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

#define MAIL_TEXT_BEGIN "From hayward\r\n"

struct mail_body;
struct mail_text;

/* An empty message; it never fails to begin, but may to end. */
struct mail_text *mail_text_new(void) must_use;
void mail_text_free(struct mail_text *text);

/* value: what is behind the colon, lines within it by \n. */
void mail_text_header(struct mail_text *text, const char *name, const char *value);
void mail_text_end_headers(struct mail_text *text);
void mail_text_body(struct mail_text *text, const void *bytes, size_t length);

/*
 * All of it as a descriptor, which stays the message's; -errno: some of it could not be kept,
 * and nobody may take what there is for the whole.
 */
int mail_text_file(struct mail_text *text) must_use;

/* Bytes so far, as they lie in the file: with what stands before the message. */
uint64_t mail_text_size(const struct mail_text *text);

/* What stood in Message-ID, the first of several; "" if there was none. */
const char *mail_text_id(const struct mail_text *text);

/* Whether it calls itself a report, RFC 6522. */
bool mail_text_is_report(const struct mail_text *text);

/* The first pass that it came with, as its headers have it; "" if there was none. */
const char *mail_text_pass(const struct mail_text *text);

/* What a pass is sealed with; see mail_pass.h. */
struct mail_body *mail_text_sealed(struct mail_text *text);

/* How many headers of that name came: case does not matter. Of those below. */
uint32_t mail_text_count(const struct mail_text *text, const char *name);

/* Headers that only the gate writes: whoever sends them forges them. */
#define MAIL_TEXT_SENDER "X-Hayward-Sender"
#define MAIL_TEXT_PASS	 "X-Hayward-Pass"

#endif
