/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The agents of all roles: told of a view, asked how they are. Several are asked
 * at a time; one that does not answer does not keep the others waiting.
 */
#ifndef SITE_PUSH_H
#define SITE_PUSH_H

#include "site/book.h"
#include "site/paths.h"

enum { ALL_ROLES = (1 << ROLE_COUNT) - 1 };

/* What came back of one role. */
struct pushed {
	bool asked;
	int status; /* 0; -ENOTCONN: it is down; -EINVAL: it could not do all; else -errno */
	int64_t generation; /* at which it is; 0: unknown */
	struct str said;    /* as roles/apply.h has it; errors of the way to it, too */
};

/*
 * Gives each role of the set (1 << role) its view, all at the same time; but the web
 * server, which looks into homes, and roles on machines of their own, which mount them,
 * are told when the file server is done. The others name homes, and nobody is harmed who
 * comes an instant before his.
 */
void push_views(const struct site *site, const struct site_paths *paths,
    const struct book *book, unsigned roles, struct pushed results[ROLE_COUNT]);

/* Asks each role for its state: "generation N", "runs UNIT", "down UNIT", "refused UID COUNT".
 */
void push_ask(
    const struct site *site, const struct site_paths *paths, struct pushed results[ROLE_COUNT]);

/*
 * Has a role's agent do something else: its words, at most four, of which none is read
 * by a shell on the way. ret_result gets what it said, to be taken as a stranger's
 * words. At most that long, ms.
 */
void push_run(const struct site *site, const struct site_paths *paths, enum role role,
    const char *const *words, int milliseconds, struct pushed *ret_result);

/* The same with an input, for what has more words. */
void push_run_with(const struct site *site, const struct site_paths *paths, enum role role,
    const char *const *words, const struct str *input, int milliseconds,
    struct pushed *ret_result);

/* The same between two open files: a dump of a database is not to be held in memory. 0, or what
 * pushed.status says; ret_said gets the errors. */
int push_stream(const struct site *site, const struct site_paths *paths, enum role role,
    const char *const *words, const int files[2], struct str *ret_said) must_use;

void pushed_done(struct pushed results[ROLE_COUNT]);

#endif
