/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The office of a site: its description read and its book opened, until a piece
 * of work is done. The hayward command works in it as root on the host, and so do
 * the children of haywardd's steward; whoever has it open keeps the others waiting.
 */
#ifndef SITE_OFFICE_H
#define SITE_OFFICE_H

#include "model/config.h"
#include "site/book_file.h"
#include "site/change.h"
#include "site/up.h"

/* Where things are; NULL where the usual place is meant. */
struct office_places {
	const char *configuration; /* hayward.conf; default /etc/hayward/hayward.conf */
	const char *description;   /* site.conf; default: beside hayward.conf */
	const char *state;	   /* haywardd's; default: as hayward.conf says */
};

struct office {
	struct arena *arena;
	struct site site;
	struct site_paths paths;
	struct book_file file;
	struct change change;
	struct str why; /* of the change */
	struct config config;
	bool lacks_terms; /* they cannot be read */
};

/*
 * Reads the description, and the terms for what they say of mail from elsewhere; if they cannot
 * be read, the mail server's filters stay as they are, and ret_why says so. 0, and office_done() it; -ENOENT: there is no site on this
 * host; -EINVAL: the description has mistakes; or -errno. ret_why says what is wrong,
 * in lines.
 */
int office_read(
    struct office *office, const struct office_places *places, struct str *ret_why) must_use;

/* And opens the book, for which it waits at most that long, ms: as book_open(). */
int office_open(struct office *office, int64_t patience, struct str *ret_why) must_use;

/* Instead: reads the book as it is now, without keeping anybody from it. */
int office_look(struct office *office, struct str *ret_why) must_use;

/* What site/up.h wants. */
struct site_world office_world(const struct office *office, site_say *say, void *context);

/*
 * What follows from a book that was saved: haywardd's lists, the port rules, the roles
 * of the set. Which roles could not be told; what went wrong is said.
 */
struct site_untold office_tell(
    const struct office *office, unsigned roles, site_say *say, void *context);

void office_done(struct office *office);

#endif
