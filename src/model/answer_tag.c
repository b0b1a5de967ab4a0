/* SPDX-License-Identifier: Apache-2.0 */
#include "model/answer_tag.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <nettle/hmac.h>
#include <nettle/memops.h>

#include "base/wire.h"

#define PURPOSE "hayward answer 1"

enum {
	TAG_BYTES = 15, /* makes 24 digits of base32 without a rest */
	DIGIT_BITS = 5,
	MOST_DIGITS_OF_CASE = 19,
};

static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";

static void
add_base32(const uint8_t bytes[TAG_BYTES], char *out)
{
	uint32_t held = 0;
	unsigned bits = 0;
	for (size_t i = 0; i < TAG_BYTES; i++) {
		held = held << 8 | bytes[i];
		for (bits += 8; bits >= DIGIT_BITS; bits -= DIGIT_BITS)
			*out++ = digits[held >> (bits - DIGIT_BITS) & 31];
	}
	*out = '\0';
}

void
answer_tag_make(const struct answer_seal *seal, const struct answer_matter *matter,
    char ret_tag[ANSWER_TAG_SIZE])
{
	auto_str signed_words = {0};
	uint8_t code[TAG_BYTES];
	struct hmac_sha256_ctx context;
	/* Each text with its length, so that no two matters sign the same bytes. */
	wire_put_text(&signed_words, PURPOSE);
	wire_put_text(&signed_words, seal->host);
	wire_put_u64(&signed_words, matter->case_number);
	wire_put_u32(&signed_words, matter->account);
	wire_put_u32(&signed_words, matter->generation);
	hmac_sha256_set_key(&context, sizeof(seal->key), seal->key);
	hmac_sha256_update(
	    &context, signed_words.length, (const uint8_t *)str_text(&signed_words));
	hmac_sha256_digest(&context, sizeof(code), code);
	add_base32(code, ret_tag);
}

bool
answer_tag_fits(
    const struct answer_seal *seal, const struct answer_matter *matter, const char *tag)
{
	char fitting[ANSWER_TAG_SIZE];
	if (!seal->known || !matter->case_number || strlen(tag) != ANSWER_TAG_SIZE - 1)
		return false;
	answer_tag_make(seal, matter, fitting);
	return memeql_sec(fitting, tag, ANSWER_TAG_SIZE);
}

bool
answer_address_is_fine(const char *address)
{
	const char *at = strchr(address, '@');
	size_t local = at ? (size_t)(at - address) : 0;
	if (!local || local > LONGEST_ANSWER_LOCAL || !at[1] ||
	    strlen(at + 1) >= LONGEST_ANSWER_HOST)
		return false;
	for (const char *byte = address; *byte; byte++) {
		bool plain = isalnum((unsigned char)*byte) || strchr(".-_", *byte);
		if (byte != at && !plain)
			return false;
	}
	return true;
}

void
answer_address_add(const char *address, const struct answer_seal *seal,
    const struct answer_matter *matter, struct str *out)
{
	char tag[ANSWER_TAG_SIZE];
	size_t local = strcspn(address, "@");
	if (!seal->known || !matter->case_number)
		return;
	answer_tag_make(seal, matter, tag);
	str_add_bytes(out, address, local);
	str_addf(out, "+%" PRIu64 ".%s%s", matter->case_number, tag, address + local);
}

/* What stands behind a '+'. */
static bool
read_tag(const char *text, uint64_t *ret_case, char ret_tag[ANSWER_TAG_SIZE])
{
	uint64_t number = 0;
	size_t length = strspn(text, "0123456789");
	if (!length || length > MOST_DIGITS_OF_CASE || text[length] != '.')
		return false;
	for (size_t i = 0; i < length; i++)
		number = number * 10 + (uint64_t)(text[i] - '0');
	const char *tag = text + length + 1;
	for (size_t i = 0; i < ANSWER_TAG_SIZE - 1; i++) {
		int byte = tolower((unsigned char)tag[i]);
		if (!byte || !strchr(digits, byte))
			return false;
		ret_tag[i] = (char)byte;
	}
	ret_tag[ANSWER_TAG_SIZE - 1] = '\0';
	*ret_case = number;
	return number && tag[ANSWER_TAG_SIZE - 1] == '@';
}

int
answer_tag_find(const char *text, uint64_t *ret_case, char ret_tag[ANSWER_TAG_SIZE])
{
	char tag[ANSWER_TAG_SIZE];
	uint64_t number;
	for (const char *plus = strchr(text, '+'); plus; plus = strchr(plus + 1, '+'))
		if (read_tag(plus + 1, &number, tag)) {
			memcpy(ret_tag, tag, sizeof(tag));
			*ret_case = number;
			return 0;
		}
	return -ENOENT;
}

void
answer_seal_encode(const struct answer_seal *seal, struct str *out)
{
	wire_put_u8(out, seal->known);
	wire_put_bytes(out, seal->key, sizeof(seal->key));
	wire_put_text(out, seal->host);
}

int
answer_seal_decode(const void *bytes, size_t length, struct answer_seal *ret_seal)
{
	struct wire_reader reader = wire_read(bytes, length);
	struct answer_seal seal = {.known = wire_get_u8(&reader) != 0};
	size_t key_length = 0;
	const void *key = wire_get_bytes(&reader, sizeof(seal.key), &key_length);
	wire_get_text_into(&reader, seal.host, sizeof(seal.host));
	if (wire_end(&reader) || !key || key_length != sizeof(seal.key))
		return -EBADMSG;
	memcpy(seal.key, key, sizeof(seal.key));
	*ret_seal = seal;
	return 0;
}
