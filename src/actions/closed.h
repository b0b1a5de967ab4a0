/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The list of what the front closed, as it is kept, and as Apache reads it.
 *
 * SECURITY: customers choose paths. No byte of one reaches the configuration
 * but as \xNN in a regular expression, so none can end a line, a quote or a
 * pattern, and one customer's name can neither break the configuration of all
 * nor match anybody else's file.
 */
#ifndef ACTIONS_CLOSED_H
#define ACTIONS_CLOSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "model/account.h"

enum { MOST_CLOSED = 8192, MOST_DOMAINS = 1024 };

struct closed {
	uint64_t action;
	bool is_account; /* else one script */
	char *path;	 /* of the script, or the account's home */
	char *name;	 /* of the account */
	uint32_t domain_count;
	char **domains; /* of an account */
};

struct closed_list {
	size_t count;
	size_t capacity;
	struct closed *items;
};

int closed_load(int folder, struct closed_list *ret_list) must_use;
int closed_save(const struct closed_list *list, int folder) must_use;
void closed_done(struct closed_list *list);

/* path NULL: the whole account. false: that is there already. -ENOSPC: 8192 are. */
int closed_add(struct closed_list *list, uint64_t action, const struct account *account,
    const char *path, bool *ret_is_new) must_use;

/* Gives how many of the action there were. */
size_t closed_remove(struct closed_list *list, uint64_t action);

/* The whole file; "" if nothing is closed. */
void closed_render(const struct closed_list *list, struct str *out);

#endif
