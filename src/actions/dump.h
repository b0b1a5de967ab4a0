/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The databases of an account, dumped. A schema is an account's if it is called
 * like it, or begins with its name and an underscore, and the name of no other
 * account fits better: shop_wp is alice's only if there is no account shop.
 */
#ifndef ACTIONS_DUMP_H
#define ACTIONS_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "actions/export.h"

struct dump_settings {
	const char *account;
	const char *const
	    *others;	     /* accounts whose names begin with this one's; ends with NULL */
	const char *options; /* an options file for the clients; "": the system's */
	int folder;	     /* where dumps lie, without a name, until they are archived */
	int64_t most;	     /* bytes of one dump */
};

struct dumps {
	size_t count;
	size_t capacity;
	struct export_schema *items; /* in the order of their names */
};

/* Whether a schema is the account's, by its name. */
bool dump_is_of(const char *schema, const char *account, const char *const *others) must_use;

/*
 * Dumps all of them; called as root, which the database server must let in.
 * That there is no server, or no dump of one schema, stands among the dumps.
 */
void dump_all(const struct dump_settings *settings, struct dumps *ret_dumps);

void dumps_done(struct dumps *dumps);

#endif
