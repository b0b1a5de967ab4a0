/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole site: brought to what its description and its book say, looked at,
 * taken down. Everything may be called again after any failure, and then does
 * what is left.
 */
#ifndef SITE_UP_H
#define SITE_UP_H

#include "site/book.h"
#include "site/container.h"
#include "site/push.h"

/* Is told each step as a line, before it is taken. */
typedef void site_say(void *context, const char *line);

struct site_world {
	const struct site *site;
	const struct site_paths *paths;
	const struct book *book;
	site_say *say;
	void *context;
};

/* Says what site_up() would do; how many steps that is. Changes nothing, and makes no tree. */
size_t site_plan(const struct site_world *world);

/* 0 when every role is up and as its view says; else the first -errno, with ret_why. Goes on
 * with the other roles when one fails. */
int site_up(const struct site_world *world, struct str *ret_why) must_use;

/* Roles, as sets of 1 << role, that are not as the book says after they were told. */
struct site_untold {
	unsigned down;	/* could not be reached; they may be back at any time */
	unsigned wrong; /* could not do all */
};

/* Tells roles of the book; says of each that could not be told. */
struct site_untold site_tell(const struct site_world *world, unsigned roles);

int site_down(const struct site_world *world, struct str *ret_why) must_use;

/* Takes it down and removes the containers, with everything also what outlives them. Homes,
 * mail and the book stay. */
int site_destroy(const struct site_world *world, bool everything, struct str *ret_why) must_use;

#endif
