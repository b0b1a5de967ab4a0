/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sign-ups under way. What an account is begins with the book being saved, but its
 * passwords are told to whoever asked only when all roles know it. Who is cut off in
 * between has an account that nobody can log in to; so a sign-up is noted before the
 * book is saved, until its passwords were told, and the same command said again then
 * gives new ones instead of saying that there is such an account.
 */
#ifndef SITE_SIGN_UP_H
#define SITE_SIGN_UP_H

#include "site/change.h"
#include "site/paths.h"

/* Signs somebody up, or goes on with it: as change_sign_up(). Notes it, durably. */
int sign_up(
    struct change *change, const struct site_paths *paths, const struct sign_up *wish) must_use;

/* The passwords were told. */
void sign_up_done(const struct site_paths *paths, const char *name);

#endif
