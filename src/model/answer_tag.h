/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signed tag in the address that a notice is answered to,
 * hayward+CASE.TAG@web1.example: who sends it back has had a notice of that case.
 *
 * SECURITY: an address is no secret to the mail systems on its way, and a From
 * can say anything. The tag proves that the writer has seen the notice, not
 * more; so all that it is good for is to say something in that one case.
 */
#ifndef MODEL_ANSWER_TAG_H
#define MODEL_ANSWER_TAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

enum {
	ANSWER_KEY_SIZE = 32,
	ANSWER_TAG_SIZE = 25, /* 120 bits of HMAC-SHA256 in base32, lower case, and a NUL */
	LONGEST_ANSWER_HOST = 256,
	LONGEST_ANSWER_LOCAL = 18, /* so that 64 bytes (RFC 5321) hold +CASE.TAG, too */
};

/* What tags are made with. The host is part of it: a copied machine is another one. */
struct answer_seal {
	bool known; /* false: no tag can be made, and none fits */
	uint8_t key[ANSWER_KEY_SIZE];
	char host[LONGEST_ANSWER_HOST];
};

/* What a tag is about. The generation: a name that was given anew is somebody else. */
struct answer_matter {
	uint64_t case_number; /* 0: about no case, so there is no tag */
	uint32_t account;
	uint32_t generation;
};

/* The tag of that case; the seal must be known. */
void answer_tag_make(const struct answer_seal *seal, const struct answer_matter *matter,
    char ret_tag[ANSWER_TAG_SIZE]);

/* Whether it is the tag of that case, found out in a time that tells nothing of it. */
bool answer_tag_fits(
    const struct answer_seal *seal, const struct answer_matter *matter, const char *tag);

/* Whether answers can go to that address: LOCAL@HOST, LOCAL short and without a '+'. */
bool answer_address_is_fine(const char *address);

/*
 * Appends LOCAL+CASE.TAG@HOST for that address, which must be fine; nothing
 * if the seal is not known or the matter is no case.
 */
void answer_address_add(const char *address, const struct answer_seal *seal,
    const struct answer_matter *matter, struct str *out);

/*
 * Finds "+CASE.TAG@" anywhere in a text: the first one, in lower case.
 * -ENOENT: there is none.
 */
int answer_tag_find(
    const char *text, uint64_t *ret_case, char ret_tag[ANSWER_TAG_SIZE]) must_use;

/* A seal that travels from one process to another. */
void answer_seal_encode(const struct answer_seal *seal, struct str *out);
int answer_seal_decode(const void *bytes, size_t length, struct answer_seal *ret_seal) must_use;

#endif
