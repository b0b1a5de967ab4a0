/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Accounts: who we host. One record may own several uids and ranges of
 * subordinate uids. The table is read by the reader, travels as a blob, and is
 * looked at by engine, enforcer, notifier and control, each by itself: a
 * protected account or a uid under the floor is refused by the enforcer even
 * if the engine asks.
 */
#ifndef MODEL_ACCOUNT_H
#define MODEL_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/wire.h"

struct uid_range {
	uint32_t first;
	uint32_t count;
};

/* A limit that this account has by itself; the rest comes from its plan. */
struct own_limit {
	const char *name; /* as in a plan */
	int64_t value;
	uint32_t unit; /* enum unit */
};

struct account {
	uint32_t id;	     /* stable; the first uid unless accounts.conf says otherwise */
	uint32_t generation; /* counts the holders of this id */
	const char *name;    /* login name */
	const char *plan;    /* "" if unknown */
	const char *contact; /* mail address outside the host; "" if none is known */
	const char *home;
	bool is_protected;     /* can never be acted on */
	int64_t initial_bytes; /* quota at sign-up, -1 if unknown */
	int64_t initial_files;
	int64_t created; /* wall ms, 0 if unknown */
	uint32_t uid_count;
	struct uid_range *uids; /* own uids first, then subordinate ranges */
	uint32_t own_uids;	/* how many of the ranges are own uids, not subordinate */
	uint32_t domain_count;
	const char **domains;
	uint32_t address_count;
	const char *
	    *addresses; /* at which it gets mail; "@DOMAIN": all others of that domain */
	uint32_t limit_count;
	struct own_limit *limits;
};

struct accounts;

/* Decodes a table; it owns everything in it and is never changed; accounts_free() it. */
int accounts_decode(const void *bytes, size_t length, struct accounts **ret_accounts) must_use;
void accounts_free(struct accounts *accounts);

/*
 * Encodes a table of count records; floor is the lowest uid that may ever be
 * acted on. The records must not overlap in ids, names or uids.
 */
void accounts_encode(
    const struct account *records, uint32_t count, uint32_t floor, struct str *out);

size_t accounts_count(const struct accounts *accounts);
uint32_t accounts_floor(const struct accounts *accounts);
const struct account *accounts_at(const struct accounts *accounts, size_t index);

/* NULL if there is none. By uid: own or subordinate. */
const struct account *accounts_find_uid(const struct accounts *accounts, uint32_t uid);
const struct account *accounts_find_id(const struct accounts *accounts, uint32_t id);
const struct account *accounts_find_name(const struct accounts *accounts, const char *name);

/*
 * By what somebody logs in with to send mail: the name of an account, or an address in a domain
 * that one account has, and no other.
 */
const struct account *accounts_find_login(const struct accounts *accounts, const char *login);

/*
 * Whose address of a recipient's it is, and which: itself, without an extension ("+…"), or that
 * which takes all others of its domain. Both are valid as long as the table. NULL: nobody's, as
 * far as is known.
 */
const struct account *accounts_find_address(
    const struct accounts *accounts, const char *recipient, const char **ret_address);

/* Whether all uids are at or above the floor and the account is not protected. */
bool accounts_may_act(const struct accounts *accounts, const struct account *account);

#endif
