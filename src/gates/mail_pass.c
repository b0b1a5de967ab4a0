/* SPDX-License-Identifier: Apache-2.0 */
#include "gates/mail_pass.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <nettle/hmac.h>
#include <nettle/memops.h>

#define PURPOSE "hayward pass 1"

enum { SEAL_DIGITS = 2 * SHA256_DIGEST_SIZE, LATER = 300 /* s: clocks that differ */ };

void
mail_body_begin(struct mail_body *body)
{
	sha256_init(&body->digest);
}

void
mail_body_add(struct mail_body *body, const void *bytes, size_t length)
{
	static const char blanks[] = " \t\r\n";
	const char *text = bytes;
	for (size_t from = 0, at = 0; at <= length; at++) {
		if (at < length && !memchr(blanks, text[at], sizeof(blanks) - 1))
			continue;
		if (at > from)
			sha256_update(&body->digest, at - from, (const uint8_t *)text + from);
		from = at + 1;
	}
}

static void
add_words(const struct mail_pass *pass, struct str *out)
{
	str_addf(out, "uid=%" PRIu32 "; at=%" PRId64 "; reference=%s", pass->uid, pass->at,
	    pass->reference);
}

static void
make_seal(const uint8_t key[MAIL_PASS_KEY], const struct str *words, struct mail_body *body,
    char ret_seal[SEAL_DIGITS + 1])
{
	uint8_t digest[SHA256_DIGEST_SIZE], code[SHA256_DIGEST_SIZE];
	struct hmac_sha256_ctx context;
	sha256_digest(&body->digest, sizeof(digest), digest);
	hmac_sha256_set_key(&context, MAIL_PASS_KEY, key);
	hmac_sha256_update(&context, sizeof(PURPOSE), (const uint8_t *)PURPOSE);
	hmac_sha256_update(&context, sizeof(digest), digest);
	hmac_sha256_update(&context, words->length, (const uint8_t *)str_text(words));
	hmac_sha256_digest(&context, sizeof(code), code);
	for (size_t i = 0; i < sizeof(code); i++)
		snprintf(ret_seal + 2 * i, 3, "%02x", code[i]);
}

void
mail_pass_write(const uint8_t key[MAIL_PASS_KEY], const struct mail_pass *pass,
    struct mail_body *body, struct str *out)
{
	char seal[SEAL_DIGITS + 1];
	auto_str words = {0};
	add_words(pass, &words);
	make_seal(key, &words, body, seal);
	str_addf(out, "%s; seal=%s", str_text(&words), seal);
}

static bool
is_reference(const char *text)
{
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && *text != '-')
			return false;
	return true;
}

/* A header may have been folded on its way: any blanks are between its words. */
static bool
parse(const char *value, struct mail_pass *pass, char seal[SEAL_DIGITS + 1])
{
	int end = 0;
	return sscanf(value,
		   " uid=%" SCNu32 "; at=%" SCNd64 "; reference=%23[^; \t\r\n]; seal=%64[0-9a-f] %n",
		   &pass->uid, &pass->at, pass->reference, seal, &end) == 4 &&
	       end > 0 && !value[end] && is_reference(pass->reference);
}

bool
mail_pass_read(const uint8_t key[MAIL_PASS_KEY], const char *value, int64_t now,
    struct mail_body *body, struct mail_pass *ret_pass)
{
	char seal[SEAL_DIGITS + 1] = "", fitting[SEAL_DIGITS + 1];
	auto_str words = {0};
	*ret_pass = (struct mail_pass){0};
	bool parsed = parse(value, ret_pass, seal);
	if (parsed)
		add_words(ret_pass, &words);
	make_seal(key, &words, body, fitting);
	return parsed && strlen(seal) == SEAL_DIGITS && memeql_sec(seal, fitting, SEAL_DIGITS) &&
	       ret_pass->at <= now + LATER && now - ret_pass->at <= MAIL_PASS_LASTS;
}
