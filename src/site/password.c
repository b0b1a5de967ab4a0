/* SPDX-License-Identifier: Apache-2.0 */
#include "site/password.h"

#include <crypt.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include <nettle/memops.h>
#include <nettle/sha1.h>

#include "base/escape.h"
#include "base/memory.h"

int
password_choose(struct str *out)
{
	/* 56 of them; bytes beyond the last whole multiple are thrown away, so all are as
	 * likely. */
	static const char alphabet[] =
	    "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
	enum { LETTERS = sizeof(alphabet) - 1, FAIR = 256 / LETTERS * LETTERS };
	for (size_t count = 0; count < CHOSEN_PASSWORD;) {
		unsigned char byte;
		if (getrandom(&byte, 1, 0) != 1)
			return -errno;
		if (byte >= FAIR)
			continue;
		str_add_char(out, alphabet[byte % LETTERS]);
		count++;
	}
	return 0;
}

const char *
password_wrong(const char *password, const char *account)
{
	size_t length = strlen(password);
	if (length < SHORTEST_PASSWORD)
		return "it has fewer than 10 characters";
	if (length > LONGEST_PASSWORD)
		return "it has more than 128 characters";
	if (!text_is_clean(password))
		return "it holds control characters";
	if (*account && strcasestr(password, account))
		return "it holds the account's name";
	if (strspn(password, password[0] ? (const char[]){password[0], '\0'} : "") == length)
		return "it is one character over and over";
	return NULL;
}

int
password_crypt(const char *password, struct str *out)
{
	/* 32 KiB, and full of what must not stay on a stack. */
	auto_free struct crypt_data *data = memory_new(1, sizeof(*data));
	const char *setting =
	    crypt_gensalt_rn(NULL, 0, NULL, 0, data->setting, sizeof(data->setting));
	const char *crypted = setting ? crypt_r(password, setting, data) : NULL;
	int status = crypted && crypted[0] != '*' ? 0 : -(errno ? errno : EINVAL);
	if (!status)
		str_add(out, crypted);
	explicit_bzero(data, sizeof(*data));
	return status;
}

bool
password_is_crypted(const char *text)
{
	static const char alphabet[] =
	    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz$,=+-";
	return text[0] == '$' && strspn(text, alphabet) == strlen(text);
}

int
password_setting(const char *crypted, struct str *out)
{
	const char *last = strrchr(crypted, '$');
	if (!last || last == crypted || !password_is_crypted(crypted))
		return -EINVAL;
	str_add_bytes(out, crypted, (size_t)(last - crypted) + 1);
	return 0;
}

int
password_prove(const char *password, const char *setting, struct str *out)
{
	auto_free struct crypt_data *data = memory_new(1, sizeof(*data));
	const char *crypted = crypt_r(password, setting, data);
	int status = crypted && crypted[0] != '*' ? 0 : -EINVAL;
	if (!status)
		str_add(out, crypted);
	explicit_bzero(data, sizeof(*data));
	return status;
}

/* In the same time wherever the first difference is. */
bool
password_is_proof(const char *crypted, const char *proof)
{
	size_t length = strlen(crypted);
	return length && length == strlen(proof) && memeql_sec(crypted, proof, length);
}

static void
sha1(const void *bytes, size_t length, uint8_t digest[SHA1_DIGEST_SIZE])
{
	struct sha1_ctx context;
	sha1_init(&context);
	sha1_update(&context, length, bytes);
	sha1_digest(&context, SHA1_DIGEST_SIZE, digest);
}

void
password_mysql(const char *password, struct str *out)
{
	uint8_t digest[SHA1_DIGEST_SIZE];
	sha1(password, strlen(password), digest);
	sha1(digest, sizeof(digest), digest);
	str_add_char(out, '*');
	for (size_t i = 0; i < sizeof(digest); i++)
		str_addf(out, "%02X", digest[i]);
}
