/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of accounts.conf: what passwd does not say about accounts.
 *
 *     # who has no entry of their own
 *     plan basic for uids 1000-59999
 *
 *     account alice {
 *         plan     budget
 *         contact  alice@elsewhere.example
 *         domains  { alice.example www.alice.example }
 *         quota    5GiB                      # at sign-up
 *         files    100_000
 *         uids     { 61001 61050 }           # besides that of the login name
 *         subuids  { 100000+65536 }          # besides those in /etc/subuid
 *         limits   { web-irc yes  script-memory 512MiB }   # this account's own, over its
 * plan's created  2020-01-01 protected                          # never acted on
 *     }
 */
#ifndef CONFIG_DECLARE_H
#define CONFIG_DECLARE_H

#include "base/arena.h"
#include "base/diag.h"
#include "config/words.h"
#include "model/account.h"

/* One `account` block; absent things are NULL, -1 or 0. */
struct declared {
	const char *name;
	struct place place; /* of the name */
	const char *plan;
	const char *contact;
	const char *home;
	int64_t id;
	int64_t initial_bytes;
	int64_t initial_files;
	int64_t created;
	bool is_protected;
	size_t uid_count;
	uint32_t *uids;
	struct place *uid_places;
	size_t subuid_count;
	struct uid_range *subuids;
	struct place *subuid_places;
	size_t domain_count;
	const char **domains;
	size_t address_count;
	const char **addresses;
	size_t limit_count;
	struct own_limit *limits;
};

/* One `plan ... for uids` line. */
struct plan_rule {
	const char *plan;
	uint32_t first;
	uint32_t last;
};

/* Everything of a file; in the arena. */
struct declarations {
	size_t count;
	struct declared *accounts;
	size_t rule_count;
	struct plan_rule *rules;
};

/* What is wrong is added to diag. */
struct declarations declarations_parse(
    const struct source *source, struct arena *arena, struct diag *diag) must_use;

#endif
