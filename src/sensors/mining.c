/* SPDX-License-Identifier: Apache-2.0 */
#include "sensors/mining.h"

#include <ctype.h>
#include <jansson.h>
#include <string.h>

#include "sensors/attack_words.h"

/* As a pool counts: at least 32 bits, in hexadecimal. */
static bool
is_number(const json_t *value, size_t least_digits)
{
	const char *text = json_string_value(value);
	if (!text)
		return false;
	if (text[0] == '0' && text[1] == 'x')
		text += 2;
	size_t digits = strspn(text, "0123456789abcdefABCDEF");
	return digits >= least_digits && !text[digits];
}

static bool
is_share_in_list(const json_t *list, size_t first, size_t numbers, size_t least_digits)
{
	for (size_t i = first; i < first + numbers; i++)
		if (!is_number(json_array_get(list, i), least_digits))
			return false;
	return true;
}

static bool
is_share(const json_t *line)
{
	enum { NONCE = 8, HASH = 64 };
	const char *method = json_string_value(json_object_get(line, "method"));
	const json_t *words = json_object_get(line, "params");
	if (!method || !words)
		return false;
	/* Worker, job, second nonce (of any length), time, nonce. */
	if (!strcmp(method, "mining.submit"))
		return json_is_string(json_array_get(words, 0)) &&
		       json_is_string(json_array_get(words, 1)) &&
		       is_share_in_list(words, 2, json_array_size(words) > 3 ? 2 : 1, 2);
	/* Nonce, hash of the header, digest. */
	if (!strcmp(method, "eth_submitWork"))
		return is_share_in_list(words, 0, 1, 2 * NONCE) &&
		       is_share_in_list(words, 1, 2, HASH);
	return !strcmp(method, "submit") && json_is_string(json_object_get(words, "job_id")) &&
	       is_number(json_object_get(words, "nonce"), NONCE) &&
	       is_number(json_object_get(words, "result"), HASH);
}

unsigned
mining_shares(const char *text, size_t length)
{
	unsigned shares = 0;
	for (size_t at = 0; at < length;) {
		json_error_t error;
		json_t *line =
		    json_loadb(text + at, length - at, JSON_DISABLE_EOF_CHECK, &error);
		if (!line)
			break;
		shares += is_share(line);
		json_decref(line);
		at += (size_t)error.position;
		while (at < length && isspace((unsigned char)text[at]))
			at++;
	}
	return shares;
}

bool
mining_is_said(const void *bytes, size_t length)
{
	const struct mining_said *said = bytes;
	return length == sizeof(*said) && said->length <= sizeof(said->text) &&
	       attack_is_event(&said->who, sizeof(said->who)) &&
	       said->who.sign == ATTACK_MINES;
}

/* The connection's place, or that of the one not heard for longest. */
static size_t
place_of(const struct mining *mining, uint64_t call)
{
	size_t oldest = 0;
	for (size_t i = 0; i < MINING_CALLS; i++) {
		if (mining->calls[i].call == call)
			return i;
		if (mining->calls[i].heard < mining->calls[oldest].heard)
			oldest = i;
	}
	return oldest;
}

bool
mining_hear(struct mining *mining, const struct mining_said *said)
{
	unsigned shares = mining_shares(said->text, said->length);
	if (!shares)
		return false;
	struct mining_call_heard *call = &mining->calls[place_of(mining, said->call)];
	if (call->call != said->call)
		*call = (struct mining_call_heard){.call = said->call};
	call->heard = ++mining->turn;
	call->shares += shares;
	bool is_new = call->shares >= MINING_SHARES && !call->told;
	call->told = call->told || is_new;
	return is_new;
}
