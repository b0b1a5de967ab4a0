/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash takes tens of milliseconds, in which nobody else is served, and whoever may try
 * to say the password in force as often as he likes will find it. So each uid has a few
 * tries a minute.
 */
#include "procs/control_password.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "site/password.h"

enum {
	MOST_KEPT = 16,
	MOST_TRIES = 256,
	GUESSES_OF_UID = 6, /* a minute, of a password that is in force */
	HASHES_OF_UID = 30, /* a minute, in all */
	MINUTE = 60000,
	SALT_AFTER = 10000,
};

struct kept {
	bool used;
	int64_t since; /* boot ms */
	struct request request;
};

struct password_desk {
	struct kept kept[MOST_KEPT];
	struct {
		uint32_t uid;
		bool guesses;
		int64_t at;  /* boot ms; 0: never */
	} tries[MOST_TRIES]; /* a ring */
	size_t next_try;
};

struct password_desk *
password_desk_new(void)
{
	return memory_new(1, sizeof(struct password_desk));
}

void
password_desk_free(struct password_desk *desk)
{
	if (!desk)
		return;
	explicit_bzero(desk, sizeof(*desk));
	free(desk);
}

/* Whether one more is too many. */
static bool
tries_too_often(struct password_desk *desk, uint32_t uid, bool guesses, int64_t now)
{
	int hashes = 0, guessed = 0;
	for (size_t i = 0; i < MOST_TRIES; i++) {
		bool counts = desk->tries[i].at && desk->tries[i].uid == uid &&
			      now - desk->tries[i].at < MINUTE;
		hashes += counts;
		guessed += counts && desk->tries[i].guesses;
	}
	if (hashes >= HASHES_OF_UID || (guesses && guessed >= GUESSES_OF_UID))
		return true;
	desk->tries[desk->next_try].guesses = guesses;
	desk->tries[desk->next_try].uid = uid;
	desk->tries[desk->next_try].at = now ? now : 1;
	desk->next_try = (desk->next_try + 1) % MOST_TRIES;
	return false;
}

/* In place: from here on it is a hash. */
static int
hash(struct request *request, struct str *ret_why)
{
	auto_str crypted = {0};
	const char *wrong = password_wrong(request->password, request->account);
	if (wrong) {
		str_addf(ret_why, "that password will not do: %s", wrong);
		return -EINVAL;
	}
	int status = password_crypt(request->password, &crypted);
	explicit_bzero(request->password, sizeof(request->password));
	if (status || crypted.length >= sizeof(request->password)) {
		str_add(ret_why, "the password cannot be hashed here");
		return -EINVAL;
	}
	memcpy(request->password, crypted.data, crypted.length);
	return 0;
}

static int
keep(
    struct password_desk *desk, const struct request *request, int64_t now, struct str *ret_why)
{
	for (size_t i = 0; i < MOST_KEPT; i++) {
		struct kept *kept = &desk->kept[i];
		if (kept->used && now - kept->since < SALT_AFTER)
			continue;
		*kept = (struct kept){true, now, *request};
		return -EINPROGRESS;
	}
	str_add(ret_why, "too many change their passwords just now; try again");
	return -EINVAL;
}

int
password_desk_take(
    struct password_desk *desk, struct request *request, int64_t now, struct str *ret_why)
{
	if (!*request->password)
		return 0;
	bool guesses = request->ask == ASK_PASSWD;
	if (!request->asker.staff && tries_too_often(desk, request->asker.uid, guesses, now)) {
		str_add(ret_why, "too many passwords in a minute; wait a little");
		return -EINVAL;
	}
	int status = hash(request, ret_why);
	if (status || request->asker.staff || !guesses) {
		explicit_bzero(request->current, sizeof(request->current));
		return status;
	}
	return keep(desk, request, now, ret_why);
}

/* What is no password of theirs makes no proof either: the steward refuses it. */
static void
prove(struct request *request, const char *salt)
{
	auto_str proof = {0};
	int status = *salt ? password_prove(request->current, salt, &proof) : -EINVAL;
	explicit_bzero(request->current, sizeof(request->current));
	if (!status && proof.length < sizeof(request->current))
		memcpy(request->current, proof.data, proof.length);
}

bool
password_desk_prove(
    struct password_desk *desk, uint64_t ticket, const char *salt, struct request *ret_request)
{
	for (size_t i = 0; i < MOST_KEPT; i++) {
		struct kept *kept = &desk->kept[i];
		if (!kept->used || kept->request.id != ticket)
			continue;
		*ret_request = kept->request;
		explicit_bzero(kept, sizeof(*kept));
		prove(ret_request, salt);
		return true;
	}
	return false;
}
