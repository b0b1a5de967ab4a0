/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a site's mail server asks of mail from elsewhere: the terms say what and how much
 * (V2a to V2i), site.conf by which means. What came of both last is kept beside the book, for
 * when the terms cannot be read, and to see whether the mail server has to be told anew.
 */
#ifndef SITE_STRANGERS_H
#define SITE_STRANGERS_H

#include "base/diag.h"
#include "policy/rules.h"
#include "site/paths.h"

/*
 * Makes the site's filters of the clauses that ask one and of the site's means. mode: the least
 * of hayward.conf's and of a clause's own counts. now: wall ms, for exceptions. Figures that
 * both say and that differ are mistakes, added to diag. What it makes lives in the arena.
 */
void strangers_meet(struct site *site, const struct policy *policy, enum mode mode, int64_t now,
    struct arena *arena, struct diag *diag);

/* "100 within 10m", "6"; nothing: it has no figure. */
void strangers_figure(const struct filter_rule *rule, struct str *out);

/* Why a filter is not at work here, added to out; nothing: it is, or only notes. */
void strangers_why_not(const struct site *site, enum filter_kind kind, struct str *out);

/* The filters that the mail server was told last are kept, found again (0 or -errno), and
 * compared with these. */
int strangers_keep(const struct site *site, const struct site_paths *paths) must_use;
int strangers_find(
    struct site *site, const struct site_paths *paths, struct arena *arena) must_use;
bool strangers_differ(const struct site *site, const struct site_paths *paths) must_use;

#endif
