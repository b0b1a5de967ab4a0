/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a login on this host, and which subordinate uids they were given. */
#ifndef CONFIG_USERS_H
#define CONFIG_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/map.h"
#include "config/words.h"
#include "model/account.h"

struct user {
	const char *name;
	const char *home;
	uint32_t uid;
};

/* The first entry of a name or of a uid counts, as for the system itself. */
struct users {
	const struct user **list; /* in the order found; the users live in the arena */
	size_t count;
	size_t capacity;
	struct map *by_name;
	struct map *by_uid;
};

/* Lines of /etc/subuid, of which the owner is a login name or a uid. */
struct subordinate {
	const char *owner;
	struct uid_range range;
};

struct subordinates {
	struct subordinate *list; /* heap */
	size_t count;
	size_t capacity;
};

enum { MOST_USERS = 200000 };

/* Whether it can be a login name at all: 1 to 63 bytes, no space, no slash, clean. */
bool user_name_is_sound(const char *name);

/* Empty; users_done() it. */
struct users users_new(void) must_use;

/*
 * Reads passwd(5), or subuid(5); texts go into the arena. Lines that are none
 * are errors in diag: an account that is left out by mistake is watched by
 * nobody.
 */
void users_parse(
    const struct source *source, struct arena *arena, struct diag *diag, struct users *users);
void subordinates_parse(const struct source *source, struct arena *arena, struct diag *diag,
    struct subordinates *subordinates);

/* Asks the system (NSS: passwd, LDAP, sssd ...) for everybody from first to last. 0 or -errno.
 */
int users_ask_system(
    uint32_t first, uint32_t last, struct arena *arena, struct users *users) must_use;

/* NULL: nobody. */
const struct user *users_find_name(const struct users *users, const char *name);
const struct user *users_find_uid(const struct users *users, uint32_t uid);

void users_done(struct users *users);
void subordinates_done(struct subordinates *subordinates);

#endif
